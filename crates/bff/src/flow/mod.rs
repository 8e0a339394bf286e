//! The use cases: login, session, refresh, calls to the provider's API, logout, forward.
//!
//! A handler parses the request, calls one function of this module and renders the result. This module depends on no web framework, SQL or Redis.
//! [`Flows`] is the set of all use cases.

mod api;
mod end_session;
mod error;
mod flows;
#[cfg(feature = "proxy")]
mod forward;
mod lease;
mod login;
mod logout;
mod parts;
mod refresh;
mod refresher;
mod revocations;
mod revoke;
mod save_tokens;
mod sessions;
mod single_flight;
#[cfg(test)]
pub(crate) mod tests;
mod userinfo_cache;

pub use error::FlowError;
pub use flows::Flows;
#[cfg(feature = "proxy")]
pub use forward::Forwarded;
pub use login::{
    AuthorizationResponse, BrowserState, Callback, FailedLogin, FinishedLogin, Login,
    PresentAttempt, StartedLogin,
};
pub use parts::Parts;
pub use refresh::Refreshed;
pub use revocations::Revocations;
pub use sessions::Opened;
pub use single_flight::Tasks;
pub use userinfo_cache::KnownUserInfo;
