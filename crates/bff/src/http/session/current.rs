//! The session of the request at hand, for handlers.

use std::cell::RefCell;

use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest, dev::Payload};
use std::future::{Ready, ready};

use super::bridge::ISSUED;
use crate::domain::{EndCause, ErrorCode, Session, SessionId, SessionKey, Timestamp};
use crate::http::AppState;
use crate::http::api_error::ApiError;

/// What stands behind the request's cookie.
#[derive(Clone, Debug, Default)]
pub enum Current {
    /// No cookie, or one that means nothing.
    #[default]
    Anonymous,
    /// A live session.
    Live(Box<Session>),
    /// A session that is over, and why.
    Ended(EndCause),
    /// The store cannot be asked.
    Unavailable,
}

/// What the request found and what its answer is to do with the cookie.
#[derive(Default)]
pub(super) struct Slot {
    pub current: Current,
    /// The session that was issued, and its end.
    pub issued: Option<(SessionKey, Timestamp)>,
    pub forget: bool,
    /// The store failed after the handler: what it kept in the session is not stored.
    pub unsaved: bool,
}

tokio::task_local! {
    /// actix-session asks its store without showing the request, so the answer waits here, in the request's own task.
    pub(super) static SLOT: RefCell<Slot>;
}

/// Keeps what the store found for the handlers of this request.
pub(super) fn note(current: Current) {
    SLOT.with(|slot| slot.borrow_mut().current = current);
}

/// Notes that what the handler kept in the session is not stored.
pub(super) fn note_unsaved() {
    SLOT.with(|slot| slot.borrow_mut().unsaved = true);
}

/// The session of this request, whatever it is.
pub struct CurrentSession {
    current: Current,
    cookie: actix_session::Session,
}

impl CurrentSession {
    /// What stands behind the cookie.
    pub const fn current(&self) -> &Current {
        &self.current
    }

    /// The live session, if there is one.
    pub fn live(&self) -> Option<&Session> {
        match &self.current {
            Current::Live(session) => Some(session),
            _ => None,
        }
    }

    /// Gives the browser the cookie of a new session.
    ///
    /// # Errors
    /// [`ApiError`] when actix-session does not take it; nothing of the session is lost then but its cookie.
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

    /// Takes the session cookie away from the browser.
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

/// A live session: a handler that asks for this answers only people who are signed in, and its use keeps the session alive.
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
