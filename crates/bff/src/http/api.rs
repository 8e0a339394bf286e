//! The API for scripts: the session, the account, and the user's sessions. It never returns a token.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use serde::Serialize;

use super::api_error::ApiError;
use super::context::RequestContext;
use super::moment::rfc3339;
use super::own_sessions::{self, End};
use super::session::{Current, CurrentSession, SignedIn};
use super::state::AppState;
use crate::domain::{ErrorCode, Session, SessionHandle};

/// `GET /api/session`: whether the browser is signed in. It does not call the provider and does not extend the session.
pub async fn session(
    state: Data<AppState>,
    session: CurrentSession,
) -> Result<HttpResponse, ApiError> {
    let body = match session.current() {
        Current::Live(live) => session_json(&state, live),
        Current::Anonymous | Current::Ended(_) => serde_json::json!({ "authenticated": false }),
        Current::Unavailable => return Err(ErrorCode::StoreUnavailable.into()),
    };
    Ok(HttpResponse::Ok().json(body))
}

/// Describes a live session to its browser.
pub(super) fn session_json(state: &AppState, live: &Session) -> serde_json::Value {
    let sessions = &state.flows.sessions;
    serde_json::json!({
        "authenticated": true,
        "user": { "username": live.user.username },
        "expires_in": sessions.expires_at(live).since(sessions.now()).as_secs(),
    })
}

/// `POST /api/user/refresh`: refreshes the token now, unless it was refreshed within the last 10 seconds.
pub async fn refresh(
    state: Data<AppState>,
    SignedIn(session): SignedIn,
    context: RequestContext,
) -> Result<HttpResponse, ApiError> {
    let outcome = state
        .flows
        .refresher
        .refresh(&session, context.request_id())
        .await?;
    Ok(HttpResponse::Ok().json(serde_json::json!({
        "refreshed": outcome.refreshed,
        "expires_in": outcome.session.tokens.expires_in(state.flows.sessions.now()).as_secs(),
    })))
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
    state: Data<AppState>,
    SignedIn(session): SignedIn,
) -> Result<HttpResponse, ApiError> {
    let all = own_sessions::list(&state, &session).await?;
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
    state: Data<AppState>,
    SignedIn(session): SignedIn,
    current: CurrentSession,
    handle: Path<String>,
) -> Result<HttpResponse, ApiError> {
    let handle = SessionHandle::new(handle.into_inner());
    match own_sessions::end(&state, &session, &current, &handle).await? {
        End::Unknown => Err(ErrorCode::NotFound.into()),
        End::Here | End::Elsewhere => Ok(HttpResponse::NoContent().finish()),
    }
}
