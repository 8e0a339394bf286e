//! How long the provider may take, and the unit it counts in.

use std::time::Duration;

use serde::Serialize;

use super::fault::Wrong;
use super::reader::{Checked, Reader};
use super::show;

/// `[provider]`.
#[derive(Debug, Clone, Serialize)]
pub struct Provider {
    /// To open a connection; at most `total_timeout`.
    #[serde(serialize_with = "show::duration")]
    pub connect_timeout: Duration,
    /// For one whole call.
    #[serde(serialize_with = "show::duration")]
    pub total_timeout: Duration,
    /// Quota units in one unit of currency; never 0.
    pub quota_per_unit: u64,
}

impl Provider {
    pub(super) fn read(reader: &mut Reader) -> Checked<Self> {
        let connect_timeout = reader.duration("provider.connect_timeout");
        let total_timeout = reader.duration("provider.total_timeout");
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
        Ok(Self {
            connect_timeout: connect_timeout?,
            total_timeout: total_timeout?,
            quota_per_unit: quota_per_unit?,
        })
    }
}
