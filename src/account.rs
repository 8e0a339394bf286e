//! The account: the page at `/` with user and balance, and the same data for scripts.

#[path = "account/samples.rs"]
mod samples;
#[path = "account/view.rs"]
mod view;

use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::web::ServiceConfig;
use aihubmix::UserInfo;
use bff::domain::Session;
use bff::{ApiError, App, AppData, HomePage, Json, ProviderApi, SignedIn, Tone, resource};
use serde::Deserialize;
use serde_json::{Value, json};

use self::view::{Account, Known};

/// The seconds after which a page without scripts loads itself again while the provider has not answered: once for each entry. All of them are longer
/// together than one call may take by default (`provider.total_timeout`, 10 s), so that the last page knows the result.
const RELOADS: [u64; 3] = [1, 3, 7];

/// How old data may be so that a page that has loaded itself again shows it as current: it came about since the first load. One for each reload.
const CURRENT: [Duration; 3] = [
    Duration::from_secs(4),
    Duration::from_secs(8),
    Duration::from_secs(16),
];

/// Why the account may be unavailable, as codes of errors. The templates have a sentence for each.
const CAUSES: [&str; 4] = [
    "forbidden",
    "provider_unavailable",
    "provider_timeout",
    "provider_error",
];

/// The keys of the app in `[provider]`.
#[derive(Deserialize)]
pub struct BalanceSettings {
    quota_per_unit: QuotaUnit,
}

/// The quota that equals one unit of the shown balance. Not zero.
#[derive(Clone, Copy, Deserialize)]
#[serde(try_from = "u64")]
struct QuotaUnit(u64);

impl TryFrom<u64> for QuotaUnit {
    type Error = &'static str;

    fn try_from(units: u64) -> Result<Self, &'static str> {
        match units {
            0 => Err("is not a whole number of 1 or more; write digits only"),
            units => Ok(Self(units)),
        }
    }
}

/// Adds the account to the app.
#[must_use]
pub fn feature(app: App) -> App {
    app.settings::<BalanceSettings>("provider")
        .routes(routes)
        .page_samples(samples::all)
}

fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/").get(home).head(home))
        .service(resource("/api/user/info").get(user_info))
        .service(resource("/api/oauth/userinfo").get(user_info));
}

/// `GET /`: the account of a signed-in user. While the provider has not answered, and when it fails, it shows what is known.
async fn home(
    home: HomePage,
    api: ProviderApi,
    settings: AppData<BalanceSettings>,
) -> Result<HttpResponse, ApiError> {
    let Some(session) = home.session() else {
        return home.signed_out();
    };
    let unit = settings.quota_per_unit.0;
    let is_refresh = home.query_says("balance", "updated");
    let reloads = reloads(&home);
    let reported = reported_cause(&home);
    let answer = match api.userinfo_for_page(session).await {
        // An account that may not be used any more is `forbidden` for scripts, and has a card of its own here.
        Ok(None) if reported.is_none_or(|cause| cause == "forbidden") => {
            Ok(current(&api, session, reloads))
        }
        answer => answer,
    };
    let username = session.user.username.as_deref();
    let known = api.last_known_userinfo(session);
    let known = known.map(|known| Known::new(&known, unit));
    let error = match answer {
        Ok(Some(userinfo)) => {
            let info = UserInfo::read(&userinfo, unit);
            let data = json!({ "account": Account::new(&info, unit), "is_refresh": is_refresh });
            return home.signed_in("signed_in", "account.html", None, &data);
        }
        Ok(None) if reloads < RELOADS.len() => {
            let data = pending(username, known.as_ref(), reloads, is_refresh);
            return home.signed_in("account_pending", "account.html", None, &data);
        }
        Ok(None) => reported.unwrap_or("provider_timeout"),
        Err(error) => match CAUSES.into_iter().find(|code| *code == error.code()) {
            Some(code) => code,
            None => {
                let notice = is_refresh.then_some((Tone::Bad, "notice-refresh_failed"));
                return home.failed(error, notice);
            }
        },
    };
    let known = known.filter(|_| error != "forbidden");
    let data = unavailable(error, username, known.as_ref());
    home.signed_in("account_unavailable", "account.html", None, &data)
}

/// Returns how many times the page has loaded itself again (`wait=2`), at most as often as it does.
fn reloads(home: &HomePage) -> usize {
    let says = |times: &usize| home.query_says("wait", &times.to_string());
    (1..=RELOADS.len()).find(says).unwrap_or_default()
}

/// Returns why the account was unavailable to the script that loaded the page again (`failed=provider_error`).
fn reported_cause(home: &HomePage) -> Option<&'static str> {
    CAUSES
        .into_iter()
        .find(|code| home.query_says("failed", code))
}

/// Returns the result of the call of an earlier load of the page, if it has come.
fn current(api: &ProviderApi, session: &Session, reloads: usize) -> Option<Json> {
    let newest = CURRENT.get(reloads.checked_sub(1)?)?;
    let known = api.last_known_userinfo(session)?;
    (known.age < *newest).then_some(known.userinfo)
}

/// Returns the data of the page while the provider has not answered, and where a page without scripts goes on.
fn pending(
    username: Option<&str>,
    known: Option<&Known>,
    reloads: usize,
    is_refresh: bool,
) -> Value {
    let refresh = if is_refresh { "&balance=updated" } else { "" };
    json!({
        "account": Known::account(known, username),
        "age": known.map(Known::age),
        "pending": {
            "next": format!("/?wait={}{refresh}", reloads + 1),
            "last": format!("/?wait={}", RELOADS.len()),
            "seconds": RELOADS.get(reloads),
        },
    })
}

/// Returns the data of the page while the account is not available.
fn unavailable(cause: &str, username: Option<&str>, known: Option<&Known>) -> Value {
    json!({
        "cause": cause,
        "account": Known::account(known, username),
        "age": known.map(Known::age),
    })
}

/// `GET /api/user/info`: the documented fields of the account, from the provider.
async fn user_info(
    SignedIn(session): SignedIn,
    api: ProviderApi,
    settings: AppData<BalanceSettings>,
) -> Result<HttpResponse, ApiError> {
    let info = UserInfo::read(&api.userinfo(&session).await?, settings.quota_per_unit.0);
    if info.status().is_blocked() {
        return Err(ApiError::forbidden());
    }
    Ok(HttpResponse::Ok().json(info))
}

#[cfg(test)]
#[path = "account/tests.rs"]
mod tests;
