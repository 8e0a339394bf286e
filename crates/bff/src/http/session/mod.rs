//! Whose request it is: the session cookie, over actix-session.
//!
//! actix-session reads and sets the cookie, and gives the app's own handlers their `Session` for small data. Everything else about a session is
//! ours: [`bridge`] answers actix-session from the flows, [`layer`] puts around it what it does not do.

mod bridge;
mod current;
mod layer;

pub use current::{Current, CurrentSession, SignedIn};
pub use layer::SessionLayer;
