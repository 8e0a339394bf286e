//! The upstreams on the list of the configuration, and the one way to them: what may be asked for, the call with its limits, the answer as it comes.
//!
//! It must never send anything to a host that is not on the list, follow a redirect, send a call again that the upstream may have taken, or hold more of a body than a few pieces.
//! The token goes out in the `Authorization` header and nowhere else. `flow::forward` calls it; it knows nothing of sessions.

mod client;
mod error;
mod outgoing;
mod pace;
mod places;
mod target;

pub use client::{Answer, BodyFault, Call, Content, Piece, Upstream, Upstreams, is_own_via};
pub use error::UpstreamError;
pub use pace::Pace;
pub use places::Place;
pub use target::Target;
