//! The API for scripts: the session, the account, and the user's sessions. It never returns a token.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use serde::Serialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::api_error::ApiError;
use super::context::RequestContext;
use super::session::{Current, CurrentSession, SignedIn};
use super::state::AppState;
use crate::domain::{EndCause, ErrorCode, Session, SessionHandle, Timestamp};
use crate::flow::FlowError;

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
    let all = state
        .flows
        .sessions
        .of_same_user(&session)
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
    state: Data<AppState>,
    SignedIn(session): SignedIn,
    current: CurrentSession,
    handle: Path<String>,
) -> Result<HttpResponse, ApiError> {
    let handle = SessionHandle::new(handle.into_inner());
    let all = state
        .flows
        .sessions
        .of_same_user(&session)
        .await
        .map_err(FlowError::store)?;
    let ended = all
        .into_iter()
        .find(|other| other.key.handle() == handle)
        .ok_or(ErrorCode::NotFound)?;
    if ended.key == session.key {
        let outcome = state.flows.logout.log_out(&session, false).await;
        // When the store fails, the cookie is kept.
        if outcome.is_ok() {
            current.forget();
        }
        outcome
    } else {
        state
            .flows
            .logout
            .end_remotely(ended, EndCause::EndedElsewhere)
            .await
    }
    .map_err(FlowError::store)?;
    Ok(HttpResponse::NoContent().finish())
}

fn rfc3339(at: Timestamp) -> String {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(at.as_millis()) * 1_000_000)
        .ok()
        .and_then(|at| at.format(&Rfc3339).ok())
        .unwrap_or_default()
}
