//! How the command `doctor` asks the running program what reaches it: the address, the token and the answer. Without the program's keys no client can
//! make a token.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use serde::{Deserialize, Serialize};

use crate::domain::{Clock, Entropy, KeyRing, Purpose, Timestamp};

/// The path of the answers.
pub const PATH: &str = "/.well-known/bff-probe";
/// The header with the token.
pub const TOKEN: &str = "bff-probe";
/// One piece of the stream.
pub const PIECE: &str = "piece\n";

/// How long a token is valid, and how far its time may lie ahead: one minute, so that the clocks of two machines may differ a little, and a token
/// in the log of a proxy is soon worthless.
const FRESH: Duration = Duration::from_secs(60);

/// The place for which a token is sealed.
const PLACE: &[u8] = b"probe";

/// What reached the program.
#[derive(Debug, Serialize, Deserialize)]
pub struct Arrived {
    /// The random name of the replica.
    pub replica: String,
    /// The address of the connection: that of the last proxy, or of the client.
    pub peer: Option<IpAddr>,
    /// Whether the settings trust that address.
    pub is_peer_trusted: bool,
    /// The client's address, as the program reads it.
    pub client: Option<IpAddr>,
    /// Number of addresses in `X-Forwarded-For`.
    pub forwarded_for: usize,
    /// The schemes in `X-Forwarded-Proto`.
    pub forwarded_proto: Vec<String>,
    /// Number of proxies in `Via` (RFC 9110 §7.6.3).
    pub via: usize,
    /// `Host`.
    pub host: Option<String>,
    /// `Origin`.
    pub origin: Option<String>,
    /// `Sec-Fetch-Site`.
    pub sec_fetch_site: Option<String>,
    /// `Sec-Fetch-Mode`.
    pub sec_fetch_mode: Option<String>,
    /// `Sec-Fetch-Dest`.
    pub sec_fetch_dest: Option<String>,
    /// Bytes of all lines of `Cookie`.
    pub cookie_bytes: usize,
}

/// Makes and recognises tokens: the time, sealed with the key ring.
pub struct Probe {
    keys: KeyRing,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

impl Probe {
    /// Makes a probe with these keys.
    #[must_use]
    pub fn new(keys: KeyRing, clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> Self {
        Self {
            keys,
            clock,
            entropy,
        }
    }

    /// Returns a new token (base64url).
    #[must_use]
    pub fn token(&self) -> String {
        let now = self.clock.now().as_millis().to_be_bytes();
        let sealed = self.keys.seal(Purpose::Probe, PLACE, &now, &*self.entropy);
        URL_SAFE_NO_PAD.encode(sealed)
    }

    /// Returns whether a key of this program sealed the token within the last minute.
    #[must_use]
    pub fn accepts(&self, token: &str) -> bool {
        let made_at = || {
            let sealed = URL_SAFE_NO_PAD.decode(token).ok()?;
            let plain = self.keys.open(Purpose::Probe, PLACE, &sealed).ok()?;
            Some(i64::from_be_bytes(plain.as_slice().try_into().ok()?))
        };
        let now = self.clock.now();
        made_at().is_some_and(|at| {
            let at = Timestamp::from_millis(at);
            now <= at.plus(FRESH) && at <= now.plus(FRESH)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{ManualClock, SealingKey, SystemEntropy};

    fn probe(key: u8, at: i64) -> Probe {
        let keys = KeyRing::new(SealingKey::new([key; 32].into()), Vec::new());
        let clock = ManualClock::starting_at(Timestamp::from_millis(at));
        Probe::new(keys, Arc::new(clock), Arc::new(SystemEntropy))
    }

    #[test]
    fn only_a_fresh_token_of_the_same_keys_is_accepted() {
        let token = probe(1, 1_000_000).token();
        for (key, at, is_accepted) in [
            (1, 1_000_000, true),
            (1, 1_060_000, true),
            (1, 1_060_001, false),
            (1, 940_000, true),
            (1, 939_999, false),
            (2, 1_000_000, false),
        ] {
            assert_eq!(probe(key, at).accepts(&token), is_accepted, "{key} {at}");
        }
        for other in ["", "x", &token[1..], &format!("{token}AA")] {
            assert!(!probe(1, 1_000_000).accepts(other), "{other}");
        }
    }
}
