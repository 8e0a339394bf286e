//! Signing in: from the click to the provider, and from the provider's answer to a session.
//!
//! A login attempt lives in the browser, sealed, in a cookie of its own; the server stores nothing until the browser comes back with a state
//! that proves to be its own (RFC 6749 §10.12, RFC 9700 §4.7). Then the attempt is spent, once, whatever becomes of it.

mod attempts;
mod finish;
mod held;
mod limit;

use std::sync::Arc;

use url::Url;

use super::Parts;
use super::single_flight::SingleFlight;
use crate::audit;
use crate::domain::{
    AuthorizationCode, CodeVerifier, Display, LoginAttempt, LoginError, RequestId, ReturnTo,
    Session, SessionId, SessionKey, State,
};
use crate::store::StoreError;

use self::finish::finish;
use self::limit::{Trims, keep_newest};

/// A login-attempt cookie as the browser sent it.
#[derive(Clone, Debug)]
pub struct PresentAttempt {
    /// The end of the cookie's name.
    pub tag: String,
    /// The cookie's value, sealed.
    pub sealed: String,
}

/// A login that has begun.
#[derive(Debug)]
pub struct StartedLogin {
    /// Where to send the browser.
    pub location: Url,
    /// The cookies to set: of the new attempt, and of older ones that gave up their return address to make room.
    pub attempts: Vec<PresentAttempt>,
    /// Tags of the cookies to remove: of attempts that are over, unreadable, or the oldest of too many.
    pub discarded: Vec<String>,
}

/// What the provider answered through the browser (RFC 6749 §4.1.2).
#[derive(Clone, Debug)]
pub enum Answer {
    /// An authorization code.
    Code(AuthorizationCode),
    /// A refusal, as a row of our own table.
    Refused(LoginError),
}

/// What came back to the redirect URI.
#[derive(Clone, Debug)]
pub struct Callback {
    /// The state, as sent.
    pub state: String,
    /// The answer proper.
    pub answer: Answer,
    /// Who says that it answered (`iss`, RFC 9207).
    pub issuer: Option<String>,
}

/// What the browser carries when it comes back.
#[derive(Clone, Debug, Default)]
pub struct Carried {
    /// Its login attempts.
    pub attempts: Vec<PresentAttempt>,
    /// The session that it holds, as [`Login::name_held`] named it.
    pub held: Option<String>,
    /// What the session list calls it.
    pub device: String,
}

/// A login that succeeded.
#[derive(Clone, Debug)]
pub struct FinishedLogin {
    /// The new session's id, for the cookie and nothing else.
    pub id: SessionId,
    /// The new session.
    pub session: Session,
    /// Where the person wanted to go.
    pub return_to: ReturnTo,
    /// Page or pop-up.
    pub display: Display,
    /// The attempt's tag: its cookie is done.
    pub tag: String,
}

/// A login that did not succeed.
#[derive(Clone, Debug)]
pub struct FailedLogin {
    /// What to tell the person.
    pub error: LoginError,
    /// Page or pop-up, as far as it is known.
    pub display: Display,
    /// The attempt's tag if it is spent: its cookie is done.
    pub tag: Option<String>,
}

impl FailedLogin {
    /// An answer that names no attempt: nothing is done with it but to write it down.
    #[must_use]
    pub fn of_no_attempt(error: LoginError) -> Self {
        let failure = Self::of_nobody(error);
        log_failure(&failure);
        failure
    }

    /// A failure before any attempt was recognised.
    const fn of_nobody(error: LoginError) -> Self {
        Self {
            error,
            display: Display::Page,
            tag: None,
        }
    }
}

/// The login use cases.
#[derive(Clone)]
pub struct Login {
    parts: Arc<Parts>,
    /// A browser that asks twice for the same answer (a double click, an impatient reload) gets one login.
    finishing: Arc<SingleFlight<String, Result<FinishedLogin, FailedLogin>>>,
    trims: Arc<Trims>,
}

impl Login {
    pub(super) fn new(parts: Arc<Parts>) -> Self {
        Self {
            finishing: Arc::new(SingleFlight::new(parts.tasks.clone())),
            trims: Arc::new(Trims::new(parts.tasks.clone())),
            parts,
        }
    }

    /// Begins a login: nothing is stored, everything goes into the returned cookie.
    ///
    /// # Errors
    /// [`StoreError`] when the store does not answer: the person would come back to a login that cannot be finished.
    pub async fn start(
        &self,
        return_to: ReturnTo,
        display: Display,
        replaces: Option<SessionKey>,
        present: &[PresentAttempt],
    ) -> Result<StartedLogin, StoreError> {
        self.parts.store.ping().await?;
        let attempt = LoginAttempt {
            state: State::random(self.parts.entropy.as_ref()),
            verifier: self
                .parts
                .pkce
                .then(|| CodeVerifier::random(self.parts.entropy.as_ref())),
            return_to,
            display,
            started_at: self.parts.clock.now(),
            replaces,
        };
        let newest = self.seal(&attempt)?;
        let others = self.make_room(&newest, present)?;
        audit::login_started(&newest.tag);
        Ok(StartedLogin {
            location: self
                .parts
                .provider
                .authorization_url(&attempt.state, attempt.verifier.as_ref()),
            attempts: [vec![newest], others.shortened].concat(),
            discarded: others.discarded,
        })
    }

    /// Finishes a login with what came back to the redirect URI.
    ///
    /// Runs apart from the request: a browser that goes away between the code exchange and the new session loses nothing.
    ///
    /// # Errors
    /// [`FailedLogin`] says what to tell the person and whether the attempt is spent. An attempt that is not this browser's is never spent.
    pub async fn finish(
        &self,
        callback: Callback,
        carried: Carried,
        request: &RequestId,
    ) -> Result<FinishedLogin, FailedLogin> {
        let attempt = self
            .recognise(&callback.state, &carried.attempts)
            .inspect_err(log_failure)?;
        if self.parts.issuer.is_some() && self.parts.issuer != callback.issuer {
            audit::issuer_mismatch(&LoginAttempt::tag(&attempt.state));
            let failure = FailedLogin {
                error: LoginError::AuthorizationFailed,
                display: attempt.display,
                tag: None,
            };
            log_failure(&failure);
            return Err(failure);
        }
        let tag = LoginAttempt::tag(&attempt.state);
        let held = carried.held.and_then(|sealed| self.open_held(&sealed));
        let (parts, trims) = (Arc::clone(&self.parts), Arc::clone(&self.trims));
        let (device, request) = (carried.device, request.clone());
        let work = async move {
            let parts = &parts;
            let login = finish(parts, attempt, held, callback.answer, device, request).await?;
            keep_newest(parts, &trims, &login.session).await;
            Ok(login)
        };
        self.finishing
            .run(tag, work)
            .await
            .unwrap_or_else(|_| Err(FailedLogin::of_nobody(LoginError::ServerError)))
            .inspect_err(log_failure)
    }
}

fn log_failure(failure: &FailedLogin) {
    audit::login_failed(failure.tag.as_deref(), failure.error.code());
}
