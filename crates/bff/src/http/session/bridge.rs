//! Implements actix-session's `SessionStore` with the flows.
//!
//! actix-session loads a map of texts by the cookie's value. The map holds only the data that the app keeps in the session. The session itself is
//! stored in [`current`](super::current), because the handlers need it typed, and because it must never be written back as a whole. Two rules differ
//! from the stores that come with actix-session: an update never recreates a session that was removed, and a store failure is not treated as an
//! empty session.

use std::collections::{BTreeMap, HashMap};

use actix_session::storage::{
    LoadError, SaveError, SessionKey as CookieValue, SessionStore, UpdateError,
};
use actix_web::cookie::time::Duration;
use actix_web::web::Data;

use super::current::{self, Current};
use crate::domain::{SessionId, SessionKey};
use crate::flow::Opened;
use crate::http::AppState;

/// Map key under which a finished login passes the id of its new session to `save`. It is never stored.
pub const ISSUED: &str = "aihubmix-bff.issued";

/// The session store that actix-session uses.
pub struct Bridge(pub Data<AppState>);

type Entries = HashMap<String, String>;

impl SessionStore for Bridge {
    async fn load(&self, value: &CookieValue) -> Result<Option<Entries>, LoadError> {
        let Some(id) = SessionId::parse(value.as_ref()) else {
            return Ok(None);
        };
        let handle = SessionKey::of(&id).handle();
        tracing::Span::current().record("session", tracing::field::display(handle));
        Ok(match self.0.flows.open_session(&id).await {
            Ok(Opened::Live(session)) => {
                let entries = session.app_data.clone().into_iter().collect();
                current::note(Current::Live(session));
                Some(entries)
            }
            Ok(Opened::Ended(cause)) => {
                current::note(Current::Ended(cause));
                None
            }
            Ok(Opened::Unknown) => {
                tracing::info!(
                    event = "session_unknown",
                    "the session of a session cookie does not exist"
                );
                None
            }
            Err(error) => {
                tracing::error!(event = "store_failed", %error, "the session store cannot be read");
                current::note(Current::Unavailable);
                None
            }
        })
    }

    async fn save(&self, mut entries: Entries, _: &Duration) -> Result<CookieValue, SaveError> {
        let issued = entries
            .remove(ISSUED)
            .and_then(|json| serde_json::from_str::<SessionId>(&json).ok())
            .ok_or_else(|| {
                SaveError::Other(anyhow::anyhow!(
                    "a handler stored data in a session, but the user is not signed in"
                ))
            })?;
        CookieValue::try_from(issued.reveal().to_owned())
            .map_err(|error| SaveError::Other(error.into()))
    }

    async fn update(
        &self,
        value: CookieValue,
        entries: Entries,
        _: &Duration,
    ) -> Result<CookieValue, UpdateError> {
        let data: BTreeMap<String, String> = entries.into_iter().collect();
        // A session that ended meanwhile stays ended, and the app's data for it is dropped.
        if let Some(id) = SessionId::parse(value.as_ref()) {
            self.0
                .flows
                .set_app_data(&id, &data)
                .await
                .map_err(|error| {
                    tracing::error!(event = "store_failed", %error, "the app's session data could not be stored");
                    current::note_unsaved();
                    UpdateError::Other(error.into())
                })?;
        }
        Ok(value)
    }

    async fn update_ttl(&self, _: &CookieValue, _: &Duration) -> Result<(), anyhow::Error> {
        // Does nothing, because a session's lifetime is extended by use and not by loading it: see `Flows::note_use`.
        Ok(())
    }

    async fn delete(&self, value: &CookieValue) -> Result<(), anyhow::Error> {
        if let Some(id) = SessionId::parse(value.as_ref()) {
            self.0.flows.forget_session(&SessionKey::of(&id)).await?;
        }
        Ok(())
    }
}
