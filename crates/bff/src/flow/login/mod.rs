//! Login: from the start to the redirect to the provider, and from the authorization response to a session.
//!
//! A login attempt is stored in the browser, sealed, in its own cookie. The server stores nothing until the browser returns with a state that
//! matches one of its own attempts (RFC 6749 §10.12, RFC 9700 §4.7). Then the attempt is spent, once, whatever the result.

mod attempts;
mod finish;
mod limit;
mod replaced;

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

/// A login that has started.
#[derive(Debug)]
pub struct StartedLogin {
    /// The URL to redirect the browser to.
    pub location: Url,
    /// The cookies to set: of the new attempt, and of older attempts without their return address, so that all fit.
    pub attempts: Vec<PresentAttempt>,
    /// Tags of the cookies to remove: of attempts that are expired, unreadable, or the oldest of too many.
    pub discarded: Vec<String>,
}

/// The authorization response, which the browser delivers (RFC 6749 §4.1.2).
#[derive(Clone, Debug)]
pub enum AuthorizationResponse {
    /// An authorization code.
    Code(AuthorizationCode),
    /// A refusal, as a row of this program's own error table.
    Refused(LoginError),
}

/// The parameters of a request to the redirect URI.
#[derive(Clone, Debug)]
pub struct Callback {
    /// The state, as sent.
    pub state: String,
    /// The code or the refusal.
    pub response: AuthorizationResponse,
    /// The issuer that the response claims to come from (`iss`, RFC 9207).
    pub issuer: Option<String>,
}

/// Data of the browser that sent the callback.
#[derive(Clone, Debug, Default)]
pub struct BrowserState {
    /// Its login attempts.
    pub attempts: Vec<PresentAttempt>,
    /// The session that it holds, as sealed by [`Login::seal_replaced`].
    pub replaces: Option<String>,
    /// The name of the device in the session list.
    pub device: String,
}

/// A login that succeeded.
#[derive(Clone, Debug)]
pub struct FinishedLogin {
    /// The new session's id. It is used for the cookie only.
    pub id: SessionId,
    /// The new session.
    pub session: Session,
    /// The return address.
    pub return_to: ReturnTo,
    /// Whether the login runs in a page or a pop-up.
    pub display: Display,
    /// The attempt's tag. Its cookie is no longer needed.
    pub tag: String,
}

/// A login that failed.
#[derive(Clone, Debug)]
pub struct FailedLogin {
    /// The error to show to the user.
    pub error: LoginError,
    /// Whether the login runs in a page or a pop-up; a page when this is unknown.
    pub display: Display,
    /// The attempt's tag if the attempt is over. Its cookie is no longer needed.
    pub tag: Option<String>,
}

impl FailedLogin {
    /// Creates and logs the failure of a callback that names no attempt. Nothing else is done with it.
    #[must_use]
    pub fn without_attempt(error: LoginError) -> Self {
        let failure = Self::unrecognised(error);
        log_failure(&failure);
        failure
    }

    /// Creates a failure without a recognised attempt.
    const fn unrecognised(error: LoginError) -> Self {
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
    /// Runs one login per attempt, so that a browser that sends the same callback twice (a double click, a reload) gets one login.
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

    /// Starts a login. The server stores nothing: all data is in the returned cookie.
    ///
    /// # Errors
    /// [`StoreError`] when the store does not answer, because the user would return to a login that cannot be finished.
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

    /// Finishes a login with the parameters of the callback.
    ///
    /// Runs in its own task, so that nothing is lost when the browser disconnects between the code exchange and the new session.
    ///
    /// # Errors
    /// [`FailedLogin`] has the error to show to the user, and whether the attempt is spent. An attempt of another browser is never spent.
    pub async fn finish(
        &self,
        callback: Callback,
        browser: BrowserState,
        request_id: &RequestId,
    ) -> Result<FinishedLogin, FailedLogin> {
        let attempt = self
            .recognise(&callback.state, &browser.attempts)
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
        let replaced = browser
            .replaces
            .and_then(|sealed| self.open_replaced(&sealed));
        let (parts, trims) = (Arc::clone(&self.parts), Arc::clone(&self.trims));
        let (device, request_id) = (browser.device, request_id.clone());
        let work = async move {
            let parts = &parts;
            let login = finish(
                parts,
                attempt,
                replaced,
                callback.response,
                device,
                request_id,
            )
            .await?;
            keep_newest(parts, &trims, &login.session).await;
            Ok(login)
        };
        self.finishing
            .run(tag, work)
            .await
            .unwrap_or_else(|_| Err(FailedLogin::unrecognised(LoginError::ServerError)))
            .inspect_err(log_failure)
    }
}

fn log_failure(failure: &FailedLogin) {
    audit::login_failed(failure.tag.as_deref(), failure.error.code());
}
