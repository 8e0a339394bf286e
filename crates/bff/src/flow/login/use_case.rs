//! The login use cases: starts a login, and finishes it with what the browser brings back.

use std::sync::Arc;
use std::time::Duration;

use url::Url;

use super::attempts::{PresentAttempt, make_room, recognise, seal};
use super::callback::{BrowserState, Callback};
use super::limit::SessionLimit;
use super::outcome::{FailedLogin, FinishedLogin, log_failure};
use super::replaced;
use super::sealer::CookieSealer;
use crate::audit;
use crate::domain::{
    Clock, CodeVerifier, Display, LoginAttempt, LoginError, RequestId, ReturnTo, SessionKey, State,
};
use crate::flow::logout::Logout;
use crate::flow::single_flight::SingleFlight;
use crate::provider::Provider;
use crate::store::{SealedStore, StoreError};

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

/// The settings of logins.
#[derive(Clone, Debug)]
pub struct LoginSettings {
    /// Whether logins use PKCE (RFC 7636).
    pub pkce: bool,
    /// The issuer that `iss` in an authorization response must equal (RFC 9207 §2.4). `None` disables the check.
    pub issuer: Option<String>,
    /// The absolute limit on the lifetime of a new session.
    pub absolute_ttl: Duration,
    /// The maximum number of live sessions of one user; `None` for no limit.
    pub max_per_user: Option<usize>,
}

/// The login use cases.
pub struct Login {
    pub(in crate::flow) store: SealedStore,
    pub(in crate::flow) provider: Arc<Provider>,
    pub(in crate::flow) clock: Arc<dyn Clock>,
    pub(in crate::flow) sealer: CookieSealer,
    pub(in crate::flow) logout: Arc<Logout>,
    pub(in crate::flow) limit: Arc<SessionLimit>,
    pub(in crate::flow) settings: LoginSettings,
    /// Runs one login per attempt, so that a browser that sends the same callback twice (a double click, a reload) gets one login.
    pub(in crate::flow) finishing: SingleFlight<String, Result<FinishedLogin, FailedLogin>>,
}

impl Login {
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
        self.store.ping().await?;
        let (now, entropy) = (self.clock.now(), self.sealer.entropy.as_ref());
        let is_pkce = self.settings.pkce;
        let attempt = LoginAttempt {
            state: State::random(entropy),
            verifier: is_pkce.then(|| CodeVerifier::random(entropy)),
            return_to,
            display,
            started_at: now,
            replaces,
        };
        let newest = seal(&self.sealer, &attempt)?;
        let others = make_room(&self.sealer, now, &newest, present)?;
        audit::login_started(&newest.tag);
        Ok(StartedLogin {
            location: self
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
        self: &Arc<Self>,
        callback: Callback,
        browser: BrowserState,
        request_id: &RequestId,
    ) -> Result<FinishedLogin, FailedLogin> {
        let now = self.clock.now();
        let attempt = recognise(&self.sealer, now, &callback.state, &browser.attempts)
            .inspect_err(log_failure)?;
        if self.settings.issuer.is_some() && self.settings.issuer != callback.issuer {
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
            .and_then(|sealed| replaced::open(&self.sealer, &sealed));
        let (this, request_id) = (Arc::clone(self), request_id.clone());
        let work = async move {
            let (response, device) = (callback.response, browser.device);
            let login = this
                .create_session(attempt, replaced, response, device, request_id)
                .await?;
            this.limit.keep_newest(&login.session).await;
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
        replaced::seal(&self.sealer, key)
    }
}
