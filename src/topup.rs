//! The way to the provider's top-up page: a link for users, and its URL for scripts.

use actix_web::HttpResponse;
use actix_web::web::ServiceConfig;
use aihubmix::TopupRules;
use bff::domain::Session;
use bff::{
    AccountSettings, ApiError, Current, CurrentSession, ProviderApi, SignedIn, resource, see_other,
};
use serde_json::json;

/// Adds the routes of the top-up page.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/topup").get(topup))
        .service(resource("/api/user/topup").get(topup_url));
}

/// `GET /topup`: redirects to the provider's top-up page, or to `/` when the browser is not signed in.
async fn topup(
    session: CurrentSession,
    api: ProviderApi,
    settings: AccountSettings,
) -> Result<HttpResponse, ApiError> {
    let target = match session.current() {
        Current::Live(live) => match topup_link(live, &api, settings).await {
            Err(error) if error.status() == 401 => "/".to_owned(),
            link => link?,
        },
        Current::Unavailable => return Err(ApiError::store_unavailable()),
        Current::Anonymous | Current::Ended(_) => "/".to_owned(),
    };
    Ok(see_other(&target))
}

/// `GET /api/user/topup`: the URL of the provider's top-up page.
async fn topup_url(
    SignedIn(session): SignedIn,
    api: ProviderApi,
    settings: AccountSettings,
) -> Result<HttpResponse, ApiError> {
    let link = topup_link(&session, &api, settings).await?;
    Ok(HttpResponse::Ok().json(json!({ "topup_url": link })))
}

/// Returns the top-up link of the session's user: an https URL on an allowed host.
async fn topup_link(
    session: &Session,
    api: &ProviderApi,
    settings: AccountSettings,
) -> Result<String, ApiError> {
    let answer = api.get(session, aihubmix::TOPUP).await?;
    let rules = TopupRules {
        allowed_hosts: settings.topup_hosts,
        fallback: settings.topup_fallback,
        allow_loopback: settings.is_sandbox,
    };
    let link =
        aihubmix::topup_link(&answer, &rules).map_err(|error| ApiError::provider_error(&error))?;
    link.map(String::from).ok_or_else(|| {
        ApiError::provider_error(
            &"the provider gives no top-up link, and topup.fallback_url is not set",
        )
    })
}
