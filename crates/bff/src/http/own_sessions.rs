//! Lists and ends the sessions of the user who asks, for the API and for the page at `/sessions`.

use super::api_error::ApiError;
use super::session::CurrentSession;
use super::state::AppState;
use crate::domain::{EndCause, Session, SessionHandle};
use crate::flow::FlowError;

/// What became of a session that the user wanted to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It was the session of this browser, which is signed out now.
    Here,
    /// It was the session of another browser.
    Elsewhere,
    /// The user has no live session with this handle.
    Unknown,
}

/// Returns the live sessions of the user of `session`, newest login first.
///
/// # Errors
/// `store_unavailable` (503).
pub async fn list(state: &AppState, session: &Session) -> Result<Vec<Session>, ApiError> {
    let all = state.flows.sessions.of_same_user(session).await;
    Ok(all.map_err(FlowError::store)?)
}

/// Ends the session with this handle if it is one of the user's own.
///
/// # Errors
/// `store_unavailable` (503). When it is the session of this browser, the cookie is kept then.
pub async fn end(
    state: &AppState,
    session: &Session,
    current: &CurrentSession,
    handle: &SessionHandle,
) -> Result<End, ApiError> {
    let mut all = list(state, session).await?.into_iter();
    let Some(ended) = all.find(|other| other.key.handle() == *handle) else {
        return Ok(End::Unknown);
    };
    let logout = &state.flows.logout;
    if ended.key == session.key {
        let outcome = logout.log_out(session, false).await;
        outcome.map_err(FlowError::store)?;
        current.forget();
        return Ok(End::Here);
    }
    let outcome = logout.end_remotely(ended, EndCause::EndedElsewhere).await;
    outcome.map_err(FlowError::store)?;
    Ok(End::Elsewhere)
}
