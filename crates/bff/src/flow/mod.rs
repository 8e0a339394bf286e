//! The use cases: login, session, refresh, calls to the provider's API, logout, forward.
//!
//! A handler parses the request, calls one function of this module and renders the result. This module depends on no web framework, SQL or Redis.
//! [`Flows`] is the set of all use cases. Each is a struct of what it needs, and is built from the [`Parts`] in one place.

mod api;
mod error;
mod flows;
#[cfg(feature = "proxy")]
mod forward;
mod lease;
mod login;
mod logout;
mod parts;
pub mod probe;
mod refresh;
mod refresher;
mod replicas;
mod revoke;
mod save_tokens;
mod sessions;
mod single_flight;
#[cfg(test)]
pub(crate) mod tests;
mod userinfo_cache;

pub use api::ApiCalls;
pub use error::FlowError;
pub use flows::Flows;
#[cfg(feature = "proxy")]
pub use forward::{Forwarded, Forwarder};
pub use login::{
    AuthorizationResponse, BrowserState, Callback, FailedLogin, FinishedLogin, Login,
    LoginSettings, PresentAttempt, StartedLogin,
};
pub use logout::Logout;
pub use parts::Parts;
pub use refresh::Refreshed;
pub use refresher::Refresher;
pub use replicas::{Difference, Replica, Replicas, differences};
pub use sessions::{Opened, Sessions};
pub use single_flight::Tasks;
pub use userinfo_cache::KnownUserInfo;
