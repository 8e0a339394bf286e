//! Small data of the app in the session, which handlers read and change through the extractor `actix_session::Session`.
//!
//! Only that type of the crate actix-session is used. Its middleware writes back the whole map, creates a session that was removed meanwhile, and
//! treats a failing store as an empty session: see docs/adr/0003-session-cookie-and-actix-session.md.

use std::collections::BTreeMap;

use actix_session::{Session as AppSession, SessionExt as _, SessionStatus};
use actix_web::dev::ServiceRequest;
use serde_json::value::RawValue;

use super::current::{Current, CurrentSession};
use crate::domain::{ErrorCode, SessionId};
use crate::http::api_error::ApiError;
use crate::http::paths;
use crate::http::state::AppState;

/// Gives the data of the session to the handlers.
pub fn provide(request: &ServiceRequest, session: &CurrentSession) -> AppSession {
    let app = request.get_session();
    for (name, json) in session.live().iter().flat_map(|live| &live.app_data) {
        // Every value is JSON, because `AppSession` has written it.
        if let Ok(value) = serde_json::from_str::<&RawValue>(json) {
            drop(app.insert(name, value));
        }
    }
    app
}

/// Stores the data if the handler changed it. A session that ended meanwhile stays ended, and the data for it is dropped.
///
/// # Errors
/// Returns `store_unavailable` when the data is not stored, and `internal_error` when the handler put data into a session that does not exist.
pub async fn store(
    app: &AppSession,
    id: Option<&SessionId>,
    session: &CurrentSession,
    state: &AppState,
) -> Result<(), ApiError> {
    let (Some(live), Some(id)) = (session.live(), id) else {
        return refuse_data_without_session(app, session);
    };
    let stored = if app.status() == SessionStatus::Purged {
        session.forget();
        state.flows.logout.forget_session(&live.key).await
    } else if is_changed(app, &live.app_data) {
        let data: BTreeMap<String, String> = app.entries().clone().into_iter().collect();
        state.flows.sessions.set_app_data(id, &data).await.map(drop)
    } else {
        return Ok(());
    };
    stored.map_err(|error| {
        tracing::error!(event = "store_failed", %error, "the app's session data could not be stored");
        ErrorCode::StoreUnavailable.into()
    })
}

fn is_changed(app: &AppSession, stored: &BTreeMap<String, String>) -> bool {
    let entries = app.entries();
    let is_stored = |(name, json): (&String, &String)| stored.get(name) == Some(json);
    entries.len() != stored.len() || !entries.iter().all(is_stored)
}

fn refuse_data_without_session(app: &AppSession, session: &CurrentSession) -> Result<(), ApiError> {
    if app.entries().is_empty() {
        return Ok(());
    }
    if matches!(session.current(), Current::Unavailable) {
        return Err(ErrorCode::StoreUnavailable.into());
    }
    let error = ErrorCode::InternalError;
    tracing::warn!(
        event = "request_failed",
        error = error.code(),
        cause = "a handler stored data in a session, but the user is not signed in",
        help = paths::of_problem(error.code()),
        "a request failed"
    );
    Err(error.into())
}
