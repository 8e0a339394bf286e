//! The API for scripts: the session, the account, and the user's sessions. It never returns a token.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use aihubmix::{TopupRules, UserInfo, topup_link};
use serde::Serialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use url::Url;

use super::AppState;
use super::api_error::ApiError;
use super::context::RequestContext;
use super::session::{Current, CurrentSession, SignedIn};
use crate::domain::{EndCause, ErrorCode, Session, SessionHandle, Timestamp};
use crate::flow::FlowError;
use crate::provider::{ApiCall, Detail, ProviderError};

/// `GET /api/session`: whether the browser is signed in. It does not call the provider and does not extend the session.
pub async fn session(
    web: Data<AppState>,
    session: CurrentSession,
) -> Result<HttpResponse, ApiError> {
    let body = match session.current() {
        Current::Live(live) => serde_json::json!({
            "authenticated": true,
            "user": { "username": live.user.username },
            "expires_in": web.flows.session_expires_at(live).since(web.flows.now()).as_secs(),
        }),
        Current::Anonymous | Current::Ended(_) => serde_json::json!({ "authenticated": false }),
        Current::Unavailable => return Err(ErrorCode::StoreUnavailable.into()),
    };
    Ok(HttpResponse::Ok().json(body))
}

/// `GET /api/user/info`: the documented fields of the account, from the provider.
pub async fn user_info(
    web: Data<AppState>,
    SignedIn(session): SignedIn,
    current: CurrentSession,
    context: RequestContext,
) -> Result<HttpResponse, ApiError> {
    let userinfo = settle(
        web.flows.userinfo(&session, context.request_id()).await,
        &current,
    )?;
    let account = UserInfo::read(&userinfo, web.account.quota_per_unit);
    if account.status().is_blocked() {
        return Err(ErrorCode::Forbidden.into());
    }
    Ok(HttpResponse::Ok().json(account))
}

/// `POST /api/user/refresh`: refreshes the token now, unless it was refreshed within the last 10 seconds.
pub async fn refresh(
    web: Data<AppState>,
    SignedIn(session): SignedIn,
    current: CurrentSession,
    context: RequestContext,
) -> Result<HttpResponse, ApiError> {
    let outcome = settle(
        web.flows.refresh(&session, context.request_id()).await,
        &current,
    )?;
    Ok(HttpResponse::Ok().json(serde_json::json!({
        "refreshed": outcome.refreshed,
        "expires_in": outcome.session.tokens.expires_in(web.flows.now()).as_secs(),
    })))
}

/// `GET /api/user/topup`: the URL of the provider's top-up page.
pub async fn topup(
    web: Data<AppState>,
    SignedIn(session): SignedIn,
    current: CurrentSession,
    context: RequestContext,
) -> Result<HttpResponse, ApiError> {
    let url = topup_url(&web, &session, &context).await;
    let url = settle(url, &current)?;
    Ok(HttpResponse::Ok().json(serde_json::json!({ "topup_url": url })))
}

/// Requests the top-up link of the session's user: an https URL on an allowed host.
pub async fn topup_url(
    web: &AppState,
    session: &Session,
    context: &RequestContext,
) -> Result<Url, FlowError> {
    let call = ApiCall::get(aihubmix::TOPUP);
    let answer = web
        .flows
        .call_api(session, &call, context.request_id())
        .await?;
    let rules = TopupRules {
        allowed_hosts: web.account.topup_hosts.clone(),
        fallback: web.account.topup_fallback.clone(),
        allow_loopback: web.account.is_sandbox,
    };
    let unusable = |text: &str| FlowError::Provider(ProviderError::Unusable(Detail::new(text)));
    topup_link(&answer, &rules)
        .map_err(|error| unusable(&error.to_string()))?
        .ok_or_else(|| unusable("there is no top-up link"))
}

/// A session in the list that its user gets.
#[derive(Serialize)]
struct SessionView<'a> {
    id: &'a SessionHandle,
    device: &'a str,
    created_at: String,
    last_seen_at: String,
    current: bool,
}

/// `GET /api/sessions`: the user's own sessions, newest login first.
pub async fn sessions(
    web: Data<AppState>,
    SignedIn(session): SignedIn,
) -> Result<HttpResponse, ApiError> {
    let all = web
        .flows
        .sessions_beside(&session)
        .await
        .map_err(FlowError::store)?;
    let handles: Vec<SessionHandle> = all.iter().map(|session| session.key.handle()).collect();
    let views: Vec<SessionView<'_>> = all
        .iter()
        .zip(&handles)
        .map(|(other, id)| SessionView {
            id,
            device: &other.device,
            created_at: rfc3339(other.created_at),
            last_seen_at: rfc3339(other.last_seen_at),
            current: other.key == session.key,
        })
        .collect();
    Ok(HttpResponse::Ok().json(serde_json::json!({ "sessions": views })))
}

/// `DELETE /api/sessions/{id}`: ends one of the user's own sessions.
pub async fn end_session(
    web: Data<AppState>,
    SignedIn(session): SignedIn,
    current: CurrentSession,
    handle: Path<String>,
) -> Result<HttpResponse, ApiError> {
    let handle = SessionHandle::new(handle.into_inner());
    let all = web
        .flows
        .sessions_beside(&session)
        .await
        .map_err(FlowError::store)?;
    let ended = all
        .into_iter()
        .find(|other| other.key.handle() == handle)
        .ok_or(ErrorCode::NotFound)?;
    if ended.key == session.key {
        let outcome = web.flows.log_out(&session, false).await;
        // When the store fails, the cookie is kept.
        if outcome.is_ok() {
            current.forget();
        }
        outcome
    } else {
        web.flows
            .end_from_afar(ended, EndCause::EndedElsewhere)
            .await
    }
    .map_err(FlowError::store)?;
    Ok(HttpResponse::NoContent().finish())
}

/// Converts the outcome of a flow. When the error says that the session is over, the response removes its cookie.
pub fn settle<T>(outcome: Result<T, FlowError>, current: &CurrentSession) -> Result<T, ApiError> {
    outcome.map_err(|error| {
        if matches!(error, FlowError::SessionEnded(_)) {
            current.forget();
        }
        error.into()
    })
}

fn rfc3339(at: Timestamp) -> String {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(at.as_millis()) * 1_000_000)
        .ok()
        .and_then(|at| at.format(&Rfc3339).ok())
        .unwrap_or_default()
}
