//! Rate limits and the connection limit: for one client, for one session and for all clients together. 0 disables a limit.

use serde::Serialize;

use super::fault::Wrong;
use super::reader::{Checked, Reader};

/// `[limits]`. A rate is requests per second. A burst is the number of requests allowed at once after a pause.
#[derive(Debug, Clone, Serialize)]
pub struct Limits {
    /// Rate of all requests of one client.
    pub client_rate: u32,
    /// The burst for this rate. Never 0.
    pub client_burst: u32,
    /// Rate, for one client, of login requests and of requests with a session cookie that belongs to no known session.
    pub login_rate: u32,
    /// The burst for this rate. Never 0.
    pub login_burst: u32,
    /// Rate of requests under `/api/` of one session.
    pub session_rate: u32,
    /// The burst for this rate. Never 0.
    pub session_burst: u32,
    /// Maximum number of open connections of all clients together.
    pub connections: u32,
}

impl Limits {
    pub(super) fn read(reader: &mut Reader) -> Checked<Self> {
        let client_rate = number(reader, "limits.client_rate", 0);
        let client_burst = number(reader, "limits.client_burst", 1);
        let login_rate = number(reader, "limits.login_rate", 0);
        let login_burst = number(reader, "limits.login_burst", 1);
        let session_rate = number(reader, "limits.session_rate", 0);
        let session_burst = number(reader, "limits.session_burst", 1);
        let connections = number(reader, "limits.connections", 0);
        Ok(Self {
            client_rate: client_rate?,
            client_burst: client_burst?,
            login_rate: login_rate?,
            login_burst: login_burst?,
            session_rate: session_rate?,
            session_burst: session_burst?,
            connections: connections?,
        })
    }

    /// Returns true when a rate limit applies per client address.
    pub(super) const fn look_at_addresses(&self) -> bool {
        self.client_rate > 0 || self.login_rate > 0
    }
}

fn number(reader: &mut Reader, key: &'static str, least: u64) -> Checked<u32> {
    const MOST: u64 = 1_000_000;
    let number = reader.whole_number(key)?;
    match u32::try_from(number) {
        Ok(small) if (least..=MOST).contains(&number) => Ok(small),
        _ if least == 0 => reader.fault(
            key,
            Wrong::new("is over 1000000", "write less, or 0 for no limit"),
        ),
        _ => reader.fault(
            key,
            Wrong::new("is not between 1 and 1000000", "write digits only"),
        ),
    }
}
