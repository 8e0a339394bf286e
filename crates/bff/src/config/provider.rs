//! Timeouts for calls to the provider.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::duration;
use super::field::whole;
use super::reader::Reader;
use super::server::Server;

/// `[provider]`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Provider {
    /// Timeout for opening a connection. At most `total_timeout`.
    #[serde(with = "duration")]
    pub connect_timeout: Duration,
    /// Timeout for one whole call, and for a request that waits for a refresh.
    #[serde(with = "duration")]
    pub total_timeout: Duration,
    /// Timeout for a refresh, which continues after its callers have timed out. At least `total_timeout`, at most `server.shutdown_grace`.
    #[serde(with = "duration")]
    pub refresh_timeout: Duration,
    /// How long a page waits for the provider before it is sent without the answer, in milliseconds.
    #[serde(deserialize_with = "whole::<_, _, 1, 60_000>")]
    pub page_wait_ms: u64,
}

impl Provider {
    /// Returns how long a page waits for the provider before it is sent without the answer.
    #[must_use]
    pub const fn page_wait(&self) -> Duration {
        Duration::from_millis(self.page_wait_ms)
    }
}

const CONNECT: &str = "provider.connect_timeout";
const TOTAL: &str = "provider.total_timeout";
const REFRESH: &str = "provider.refresh_timeout";

impl Provider {
    pub(super) fn read(reader: &mut Reader, server: &Server) -> Option<Self> {
        let provider: Self = reader.section("provider")?;
        reader.require(
            &[CONNECT, TOTAL],
            provider.connect_timeout <= provider.total_timeout,
            "is longer than provider.total_timeout; make it shorter or as long",
        );
        reader.require(
            &[REFRESH, TOTAL],
            provider.refresh_timeout >= provider.total_timeout,
            "is shorter than provider.total_timeout; make it longer or as long",
        );
        reader.require(
            &[REFRESH, "server.shutdown_grace"],
            provider.refresh_timeout <= server.shutdown_grace,
            "is longer than server.shutdown_grace, so a stop could cut off a refresh whose answer is the session's only token; make it shorter or as long",
        );
        Some(provider)
    }
}
