//! Resolves the session cookie of a request. Built on actix-session.
//!
//! actix-session reads and sets the cookie, and gives the app's own handlers their `Session` for small data. This program does the rest: [`bridge`]
//! implements actix-session's store with the flows, [`layer`] wraps its middleware and adds what it lacks.

mod bridge;
mod current;
mod layer;

pub use current::{Current, CurrentSession, SignedIn};
pub use layer::SessionLayer;
