//! In place of `sandbox.rs` in a build without the feature `sandbox`. The configuration refuses to enable the sandbox in such a build.

use super::error::BuildError;
use crate::config::Config;
use crate::provider::ProviderSettings;

/// No sandbox.
pub struct RunningSandbox;

impl RunningSandbox {
    /// Returns nothing.
    #[expect(clippy::unused_self, reason = "the same functions as with the sandbox")]
    pub const fn control_page(&self) -> Option<String> {
        None
    }

    /// Does nothing.
    #[expect(
        clippy::unused_async,
        reason = "the same functions as with the sandbox"
    )]
    pub async fn stop(self) {}
}

/// Returns the settings as they are.
#[expect(
    clippy::unused_async,
    reason = "the same functions as with the sandbox"
)]
pub async fn start(
    _: &Config,
    provider: ProviderSettings,
) -> Result<(ProviderSettings, RunningSandbox), BuildError> {
    Ok((provider, RunningSandbox))
}
