//! The account: the page at `/` with user and balance, the same data for scripts, and the way to the top-up page.

use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::header::LOCATION;
use actix_web::web::{Data, ServiceConfig};
use bff::http::{AppState, RequestContext};
use bff::provider::{AccountStatus, UserInfo};
use bff::{ApiError, Current, CurrentSession, HomePage, SignedIn, Tone, resource};
use serde::Serialize;
use serde_json::{Value, json};

/// Time limit for the provider's account data. After 3 s the page is sent without the account and offers to try again, so that the user does not
/// wait in front of an empty page.
const PATIENCE: Duration = Duration::from_secs(3);

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
    web: Data<AppState>,
    context: RequestContext,
) -> Result<HttpResponse, ApiError> {
    let Some(session) = home.session() else {
        return home.signed_out();
    };
    let is_refresh = home.query_says("balance", "updated");
    let asked = web.flows.account(session, context.request_id());
    let error = match tokio::time::timeout(PATIENCE, asked).await {
        Ok(Ok(info)) => {
            let notice = is_refresh.then_some((Tone::Good, "notice-balance_updated"));
            let data = json!({ "account": Account::from(&info) });
            return home.signed_in("signed_in", "account.html", notice, &data);
        }
        Ok(Err(error)) => ApiError::from(error),
        Err(_) => ApiError::new(
            504,
            "provider_timeout",
            "The provider did not answer in time",
        ),
    };
    if !matches!(error.status(), 403 | 502 | 503 | 504) || error.code() == "store_unavailable" {
        let notice = is_refresh.then_some((Tone::Bad, "notice-refresh_failed"));
        return home.failed(error, notice);
    }
    let known = match error.code() {
        "forbidden" => None,
        _ => web.flows.last_known_account(session),
    };
    let known = known.as_ref();
    let known = known.map(|known| (Account::from(&known.info), known.age.as_secs() / 60));
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
    web: Data<AppState>,
    session: CurrentSession,
    context: RequestContext,
) -> Result<HttpResponse, ApiError> {
    let url = match session.current() {
        Current::Live(live) => web.flows.topup_url(live, context.request_id()).await?,
        Current::Unavailable => {
            return Err(ApiError::new(
                503,
                "store_unavailable",
                "The session store is unavailable",
            ));
        }
        Current::Anonymous | Current::Ended(_) => return Ok(see_other("/")),
    };
    Ok(see_other(url.as_str()))
}

fn see_other(target: &str) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((LOCATION, target))
        .finish()
}

/// `GET /api/user/info`: the documented fields of the account, from the provider.
async fn user_info(
    web: Data<AppState>,
    SignedIn(session): SignedIn,
    context: RequestContext,
) -> Result<HttpResponse, ApiError> {
    let account = web.flows.account(&session, context.request_id()).await?;
    if account.status().is_blocked() {
        return Err(ApiError::new(
            403,
            "forbidden",
            "The provider denies access",
        ));
    }
    Ok(HttpResponse::Ok().json(account))
}

/// `GET /api/user/topup`: the URL of the provider's top-up page.
async fn topup_url(
    web: Data<AppState>,
    SignedIn(session): SignedIn,
    context: RequestContext,
) -> Result<HttpResponse, ApiError> {
    let url = web.flows.topup_url(&session, context.request_id()).await?;
    Ok(HttpResponse::Ok().json(json!({ "topup_url": url })))
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
