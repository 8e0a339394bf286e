//! Timeouts for calls to the provider, and its quota unit.

use std::time::Duration;

use serde::Serialize;

use super::fault::Wrong;
use super::reader::{Checked, Reader};
use super::server::Server;
use super::show;

/// `[provider]`.
#[derive(Debug, Clone, Serialize)]
pub struct Provider {
    /// Timeout for opening a connection. At most `total_timeout`.
    #[serde(serialize_with = "show::duration")]
    pub connect_timeout: Duration,
    /// Timeout for one whole call, and for a request that waits for a refresh.
    #[serde(serialize_with = "show::duration")]
    pub total_timeout: Duration,
    /// Timeout for a refresh, which continues after its callers have timed out. At least `total_timeout`, at most `server.shutdown_grace`.
    #[serde(serialize_with = "show::duration")]
    pub refresh_timeout: Duration,
    /// Number of quota units in one unit of currency. Never 0.
    pub quota_per_unit: u64,
}

impl Provider {
    pub(super) fn read(reader: &mut Reader, server: Option<&Server>) -> Checked<Self> {
        let connect_timeout = reader.duration("provider.connect_timeout");
        let total_timeout = reader.duration("provider.total_timeout");
        let refresh_timeout = reader.duration("provider.refresh_timeout");
        let quota_per_unit = reader.number("provider.quota_per_unit");
        if let (Ok(connect), Ok(total)) = (connect_timeout, total_timeout)
            && connect > total
        {
            reader.fault(
                "provider.connect_timeout",
                Wrong::new(
                    "is longer than provider.total_timeout",
                    "make it shorter or as long",
                ),
            )?;
        }
        if let (Ok(total), Ok(refresh)) = (total_timeout, refresh_timeout)
            && refresh < total
        {
            reader.fault(
                "provider.refresh_timeout",
                Wrong::new(
                    "is shorter than provider.total_timeout",
                    "make it longer or as long",
                ),
            )?;
        }
        if let (Some(server), Ok(refresh)) = (server, refresh_timeout)
            && refresh > server.shutdown_grace
        {
            reader.fault(
                "provider.refresh_timeout",
                Wrong::new(
                    "is longer than server.shutdown_grace, so a stop could cut off a refresh whose answer is the session's only token",
                    "make it shorter or as long",
                ),
            )?;
        }
        Ok(Self {
            connect_timeout: connect_timeout?,
            total_timeout: total_timeout?,
            refresh_timeout: refresh_timeout?,
            quota_per_unit: quota_per_unit?,
        })
    }
}
