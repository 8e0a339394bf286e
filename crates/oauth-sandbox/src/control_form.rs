//! The forms of the control page, for people and without a script: each does what a call of the control
//! API does and leads back to the page.

use actix_web::HttpResponse;
use actix_web::web::{Bytes, Data};
use serde_json::{Map, Value, json};

use super::browser;
use super::faults::FaultOrder;
use super::knobs::Knobs;
use super::params::Params;
use super::state::Shared;
use super::users::UserChange;

/// A knob that the settings form shows.
struct Field {
    /// The path of the knob, with a dot between an object and its member.
    name: &'static str,
    zh: &'static str,
    en: &'static str,
    kind: Kind,
}

enum Kind {
    Number,
    Flag,
    /// The values to choose from; the empty one stands for none.
    Choice(&'static [&'static str]),
}

const fn field(name: &'static str, zh: &'static str, en: &'static str, kind: Kind) -> Field {
    Field { name, zh, en, kind }
}

#[rustfmt::skip]
static FIELDS: &[Field] = &[
    field("token_lifetime", "存取令牌效期（秒）", "Access token lifetime (s)", Kind::Number),
    field("refresh_lifetime", "刷新令牌效期（秒）", "Refresh token lifetime (s)", Kind::Number),
    field("latency_ms", "延遲（毫秒）", "Latency (ms)", Kind::Number),
    field("rotation_grace", "舊刷新令牌寬限（秒）", "Grace for a spent refresh token (s)", Kind::Number),
    field("coop", "彈窗隔離標頭", "Cross-Origin-Opener-Policy", Kind::Choice(&[
        "", "same-origin", "same-origin-allow-popups", "noopener-allow-popups"])),
    field("error_style", "錯誤格式", "Shape of refusals", Kind::Choice(&[
        "oauth", "error_object", "error_object200", "success_false", "success_false200", "message_error200"])),
    field("token_shape.expires_in", "expires_in 的寫法", "How expires_in is written", Kind::Choice(&[
        "number", "absent", "null", "string", "float", "zero", "negative", "huge", "words"])),
    field("token_shape.token_type", "token_type 的寫法", "How token_type is written", Kind::Choice(&[
        "bearer", "lower", "upper", "absent", "null", "mac"])),
    field("token_shape.scope", "scope 的寫法", "How scope is written", Kind::Choice(&[
        "same", "absent", "narrower"])),
    field("token_shape.token_bytes", "令牌最短長度", "Shortest token length", Kind::Number),
    field("userinfo_shape.numbers", "額度數字的寫法", "How quota is written", Kind::Choice(&[
        "integer", "float", "string", "decimal_string", "negative", "beyond_double"])),
    field("topup_shape", "儲值回應的格式", "Shape of the top-up answer", Kind::Choice(&[
        "documented", "data_object", "data_string", "absent"])),
    field("rotation", "刷新時輪替令牌", "Rotate refresh tokens", Kind::Flag),
    field("require_pkce", "必須使用 PKCE", "Require PKCE", Kind::Flag),
    field("token_shape.refresh_token_absent", "刷新時不給新的刷新令牌", "No refresh token on refresh", Kind::Flag),
    field("token_shape.wrapped", "令牌包在 data 裡", "Tokens inside data", Kind::Flag),
    field("userinfo_shape.wrapped", "帳戶資料包在 data 裡", "Userinfo inside data", Kind::Flag),
];

/// The settings form: each field with its value now.
pub(crate) fn fields(knobs: &Knobs) -> Vec<Value> {
    let knobs = json!(knobs);
    FIELDS
        .iter()
        .map(|field| {
            let value = field
                .name
                .split('.')
                .fold(&knobs, |inside, name| &inside[name]);
            let (kind, options) = match field.kind {
                Kind::Number => ("number", &[][..]),
                Kind::Flag => ("flag", &[][..]),
                Kind::Choice(options) => ("choice", options),
            };
            let value = if value.is_null() { &json!("") } else { value };
            json!({"name": field.name, "zh": field.zh, "en": field.en, "kind": kind,
                "options": options, "value": value})
        })
        .collect()
}

/// The merge patch that a filled-in settings form means. A box that is not ticked is not sent.
fn patch(form: &Params<'_>) -> Map<String, Value> {
    let mut patch = Map::new();
    for field in FIELDS {
        let text = form.get(field.name).ok().flatten();
        let value = match (&field.kind, text) {
            (Kind::Flag, text) => json!(text.is_some()),
            (_, None) => Value::Null,
            (Kind::Number, Some(text)) => text
                .parse::<u32>()
                .map_or(json!(text), |number| json!(number)),
            (Kind::Choice(_), Some(text)) => json!(text),
        };
        match field.name.split_once('.') {
            None => {
                patch.insert(field.name.to_owned(), value);
            }
            Some((object, member)) => {
                patch.entry(object).or_insert_with(|| json!({}))[member] = value;
            }
        }
    }
    patch
}

