//! [`CurrentSession`]: the session of a request, which the session layer and the handlers share, and the extractors that read it.

use std::cell::RefCell;
use std::future::{Ready, ready};
use std::rc::Rc;
use std::sync::Arc;

use actix_web::web::Data;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest, dev::Payload};

use crate::domain::{EndCause, ErrorCode, Session, SessionId, SessionKey, Timestamp};
use crate::http::api_error::ApiError;
use crate::http::state::AppState;

/// The state of the session that the request's cookie belongs to.
#[derive(Clone, Debug, Default)]
pub enum Current {
    /// No session cookie, or one that belongs to no known session.
    #[default]
    Anonymous,
    /// A live session.
    Live(Arc<Session>),
    /// A session that is over, with the cause.
    Ended(EndCause),
    /// The session store failed, so the state is unknown.
    Unavailable,
}

/// What the response does with the session cookie.
#[derive(Default)]
pub(super) enum CookieChange {
    #[default]
    Keep,
    Set(Issued),
    Remove,
}

/// A session that this request created.
pub(super) struct Issued {
    pub id: SessionId,
    pub key: SessionKey,
    pub expires_at: Timestamp,
}

/// The session of this request, in any state. An extractor that never refuses because of that state. All clones share one value.
#[derive(Clone, Default)]
pub struct CurrentSession(Rc<Shared>);

#[derive(Default)]
struct Shared {
    current: Current,
    cookie: RefCell<CookieChange>,
}

impl CurrentSession {
    pub(super) fn new(current: Current) -> Self {
        Self(Rc::new(Shared {
            current,
            cookie: RefCell::default(),
        }))
    }

    /// Returns the session of this request; none outside the session layer.
    pub(in crate::http) fn from_http(request: &HttpRequest) -> Self {
        let shared = request.extensions().get::<Self>().cloned();
        shared.unwrap_or_default()
    }

    /// Returns the state of the session.
    #[must_use]
    pub fn current(&self) -> &Current {
        &self.0.current
    }

    /// Returns the live session, if there is one.
    #[must_use]
    pub fn live(&self) -> Option<&Session> {
        match self.current() {
            Current::Live(session) => Some(session),
            _ => None,
        }
    }

    /// Sets the cookie of a new session on the response.
    pub(in crate::http) fn issue(&self, id: &SessionId, session: &Session) {
        self.0.cookie.replace(CookieChange::Set(Issued {
            id: id.clone(),
            key: session.key,
            expires_at: session.absolute_expires_at,
        }));
    }

    /// Removes the session cookie from the browser. An error response that carries the cause of the end does this by itself.
    pub fn forget(&self) {
        self.0.cookie.replace(CookieChange::Remove);
    }

    /// Takes the change that the layer makes to the cookie. While the state of the session is unknown, the cookie is not removed.
    pub(super) fn take_cookie_change(&self) -> CookieChange {
        match self.0.cookie.take() {
            CookieChange::Remove if matches!(self.current(), Current::Unavailable) => {
                CookieChange::Keep
            }
            change => change,
        }
    }
}

impl FromRequest for CurrentSession {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self::from_http(request)))
    }
}

/// A live session. Extracting it refuses a request without one, and counts as a use, which extends the session's lifetime.
pub struct SignedIn(pub Arc<Session>);

impl SignedIn {
    /// Returns the provider's id of the user, the key of everything that an app stores for this user.
    ///
    /// # Errors
    /// Returns `provider_error` (502) when the provider gave no id at the login.
    pub fn user_id(&self) -> Result<String, ApiError> {
        user_id(&self.0)
    }
}

pub(in crate::http) fn user_id(session: &Session) -> Result<String, ApiError> {
    let id = session.user.id.as_ref();
    id.map(|id| id.as_str().to_owned())
        .ok_or_else(|| ApiError::provider_error(&"the provider gave no id of the user"))
}

impl FromRequest for SignedIn {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let session = CurrentSession::from_http(request);
        ready(match session.current() {
            Current::Live(live) => {
                if let Some(state) = request.app_data::<Data<AppState>>() {
                    state.flows.sessions.note_use(live);
                }
                Ok(Self(Arc::clone(live)))
            }
            Current::Anonymous => Err(ErrorCode::NotAuthenticated.into()),
            Current::Ended(cause) => {
                // Also when the caller redirects to the login instead of returning this error.
                session.forget();
                Err(ApiError::session_ended(*cause))
            }
            Current::Unavailable => Err(ErrorCode::StoreUnavailable.into()),
        })
    }
}
