//! Signing in: from the click to the provider, and from the provider's answer to a session.
//!
//! A login attempt lives in the browser, sealed, in a cookie of its own; the server stores nothing until the browser comes back with a state
//! that proves to be its own (RFC 6749 §10.12, RFC 9700 §4.7). Then the attempt is spent, once, whatever becomes of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use url::Url;

use super::Parts;
use super::logout::revoke_later;
use super::single_flight::SingleFlight;
use crate::domain::{
    AuthorizationCode, CodeVerifier, Display, LOGIN_ATTEMPT_TTL, LoginAttempt, LoginError, Purpose,
    RequestId, ReturnTo, Session, SessionId, SessionKey, State, TokenSet, User,
};
use crate::provider::{ProviderError, UserInfo};
use crate::store::StoreError;

/// The most attempts that one browser may have pending.
const LIVE_ATTEMPTS: usize = 5;

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
    /// The cookie to set.
    pub attempt: PresentAttempt,
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
    /// The browser's other pending attempts, sealed anew: whichever finishes next replaces this session.
    pub pending: Vec<PresentAttempt>,
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
    /// A failure before any attempt was recognised.
    #[must_use]
    pub const fn of_nobody(error: LoginError) -> Self {
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
}

impl Login {
    pub(super) fn new(parts: Arc<Parts>) -> Self {
        Self {
            finishing: Arc::new(SingleFlight::new(parts.tasks.clone())),
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
        tracing::info!(
            event = "login_started",
            attempt = LoginAttempt::tag(&attempt.state),
            "a login began"
        );
        Ok(StartedLogin {
            location: self
                .parts
                .provider
                .authorization_url(&attempt.state, attempt.verifier.as_ref()),
            discarded: self.to_discard(present),
            attempt: self.seal(&attempt)?,
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
        present: &[PresentAttempt],
        device: String,
        request: &RequestId,
    ) -> Result<FinishedLogin, FailedLogin> {
        let attempt = self.recognise(&callback.state, present)?;
        if self.parts.issuer.is_some() && self.parts.issuer != callback.issuer {
            tracing::warn!(event = "issuer_mismatch", %request, "an answer does not come from the configured issuer");
            return Err(FailedLogin {
                error: LoginError::AuthorizationFailed,
                display: attempt.display,
                tag: None,
            });
        }
        let tag = LoginAttempt::tag(&attempt.state);
        let work = finish(
            Arc::clone(&self.parts),
            attempt,
            callback.answer,
            device,
            request.clone(),
        );
        self.finishing
            .run(tag, work)
            .await
            .unwrap_or_else(|_| Err(FailedLogin::of_nobody(LoginError::ServerError)))
            .map(|login| FinishedLogin {
                pending: self.replacing(&login, present),
                ..login
            })
            .inspect(|login| {
                tracing::info!(event = "login_finished", attempt = login.tag, session = %login.session.key.handle(), %request, "a login finished");
            })
            .inspect_err(|failure| {
                tracing::info!(event = "login_failed", attempt = failure.tag, error = failure.error.code(), %request, "a login failed");
            })
    }

    /// The other attempts of this browser, so that each knows of the session it will replace: the session cookie is not sent along with the provider's answer.
    fn replacing(&self, login: &FinishedLogin, present: &[PresentAttempt]) -> Vec<PresentAttempt> {
        let now = self.parts.clock.now();
        present
            .iter()
            .filter(|other| other.tag != login.tag)
            .filter_map(|other| self.unseal(other))
            .filter(|other| !other.is_expired(now))
            .filter_map(|other| {
                let replaces = Some(login.session.key);
                self.seal(&LoginAttempt { replaces, ..other }).ok()
            })
            .collect()
    }

    /// The attempt that this state belongs to, if this browser made it and it is not over.
    fn recognise(
        &self,
        state: &str,
        present: &[PresentAttempt],
    ) -> Result<LoginAttempt, FailedLogin> {
        let unknown = FailedLogin::of_nobody(LoginError::InvalidState);
        let Some(state) = State::parse(state) else {
            return Err(unknown);
        };
        let tag = LoginAttempt::tag(&state);
        let attempt = present
            .iter()
            .find(|attempt| attempt.tag == tag)
            .and_then(|present| self.unseal(present))
            .filter(|attempt| attempt.state.matches(&state));
        match attempt {
            None => Err(unknown),
            Some(attempt) if attempt.is_expired(self.parts.clock.now()) => Err(FailedLogin {
                error: LoginError::LoginExpired,
                display: attempt.display,
                tag: Some(tag),
            }),
            Some(attempt) => Ok(attempt),
        }
    }

    /// What a browser need not carry any longer when one more attempt comes: what does not open, what is over, the oldest of too many.
    fn to_discard(&self, present: &[PresentAttempt]) -> Vec<String> {
        let now = self.parts.clock.now();
        let mut discarded = Vec::new();
        let mut live = Vec::new();
        for attempt in present {
            match self.unseal(attempt) {
                Some(open) if !open.is_expired(now) => live.push((open.started_at, &attempt.tag)),
                _ => discarded.push(attempt.tag.clone()),
            }
        }
        live.sort();
        let too_many = (live.len() + 1).saturating_sub(LIVE_ATTEMPTS);
        discarded.extend(live.into_iter().take(too_many).map(|(_, tag)| tag.clone()));
        discarded
    }

    fn seal(&self, attempt: &LoginAttempt) -> Result<PresentAttempt, StoreError> {
        let tag = LoginAttempt::tag(&attempt.state);
        let plain = serde_json::to_vec(attempt)
            .map(zeroize::Zeroizing::new)
            .map_err(|_| StoreError::new("a login attempt cannot be written as JSON"))?;
        let sealed = self.parts.keys.seal(
            Purpose::LoginAttempt,
            tag.as_bytes(),
            &plain,
            self.parts.entropy.as_ref(),
        );
        Ok(PresentAttempt {
            tag,
            sealed: URL_SAFE_NO_PAD.encode(sealed),
        })
    }

    fn unseal(&self, present: &PresentAttempt) -> Option<LoginAttempt> {
        let sealed = URL_SAFE_NO_PAD.decode(&present.sealed).ok()?;
        let plain = self
            .parts
            .keys
            .open(Purpose::LoginAttempt, present.tag.as_bytes(), &sealed)
            .ok()?;
        serde_json::from_slice(&plain).ok()
    }
}

/// From a recognised attempt to a session.
async fn finish(
    parts: Arc<Parts>,
    attempt: LoginAttempt,
    answer: Answer,
    device: String,
    request: RequestId,
) -> Result<FinishedLogin, FailedLogin> {
    let tag = LoginAttempt::tag(&attempt.state);
    let display = attempt.display;
    let spent = |error| FailedLogin {
        error,
        display,
        tag: Some(tag.clone()),
    };
    match parts
        .store
        .spend_attempt(&tag, attempt.started_at.plus(LOGIN_ATTEMPT_TTL))
        .await
    {
        Ok(true) => {}
        Ok(false) => return Err(spent(LoginError::InvalidState)),
        Err(error) => {
            tracing::error!(event = "store_failed", %error, %request, "a login could not be finished");
            // Nothing was sent to the provider: the same answer can be tried again.
            return Err(FailedLogin {
                error: LoginError::ServerError,
                display,
                tag: None,
            });
        }
    }
    let code = match answer {
        Answer::Code(code) => code,
        Answer::Refused(error) => return Err(spent(error)),
    };
    let tokens = parts
        .provider
        .exchange_code(&code, attempt.verifier.as_ref(), &request)
        .await
        .map_err(|error| spent(login_error(&error, &request)))?;
    let user = match greet(&parts, &tokens, &request).await {
        Ok(user) => user,
        Err(error) => {
            revoke_later(&parts, tokens.refresh_token.clone());
            return Err(spent(error));
        }
    };
    let now = parts.clock.now();
    let id = SessionId::random(parts.entropy.as_ref());
    let session = Session {
        key: SessionKey::of(&id),
        user,
        device,
        created_at: now,
        last_seen_at: now,
        absolute_expires_at: now.plus(parts.lifetimes.absolute),
        tokens,
        version: 1,
        app_data: BTreeMap::new(),
    };
    if let Err(error) = parts.store.create(&session).await {
        tracing::error!(event = "store_failed", %error, %request, "a new session could not be stored");
        revoke_later(&parts, session.tokens.refresh_token.clone());
        return Err(spent(LoginError::ServerError));
    }
    if let Some(replaced) = attempt.replaces {
        end_replaced(&parts, &replaced).await;
    }
    Ok(FinishedLogin {
        id,
        session,
        return_to: attempt.return_to,
        display,
        tag,
        pending: Vec::new(),
    })
}

/// Who signed in. A session without a user would be half a session, so this is part of the login.
async fn greet(parts: &Parts, tokens: &TokenSet, request: &RequestId) -> Result<User, LoginError> {
    let info: UserInfo = parts
        .provider
        .userinfo(&tokens.access_token, request)
        .await
        .map_err(|error| login_error(&error, request))?;
    if info.status().is_blocked() {
        return Err(LoginError::AccountDisabled);
    }
    Ok(User {
        id: info.user_id(),
        username: info.username().map(str::to_owned),
    })
}

/// Ends the session that this browser had before. The new one stands already, so a failure here is only reported.
async fn end_replaced(parts: &Arc<Parts>, key: &SessionKey) {
    match parts.store.delete(key).await {
        Ok(Some(ended)) => {
            tracing::info!(event = "session_ended", session = %key.handle(), cause = "replaced", "a session ended");
            revoke_later(parts, ended.tokens.refresh_token);
        }
        Ok(None) => {}
        Err(error) => {
            tracing::warn!(event = "store_failed", %error, "a replaced session was not ended");
        }
    }
}

/// What to tell a person of a provider that failed during a login.
fn login_error(error: &ProviderError, request: &RequestId) -> LoginError {
    tracing::warn!(event = "login_provider_failed", %error, %request, "the provider did not let a login finish");
    match error {
        ProviderError::AccountDisabled(_) => LoginError::AccountDisabled,
        ProviderError::GrantRefused(_)
        | ProviderError::TokenRefused(_)
        | ProviderError::Forbidden(_) => LoginError::AuthorizationFailed,
        ProviderError::Unavailable { .. } | ProviderError::Timeout(_) => {
            LoginError::ProviderUnavailable
        }
        ProviderError::Misconfigured(_) | ProviderError::Unusable(_) => LoginError::ServerError,
    }
}