/// Back to a part of the control page; `done` is none when the form was refused.
fn back<T>(part: &str, done: Option<T>) -> HttpResponse {
    let answer = if done.is_some() { "done" } else { "refused" };
    browser::see_other(&format!("/sandbox?{answer}=1#{part}"))
}

/// `POST /sandbox/form/settings`.
pub(crate) async fn settings(shared: Data<Shared>, body: Bytes) -> HttpResponse {
    let patch = patch(&Params::parse(&body));
    let done = shared.with(|world, _| {
        world.knobs = world.knobs.patched(patch).ok()?;
        Some(())
    });
    back("settings", done)
}

/// `POST /sandbox/form/user`: the button says what to do with the account.
pub(crate) async fn user(shared: Data<Shared>, body: Bytes) -> HttpResponse {
    let form = Params::parse(&body);
    let text = |name| form.get(name).ok().flatten();
    let number = |name| text(name).and_then(|text| text.parse().ok());
    let done = shared.change(|world, now| {
        let name = text("name")?;
        let user = world.kept.users.get_mut(name)?;
        match text("do")? {
            "save" => user.change(UserChange {
                quota: Some(number("quota")?),
                used_quota: Some(number("used_quota")?),
                status: Some(number("status")?),
                email: Some(text("email").map(str::to_owned)),
                balance_formatted: Some(text("balance_formatted").map(str::to_owned)),
                ..UserChange::default()
            }),
            "revoke" => {
                world.kept.grants.revoke_user(name);
            }
            "expire" => {
                world.kept.grants.expire_access_tokens(name, now);
            }
            _ => return None,
        }
        Some(())
    });
    back("accounts", done)
}

/// `POST /sandbox/form/fault`.
pub(crate) async fn fault(shared: Data<Shared>, body: Bytes) -> HttpResponse {
    let form = Params::parse(&body);
    let text = |name| form.get(name).ok().flatten();
    let order = json!({
        "endpoint": text("endpoint"),
        "fault": text("fault"),
        "when": text("when"),
        "times": text("times").and_then(|text| text.parse::<u32>().ok()),
        "ms": text("ms").and_then(|text| text.parse::<u64>().ok()),
        "error": text("error"),
    });
    let done = serde_json::from_value::<FaultOrder>(order)
        .ok()
        .and_then(|order| shared.with(|world, _| world.faults.set(order).ok()));
    back("faults", done)
}

/// `POST /sandbox/form/clear-faults`.
pub(crate) async fn clear_faults(shared: Data<Shared>) -> HttpResponse {
    shared.with(|world, _| world.faults.clear_all());
    shared.announce();
    back("faults", Some(()))
}

/// `POST /sandbox/form/clear-log`.
pub(crate) async fn clear_log(shared: Data<Shared>) -> HttpResponse {
    shared.with(|world, _| world.journal.clear());
    back("log", Some(()))
}

/// `POST /sandbox/form/clock`: the time goes forward.
pub(crate) async fn clock(shared: Data<Shared>, body: Bytes) -> HttpResponse {
    let form = Params::parse(&body);
    let seconds = form
        .get("seconds")
        .ok()
        .flatten()
        .and_then(|text| text.parse().ok());
    back(
        "clock",
        seconds.map(|seconds| shared.clock.advance(seconds)),
    )
}

/// `POST /sandbox/form/reset`.
pub(crate) async fn reset(shared: Data<Shared>) -> HttpResponse {
    shared.reset();
    back("", Some(()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_choice_that_the_form_offers_is_one_that_the_knobs_take() {
        let knobs = Knobs::default();
        for field in FIELDS {
            let Kind::Choice(options) = field.kind else {
                continue;
            };
            for option in options {
                let form = format!("{}={option}", field.name);
                let changed = knobs
                    .patched(patch(&Params::parse(form.as_bytes())))
                    .unwrap();
                let shown = fields(&changed);
                let shown = shown
                    .iter()
                    .find(|shown| shown["name"] == field.name)
                    .unwrap();
                assert_eq!(shown["value"], **option, "{}", field.name);
            }
        }
    }

    #[test]
    fn the_form_as_it_is_shown_changes_nothing() {
        let knobs = Knobs {
            rotation_grace: 3,
            require_pkce: true,
            ..Knobs::default()
        };
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        for field in fields(&knobs) {
            let name = field["name"].as_str().unwrap();
            match &field["value"] {
                Value::Bool(false) => &mut form,
                Value::String(text) => form.append_pair(name, text),
                value => form.append_pair(name, &value.to_string()),
            };
        }
        let form = form.finish();
        assert_eq!(
            knobs
                .patched(patch(&Params::parse(form.as_bytes())))
                .unwrap(),
            knobs
        );
    }

    #[test]
    fn a_number_that_is_none_is_refused() {
        let form = Params::parse(b"token_lifetime=soon");
        assert!(Knobs::default().patched(patch(&form)).is_err());
    }
}
