//! How much one client, one session and all clients together may ask for. 0 switches a limit off.

use serde::Serialize;

use super::fault::Wrong;
use super::reader::{Checked, Reader};

/// `[limits]`. Rates are requests a second; a burst is what may come at once after a pause.
#[derive(Debug, Clone, Serialize)]
pub struct Limits {
    /// Requests of one client, of every kind.
    pub client_rate: u32,
    /// How many of them at once; never 0.
    pub client_burst: u32,
    /// Of one client: steps of a login, and requests with a session cookie that belongs to no known session.
    pub login_rate: u32,
    /// How many of them at once; never 0.
    pub login_burst: u32,
    /// Calls under `/api/` of one session.
    pub session_rate: u32,
    /// How many of them at once; never 0.
    pub session_burst: u32,
    /// Open connections of all clients together.
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

    /// Whether anything is counted by the address that it comes from.
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
