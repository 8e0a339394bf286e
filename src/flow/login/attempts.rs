//! The login attempts that a browser carries: sealed, recognised, thrown out when they are too many.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::{FailedLogin, Login, PresentAttempt};
use crate::domain::{LoginAttempt, LoginError, Purpose, State};
use crate::store::StoreError;

/// The most attempts that one browser may have pending.
const LIVE_ATTEMPTS: usize = 5;

impl Login {
    /// The attempt that this state belongs to, if this browser made it and it is not over.
    pub(super) fn recognise(
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
    pub(super) fn to_discard(&self, present: &[PresentAttempt]) -> Vec<String> {
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

    pub(super) fn seal(&self, attempt: &LoginAttempt) -> Result<PresentAttempt, StoreError> {
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
