//! A token set: one response of the token endpoint, and when it must be renewed.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::clock::Timestamp;
use super::secret::{AccessToken, RefreshToken};

/// Assumed lifetime of an access token when the provider gives none: two hours, as the provider documents (RFC 6749 §5.1).
pub const DEFAULT_ACCESS_TOKEN_LIFETIME: Duration = Duration::from_secs(7200);

/// Longest lead time of a renewal before the access token expires: 5 minutes.
const EARLIEST_REFRESH: Duration = Duration::from_secs(300);

/// The tokens of one response of the token endpoint.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TokenSet {
    /// The access token. It is sent only to the resource server.
    pub access_token: AccessToken,
    /// The refresh token. It is sent only to the token and revocation endpoints. `None` when the provider gave none.
    pub refresh_token: Option<RefreshToken>,
    /// The granted scope, space separated; `None` when the provider did not state it.
    pub scope: Option<String>,
    /// When the response arrived.
    pub obtained_at: Timestamp,
    /// When the access token expires.
    pub expires_at: Timestamp,
}

impl TokenSet {
    /// Reports whether the access token can still be used.
    #[must_use]
    pub fn is_usable(&self, now: Timestamp) -> bool {
        now < self.expires_at
    }

    /// Reports whether a renewal is due: at most five minutes, or a fifth of the lifetime, is left. Also true when the clock was set back since,
    /// because the time left is then unknown.
    #[must_use]
    pub fn is_due(&self, now: Timestamp) -> bool {
        let lifetime = self.expires_at.since(self.obtained_at);
        self.expires_at.since(now) <= EARLIEST_REFRESH.min(lifetime / 5)
            || self.obtained_at.is_of_a_later_clock(now)
    }

    /// Returns the remaining lifetime of the access token; zero when it has expired.
    #[must_use]
    pub fn expires_in(&self, now: Timestamp) -> Duration {
        self.expires_at.since(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(lifetime: u64) -> TokenSet {
        let obtained_at = Timestamp::from_millis(0);
        TokenSet {
            access_token: AccessToken::new("at"),
            refresh_token: None,
            scope: None,
            obtained_at,
            expires_at: obtained_at.plus(Duration::from_secs(lifetime)),
        }
    }

    #[test]
    fn renewal_is_due_at_five_minutes_or_a_fifth_of_the_lifetime() {
        for (lifetime, due_at) in [(7200, 6900), (1500, 1200), (100, 80), (5, 4)] {
            let tokens = tokens(lifetime);
            assert!(
                !tokens.is_due(Timestamp::from_millis(due_at * 1000 - 1)),
                "{lifetime}"
            );
            assert!(
                tokens.is_due(Timestamp::from_millis(due_at * 1000)),
                "{lifetime}"
            );
        }
    }

    #[test]
    fn tokens_of_a_clock_that_was_set_back_are_due() {
        let later = Timestamp::from_millis(7_200_000);
        let tokens = TokenSet {
            obtained_at: later,
            expires_at: later.plus(Duration::from_secs(7_200)),
            ..tokens(0)
        };
        assert!(!tokens.is_due(later));
        // The clocks of two replicas may differ by this much.
        assert!(!tokens.is_due(later.minus(Duration::from_secs(300))));
        assert!(tokens.is_due(later.minus(Duration::from_millis(300_001))));
    }

    #[test]
    fn a_token_ends_exactly_at_its_end() {
        assert!(tokens(10).is_usable(Timestamp::from_millis(9_999)));
        assert!(!tokens(10).is_usable(Timestamp::from_millis(10_000)));
        for (at, left) in [(0, 10_000), (9_999, 1), (10_000, 0), (10_001, 0)] {
            let left = Duration::from_millis(left);
            assert_eq!(tokens(10).expires_in(Timestamp::from_millis(at)), left);
        }
    }
}
