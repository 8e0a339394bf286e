//! A token set: what the token endpoint gave, and when it must be renewed.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::clock::Timestamp;
use super::secret::{AccessToken, RefreshToken};

/// How long an access token is taken to live when the provider does not say (RFC 6749 §5.1 leaves it to its documentation: two hours).
pub const DEFAULT_ACCESS_TOKEN_LIFETIME: Duration = Duration::from_secs(7200);

/// The most time ahead of its end at which an access token is renewed.
const EARLIEST_REFRESH: Duration = Duration::from_secs(300);

/// Tokens that belong together: one answer of the token endpoint.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TokenSet {
    /// Sent to the resource server, and nowhere else.
    pub access_token: AccessToken,
    /// Sent to the token and revocation endpoints, and nowhere else. Absent when the provider gave none.
    pub refresh_token: Option<RefreshToken>,
    /// What was granted, space separated; `None` when the provider did not say.
    pub scope: Option<String>,
    /// When the answer came.
    pub obtained_at: Timestamp,
    /// When the access token ends.
    pub expires_at: Timestamp,
}

impl TokenSet {
    /// Whether the access token can still be used.
    #[must_use]
    pub fn is_usable(&self, now: Timestamp) -> bool {
        now < self.expires_at
    }

    /// Whether it is time to renew: at most five minutes, or a fifth of the lifetime, is left; or the clock was set back since, and what is left is
    /// unknown.
    #[must_use]
    pub fn is_due(&self, now: Timestamp) -> bool {
        let lifetime = self.expires_at.since(self.obtained_at);
        self.expires_at.since(now) <= EARLIEST_REFRESH.min(lifetime / 5)
            || self.obtained_at.is_of_a_later_clock(now)
    }

    /// How long the access token still lives; zero when it does not.
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
        // Clocks of two replicas may differ by this.
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
