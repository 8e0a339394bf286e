//! The configured upstreams, and the only way to call them: the allowed paths, the call with its limits, the streamed response.
//!
//! This module must never send anything to a host that is not configured, follow a redirect, repeat a call that the upstream may have taken, or
//! hold more of a body than a few pieces. It sends the token in the `Authorization` header and nowhere else. `flow::forward` calls it. It does not
//! access the session store.

mod call;
mod client;
mod error;
mod in_flight_limit;
mod outgoing;
mod pace;
mod target;

pub use call::{BodyFault, Call, Content, Piece};
pub use client::{Upstream, UpstreamResponse, Upstreams};
pub use error::UpstreamError;
pub use in_flight_limit::Permit;
pub use pace::Pace;
pub use target::Target;
