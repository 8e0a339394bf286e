//! The login use cases: starts a login, and finishes it with what the browser brings back.

use std::sync::Arc;

use url::Url;

use super::attempts::{PresentAttempt, make_room, recognise, seal};
use super::callback::{BrowserState, Callback};
use super::finish::finish;
use super::limit::{Trims, keep_newest};
use super::outcome::{FailedLogin, FinishedLogin, log_failure};
use super::replaced;
use crate::audit;
use crate::domain::{
    CodeVerifier, Display, LoginAttempt, LoginError, RequestId, ReturnTo, SessionKey, State,
};
use crate::flow::parts::Parts;
use crate::flow::single_flight::SingleFlight;
use crate::store::StoreError;

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

/// The login use cases.
#[derive(Clone)]
pub struct Login {
    parts: Arc<Parts>,
    /// Runs one login per attempt, so that a browser that sends the same callback twice (a double click, a reload) gets one login.
    finishing: Arc<SingleFlight<String, Result<FinishedLogin, FailedLogin>>>,
    trims: Arc<Trims>,
}

impl Login {
    pub(in crate::flow) fn new(parts: Arc<Parts>) -> Self {
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
        let newest = seal(&self.parts, &attempt)?;
        let others = make_room(&self.parts, &newest, present)?;
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
        let attempt =
            recognise(&self.parts, &callback.state, &browser.attempts).inspect_err(log_failure)?;
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
            .and_then(|sealed| replaced::open(&self.parts, &sealed));
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

    /// Seals the key of the session that a browser holds from now on.
    #[must_use]
    pub fn seal_replaced(&self, key: &SessionKey) -> String {
        replaced::seal(&self.parts, key)
    }
}
