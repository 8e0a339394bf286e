//! Rate limits and the connection limit: for one client, for one session and for all clients together. 0 disables a limit.

use serde::{Deserialize, Deserializer, Serialize};

use super::fault::Wrong;
use super::field::whole;

/// `[limits]`. A rate is requests per second. A burst is the number of requests allowed at once after a pause.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Limits {
    /// Rate of all requests of one client.
    #[serde(deserialize_with = "from_0")]
    pub client_rate: u32,
    /// The burst for this rate. Never 0.
    #[serde(deserialize_with = "from_1")]
    pub client_burst: u32,
    /// Rate, for one client, of login requests and of requests with a session cookie that belongs to no known session.
    #[serde(deserialize_with = "from_0")]
    pub login_rate: u32,
    /// The burst for this rate. Never 0.
    #[serde(deserialize_with = "from_1")]
    pub login_burst: u32,
    /// Rate of requests under `/api/` of one session.
    #[serde(deserialize_with = "from_0")]
    pub session_rate: u32,
    /// The burst for this rate. Never 0.
    #[serde(deserialize_with = "from_1")]
    pub session_burst: u32,
    /// Maximum number of open connections of all clients together.
    #[serde(deserialize_with = "from_0")]
    pub connections: u32,
}

impl Limits {
    /// Returns true when a rate limit applies per client address.
    pub(super) const fn look_at_addresses(&self) -> bool {
        self.client_rate > 0 || self.login_rate > 0
    }
}

const MOST: u64 = 1_000_000;

fn from_0<'de, D: Deserializer<'de>>(from: D) -> Result<u32, D::Error> {
    let wrong = Wrong::new("is over 1000000", "write less, or 0 for no limit");
    whole(from, 0..=MOST, wrong)
}

fn from_1<'de, D: Deserializer<'de>>(from: D) -> Result<u32, D::Error> {
    let wrong = Wrong::new("is not between 1 and 1000000", "write digits only");
    whole(from, 1..=MOST, wrong)
}
