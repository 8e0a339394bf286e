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
    let error = match api.userinfo(session).await {
        Ok(userinfo) => {
            let info = UserInfo::read(&userinfo, settings.quota_per_unit.0);
            let notice = is_refresh.then_some((Tone::Good, "notice-balance_updated"));
            let data = json!({ "account": Account::from(&info) });
            return home.signed_in("signed_in", "account.html", notice, &data);
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
        let info = UserInfo::read(&known.userinfo, settings.quota_per_unit.0);
        (info, known.age.as_secs() / 60)
    });
    let known = known.as_ref();
    let known = known.map(|(info, minutes)| (Account::from(info), *minutes));
    let data = unavailable(
        error.code(),
        session.user.username.as_deref(),
        known.as_ref(),
    );
    home.signed_in("account_unavailable", "account.html", None, &data)
}

/// Returns the data of the page while the account is not available. `known` is the last account data and its age in minutes. It is not a time of day,
/// because the browser's clock is not known here.
fn unavailable(cause: &str, username: Option<&str>, known: Option<&(Account<'_>, u64)>) -> Value {
    json!({
        "cause": cause,
        "username": username,
        "known": known.map(|(account, minutes)| json!({
            "account": account,
            "minutes": minutes,
            "hours": minutes / 60,
        })),
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

/// The account for the templates. Values of the provider are shown as text. Nothing is computed or formatted here.
#[derive(Serialize)]
struct Account<'a> {
    username: Option<&'a str>,
    email: Option<&'a str>,
    balance: Option<&'a str>,
    is_negative: bool,
    status: i64,
    /// The id of the sentence about the status. `None` for an enabled account.
    status_words: Option<&'static str>,
}

impl<'a> From<&'a UserInfo> for Account<'a> {
    fn from(info: &'a UserInfo) -> Self {
        let balance = info.balance();
        Self {
            username: info.username(),
            email: info.email(),
            balance,
            is_negative: balance.is_some_and(is_negative),
            status: info.status().number(),
            status_words: match info.status() {
                AccountStatus::Enabled => None,
                AccountStatus::Disabled => Some("status-disabled"),
                AccountStatus::Deleted => Some("status-deleted"),
                AccountStatus::Unknown(_) => Some("status-unknown"),
            },
        }
    }
}

fn is_negative(balance: &str) -> bool {
    balance.trim_start().starts_with(['-', '\u{2212}'])
}

#[cfg(test)]
#[path = "account/tests.rs"]
mod tests;
