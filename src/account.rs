//! The account: the page at `/` with user and balance, the same data for scripts, and the way to the top-up page.

use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::header::LOCATION;
use actix_web::web::ServiceConfig;
use aihubmix::{AccountStatus, TopupRules, UserInfo};
use bff::config::{ExactUrl, HostName};
use bff::domain::Session;
use bff::{
    ApiError, AppData, Current, CurrentSession, HomePage, ProviderApi, SignedIn, Tone, resource,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Time limit for the provider's account data. After 3 s the page is sent without the account and offers to try again, so that the user does not
/// wait in front of an empty page.
const PATIENCE: Duration = Duration::from_secs(3);

/// `[topup]`: where a top-up link may lead.
#[derive(Deserialize)]
pub struct TopupSettings {
    /// Hosts that a link may point to, including their subdomains.
    allowed_hosts: Vec<HostName>,
    /// The link to use when the provider gives none.
    fallback_url: Option<ExactUrl>,
}

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

/// Adds the routes of the account.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/").get(home).head(home))
        .service(resource("/topup").get(topup))
        .service(resource("/api/user/info").get(user_info))
        .service(resource("/api/oauth/userinfo").get(user_info))
        .service(resource("/api/user/topup").get(topup_url));
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

/// `GET /topup`: redirects to the provider's top-up page, or to `/` when the browser is not signed in.
async fn topup(
    session: CurrentSession,
    api: ProviderApi,
    settings: AppData<TopupSettings>,
) -> Result<HttpResponse, ApiError> {
    let target = match session.current() {
        Current::Live(live) => match topup_link(live, &api, &settings).await {
            Err(error) if error.status() == 401 => "/".to_owned(),
            link => link?,
        },
        Current::Unavailable => return Err(ApiError::store_unavailable()),
        Current::Anonymous | Current::Ended(_) => "/".to_owned(),
    };
    Ok(HttpResponse::SeeOther()
        .insert_header((LOCATION, target))
        .finish())
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

/// `GET /api/user/topup`: the URL of the provider's top-up page.
async fn topup_url(
    SignedIn(session): SignedIn,
    api: ProviderApi,
    settings: AppData<TopupSettings>,
) -> Result<HttpResponse, ApiError> {
    let link = topup_link(&session, &api, &settings).await?;
    Ok(HttpResponse::Ok().json(json!({ "topup_url": link })))
}

/// Returns the top-up link of the session's user: an https URL on an allowed host.
async fn topup_link(
    session: &Session,
    api: &ProviderApi,
    settings: &TopupSettings,
) -> Result<String, ApiError> {
    let answer = api.get(session, aihubmix::TOPUP).await?;
    let rules = TopupRules {
        allowed_hosts: settings
            .allowed_hosts
            .iter()
            .cloned()
            .map(String::from)
            .collect(),
        fallback: settings
            .fallback_url
            .as_ref()
            .map(|link| link.url().clone()),
        allow_loopback: api.is_sandbox(),
    };
    let link =
        aihubmix::topup_link(&answer, &rules).map_err(|error| ApiError::provider_error(&error))?;
    link.map(String::from).ok_or_else(|| {
        ApiError::provider_error(
            &"the provider gives no top-up link, and topup.fallback_url is not set",
        )
    })
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
mod tests;
