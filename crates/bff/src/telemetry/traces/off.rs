//! Traces in a build without the feature `otel`: none are exported.

use std::convert::Infallible;

use tracing::Subscriber;
use tracing_subscriber::layer::{Identity, Layer};

use crate::domain::trace::Sampler;

/// Nothing can fail.
pub(super) type TraceFault = Infallible;

/// Does nothing.
pub(super) const fn start() -> Result<(), TraceFault> {
    Ok(())
}

/// Does nothing.
pub(super) const fn warn() {}

/// Returns no layer.
pub(super) fn layer<S: Subscriber>() -> Option<impl Layer<S> + Send + Sync> {
    None::<Identity>
}

/// Returns a sampler that exports nothing.
#[must_use]
pub fn sampler() -> Sampler {
    Sampler::default()
}

/// Does nothing.
pub const fn flush() {}
