//! A login attempt: one pending trip to the provider, carried by the browser in a sealed cookie of its own.

use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use super::clock::Timestamp;
use super::ids::SessionKey;
use super::return_to::ReturnTo;
use super::secret::{CodeVerifier, State};

/// How long somebody may take at the provider (sign-up and e-mail codes included).
pub const LOGIN_ATTEMPT_TTL: Duration = Duration::from_secs(15 * 60);

/// Where the login shows itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Display {
    /// In the page's own window.
    Page,
    /// In a window that the page opened and that closes itself.
    Popup,
}

/// What must be known again when the browser comes back.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LoginAttempt {
    /// Binds the answer to this attempt (RFC 6749 §10.12).
    pub state: State,
    /// Binds the authorization code to this attempt (RFC 7636); `None` where PKCE is switched off.
    pub verifier: Option<CodeVerifier>,
    /// Where to go afterwards.
    pub return_to: ReturnTo,
    /// Page or pop-up.
    pub display: Display,
    /// When it began.
    pub started_at: Timestamp,
    /// The session that the browser had then: a finished login replaces it.
    pub replaces: Option<SessionKey>,
}

impl LoginAttempt {
    /// Whether the time for it is over. An attempt that began further ahead than it lasts began before the clock was set back.
    #[must_use]
    pub fn is_expired(&self, now: Timestamp) -> bool {
        !now.is_within(LOGIN_ATTEMPT_TTL, self.started_at)
    }

    /// The end of the attempt's cookie name: 22 characters that follow from the state and lead nowhere back.
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
        // `printf %s AAA… | sha256sum`, the first 16 bytes.
        let state = State::new("A".repeat(43));
        assert_eq!(LoginAttempt::tag(&state), "DwBzhbb51LfusnSGBa_hqQ");
    }
}
