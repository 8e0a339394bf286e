//! The account: the page at `/` with user and balance, and the same data for scripts.

use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::web::ServiceConfig;
use aihubmix::{AccountStatus, UserInfo};
use bff::{ApiError, App, AppData, HomePage, ProviderApi, SignedIn, Tone, resource};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Time limit for the provider's account data. After 3 s the page is sent without the account and offers to try again, so that the user does not
/// wait in front of an empty page.
const PATIENCE: Duration = Duration::from_secs(3);

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
    app.settings::<BalanceSettings>("provider").routes(routes)
}

fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/").get(home).head(home))
        .service(resource("/api/user/info").get(user_info))
        .service(resource("/api/oauth/userinfo").get(user_info));
}

/// `GET /`: the account of a signed-in user. When the provider fails, it shows what is known.
async fn home(
    home: HomePage,
    api: ProviderApi,
    settings: AppData<BalanceSettings>,
) -> Result<HttpResponse, ApiError> {
    let Some(session) = home.session() else {
        return home.signed_out();
    };
    let api = api.within(PATIENCE);
    let is_refresh = home.query_says("balance", "updated");
    let unit = settings.quota_per_unit.0;
    let error = match api.userinfo(session).await {
        Ok(userinfo) => {
            let info = UserInfo::read(&userinfo, unit);
            let data = json!({ "account": Account::new(&info, unit), "is_refresh": is_refresh });
            return home.signed_in("signed_in", "account.html", None, &data);
        }
        Err(error) => error,
    };
    let known = match error.code() {
        "forbidden" => None,
        "provider_unavailable" | "provider_timeout" | "provider_error" => {
            api.last_known_userinfo(session)
        }
        _ => {
            let notice = is_refresh.then_some((Tone::Bad, "notice-refresh_failed"));
            return home.failed(error, notice);
        }
    };
    let known = known.map(|known| {
        let info = UserInfo::read(&known.userinfo, unit);
        (info, known.age.as_secs() / 60)
    });
    let known = known.as_ref();
    let known = known.map(|(info, minutes)| (Account::new(info, unit), *minutes));
    let data = unavailable(error.code(), session.user.username.as_deref(), known);
    home.signed_in("account_unavailable", "account.html", None, &data)
}

/// Returns the data of the page while the account is not available. `known` is the last account data and its age in minutes. It is not a time of day,
/// because the browser's clock is not known here. Name, e-mail and balance are those of one answer. Without `known` only the name from the login is
/// shown.
fn unavailable(cause: &str, username: Option<&str>, known: Option<(Account<'_>, u64)>) -> Value {
    let age = known
        .as_ref()
        .map(|(_, minutes)| json!({ "minutes": minutes, "hours": minutes / 60 }));
    let account = known.map_or_else(|| Account::only_name(username), |(account, _)| account);
    json!({ "cause": cause, "account": account, "age": age })
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

/// The account for the templates. Values of the provider are shown as text. The balance is never computed or formatted here.
#[derive(Default, Serialize)]
struct Account<'a> {
    username: Option<String>,
    /// The first letter of the name, for the picture beside it.
    initial: Option<String>,
    email: Option<String>,
    balance: Option<&'a str>,
    /// The length of the balance in steps, from which the style sheet computes a size that fits one line.
    fit: usize,
    is_negative: bool,
    /// The amount used, in the unit of the balance.
    used: Option<String>,
    /// The quota of one unit of the balance, for the script that computes `used` again.
    unit: u64,
    status: i64,
    /// The id of the sentence about the status. `None` for an enabled account.
    status_words: Option<&'static str>,
    /// Whether the account cannot be used, so that a top-up makes no sense.
    is_blocked: bool,
}

impl<'a> Account<'a> {
    fn new(info: &'a UserInfo, unit: u64) -> Self {
        let balance = info.balance();
        Self {
            email: info.email().map(without_bidi_controls),
            balance,
            fit: balance.map_or(0, fit),
            is_negative: balance.is_some_and(is_negative),
            used: info.used(unit),
            unit,
            status: info.status().number(),
            status_words: match info.status() {
                AccountStatus::Enabled => None,
                AccountStatus::Disabled => Some("status-disabled"),
                AccountStatus::Deleted => Some("status-deleted"),
                AccountStatus::Unknown(_) => Some("status-unknown"),
            },
            is_blocked: info.status().is_blocked(),
            ..Self::only_name(info.username())
        }
    }

    /// Returns an account of which only the name is known.
    fn only_name(username: Option<&str>) -> Self {
        let username = username.map(without_bidi_controls);
        Self {
            initial: username.as_deref().and_then(initial),
            username,
            status: AccountStatus::Enabled.number(),
            ..Self::default()
        }
    }
}

/// Returns a text without the characters that change the direction of what follows (UAX #9 §2), because such a name would be shown reversed.
fn without_bidi_controls(text: &str) -> String {
    let is_control = |c: char| matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.replace(is_control, "")
}

fn initial(name: &str) -> Option<String> {
    let first = name.chars().find(|c| c.is_alphanumeric())?;
    Some(first.to_uppercase().collect())
}

/// Returns the least of the steps of `page.css` that is not below the number of characters.
fn fit(balance: &str) -> usize {
    const STEPS: [usize; 7] = [8, 12, 16, 20, 28, 40, 64];
    let length = balance.chars().count();
    STEPS.into_iter().find(|step| *step >= length).unwrap_or(64)
}

fn is_negative(balance: &str) -> bool {
    balance.trim_start().starts_with(['-', '\u{2212}'])
}

#[cfg(test)]
#[path = "account/tests.rs"]
mod tests;
