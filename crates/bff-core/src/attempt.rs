//! A login attempt: one pending authorization request. The browser carries it in a sealed cookie of its own.

use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use super::clock::Timestamp;
use super::ids::SessionKey;
use super::return_to::ReturnTo;
use super::secret::{CodeVerifier, State};

/// Lifetime of a login attempt: 15 minutes, because sign-up and e-mail codes at the provider take the user that long.
pub const LOGIN_ATTEMPT_TTL: Duration = Duration::from_secs(15 * 60);

/// The window in which the login runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Display {
    /// The window of the page itself.
    Page,
    /// A window that the page opened. It closes itself after the login.
    Popup,
}

/// The data that the callback needs when the browser returns from the provider.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LoginAttempt {
    /// Binds the provider's response to this attempt (RFC 6749 §10.12).
    pub state: State,
    /// Binds the authorization code to this attempt (RFC 7636); `None` where PKCE is switched off.
    pub verifier: Option<CodeVerifier>,
    /// The page to which the browser is sent after the login.
    pub return_to: ReturnTo,
    /// Page or pop-up.
    pub display: Display,
    /// When the attempt began.
    pub started_at: Timestamp,
    /// The session that the browser had at that time. A finished login replaces it.
    pub replaces: Option<SessionKey>,
}

impl LoginAttempt {
    /// Reports whether the attempt has expired. A start time further ahead than [`LOGIN_ATTEMPT_TTL`] also counts as expired, because it was
    /// written before the clock was set back.
    #[must_use]
    pub fn is_expired(&self, now: Timestamp) -> bool {
        !now.is_within(LOGIN_ATTEMPT_TTL, self.started_at)
    }

    /// Returns the suffix of the attempt's cookie name: 22 characters derived from the state by a hash, so that they do not reveal the state.
    #[must_use]
    pub fn tag(state: &State) -> String {
        let hash = digest(&SHA256, state.reveal().as_bytes());
        URL_SAFE_NO_PAD.encode(&hash.as_ref()[..16])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attempt_lasts_as_long_after_the_clock_was_set_back_as_before() {
        let started_at = Timestamp::from_millis(10_000_000);
        let attempt = LoginAttempt {
            state: State::new("A".repeat(43)),
            verifier: None,
            return_to: ReturnTo::default(),
            display: Display::Page,
            started_at,
            replaces: None,
        };
        let moment = Duration::from_millis(1);
        for (now, is_expired) in [
            (started_at.minus(LOGIN_ATTEMPT_TTL).minus(moment), true),
            (started_at.minus(LOGIN_ATTEMPT_TTL), false),
            (started_at.plus(LOGIN_ATTEMPT_TTL).minus(moment), false),
            (started_at.plus(LOGIN_ATTEMPT_TTL), true),
        ] {
            assert_eq!(attempt.is_expired(now), is_expired, "{now:?}");
        }
    }

    #[test]
    fn the_tag_is_the_start_of_a_hash_that_every_replica_makes_alike() {
        // The first 16 bytes of `printf %s AAA… | sha256sum`.
        let state = State::new("A".repeat(43));
        assert_eq!(LoginAttempt::tag(&state), "DwBzhbb51LfusnSGBa_hqQ");
    }
}
