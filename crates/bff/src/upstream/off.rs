//! The module `upstream` of a build without the feature `proxy`: there are no upstreams.

use std::time::Duration;

use crate::config::Proxy;
use crate::domain::ErrorCode;
use crate::provider::{Identity, SettingsError};

/// No upstreams.
#[derive(Clone, Debug)]
pub struct Upstreams;

impl Upstreams {
    /// Ignores its arguments. The program does not start when the configuration has upstreams.
    ///
    /// # Errors
    /// None.
    pub fn new(_: &[Proxy], _: Duration, _: Identity) -> Result<Self, SettingsError> {
        Ok(Self)
    }
}

/// An error that cannot occur, because no call is forwarded.
#[derive(Clone, Debug, thiserror::Error)]
pub enum UpstreamError {}

impl UpstreamError {
    /// Never returns, because there is no such error.
    #[must_use]
    pub const fn code(&self) -> ErrorCode {
        match *self {}
    }
}
