//! The session of the current request, for handlers.

use std::cell::RefCell;

use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest, dev::Payload};
use std::future::{Ready, ready};

use super::bridge::ISSUED;
use crate::domain::{EndCause, ErrorCode, Session, SessionId, SessionKey, Timestamp};
use crate::http::AppState;
use crate::http::api_error::ApiError;

/// The state of the session that the request's cookie belongs to.
#[derive(Clone, Debug, Default)]
pub enum Current {
    /// No session cookie, or one that belongs to no known session.
    #[default]
    Anonymous,
    /// A live session.
    Live(Box<Session>),
    /// A session that is over, with the cause.
    Ended(EndCause),
    /// The session store failed, so the state is unknown.
    Unavailable,
}

/// State of one request: the session that was found, and what the response does with the cookie.
#[derive(Default)]
pub(super) struct Slot {
    pub current: Current,
    /// Key and absolute expiry of a session that this request issued.
    pub issued: Option<(SessionKey, Timestamp)>,
    pub forget: bool,
    /// The store failed after the handler, so the data that the handler kept in the session is not stored.
    pub unsaved: bool,
}

tokio::task_local! {
    /// actix-session calls its store without the request, so the store's result is passed on in the request's own task.
    pub(super) static SLOT: RefCell<Slot>;
}

/// Stores the session that the store found, for the handlers of this request.
pub(super) fn note(current: Current) {
    SLOT.with(|slot| slot.borrow_mut().current = current);
}

/// Records that the data which the handler kept in the session is not stored.
pub(super) fn note_unsaved() {
    SLOT.with(|slot| slot.borrow_mut().unsaved = true);
}

/// The session of this request, in any state. An extractor that never refuses because of that state.
pub struct CurrentSession {
    current: Current,
    cookie: actix_session::Session,
}

impl CurrentSession {
    /// Returns the state of the session.
    pub const fn current(&self) -> &Current {
        &self.current
    }

    /// Returns the live session, if there is one.
    pub fn live(&self) -> Option<&Session> {
        match &self.current {
            Current::Live(session) => Some(session),
            _ => None,
        }
    }

    /// Sets the cookie of a new session on the response.
    ///
    /// # Errors
    /// Returns [`ApiError`] when actix-session does not accept the id. The session stays stored then; only its cookie is missing.
    pub fn issue(&self, id: &SessionId, session: &Session) -> Result<(), ApiError> {
        self.cookie.clear();
        self.cookie
            .insert(ISSUED, id)
            .map_err(|_| ApiError::from(ErrorCode::InternalError))?;
        self.cookie.renew();
        let issued = (session.key, session.absolute_expires_at);
        SLOT.with(|slot| slot.borrow_mut().issued = Some(issued));
        Ok(())
    }

    /// Removes the session cookie from the browser.
    pub fn forget(&self) {
        SLOT.with(|slot| slot.borrow_mut().forget = true);
    }
}

impl FromRequest for CurrentSession {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let current = SLOT
            .try_with(|slot| slot.borrow().current.clone())
            .unwrap_or_default();
        let cookie = actix_session::Session::from_request(request, payload).into_inner();
        ready(match cookie {
            Ok(cookie) => Ok(Self { current, cookie }),
            Err(_) => Err(ErrorCode::InternalError.into()),
        })
    }
}

/// A live session. Extracting it refuses a request without one, and counts as a use, which extends the session's lifetime.
pub struct SignedIn(pub Session);

impl FromRequest for SignedIn {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let found = CurrentSession::from_request(request, payload)
            .into_inner()
            .and_then(|found| match &found.current {
                Current::Live(session) => Ok(Self(session.as_ref().clone())),
                Current::Anonymous => Err(ErrorCode::NotAuthenticated.into()),
                Current::Ended(cause) => {
                    found.forget();
                    Err(ApiError::of_end(*cause))
                }
                Current::Unavailable => Err(ErrorCode::StoreUnavailable.into()),
            });
        if let (Ok(Self(session)), Some(web)) = (&found, request.app_data::<Data<AppState>>()) {
            web.flows.note_use(session);
        }
        ready(found)
    }
}
