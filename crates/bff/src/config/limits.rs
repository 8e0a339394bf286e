//! Rate limits and the connection limit: for one client, for one session and for all clients together. 0 disables a limit.

use serde::{Deserialize, Serialize};

use super::field::whole;

const MOST: u64 = 1_000_000;

/// `[limits]`. A rate is requests per second. A burst is the number of requests allowed at once after a pause.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Limits {
    /// Rate of all requests of one client.
    #[serde(deserialize_with = "whole::<_, _, 0, MOST>")]
    pub client_rate: u32,
    /// The burst for this rate. Never 0.
    #[serde(deserialize_with = "whole::<_, _, 1, MOST>")]
    pub client_burst: u32,
    /// Rate, for one client, of login requests and of requests with a session cookie that belongs to no known session.
    #[serde(deserialize_with = "whole::<_, _, 0, MOST>")]
    pub login_rate: u32,
    /// The burst for this rate. Never 0.
    #[serde(deserialize_with = "whole::<_, _, 1, MOST>")]
    pub login_burst: u32,
    /// Rate of requests under `/api/` of one session.
    #[serde(deserialize_with = "whole::<_, _, 0, MOST>")]
    pub session_rate: u32,
    /// The burst for this rate. Never 0.
    #[serde(deserialize_with = "whole::<_, _, 1, MOST>")]
    pub session_burst: u32,
    /// Maximum number of open connections of all clients together.
    #[serde(deserialize_with = "whole::<_, _, 0, MOST>")]
    pub connections: u32,
}

impl Limits {
    /// Returns true when a rate limit applies per client address.
    pub(super) const fn look_at_addresses(&self) -> bool {
        self.client_rate > 0 || self.login_rate > 0
    }
}
