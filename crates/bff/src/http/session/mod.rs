//! The session of a request.
//!
//! [`load_session`] loads it once, before the handlers, and puts it into the request's extensions as a [`CurrentSession`]. The extractors read it
//! there. After the handler the same layer stores what the app changed in its `actix_session::Session`, and sets or removes the cookie.

mod app_data;
mod current;
mod layer;
#[cfg(test)]
mod tests;

pub(super) use current::user_id;
pub use current::{Current, CurrentSession, SignedIn};
pub use layer::load_session;
