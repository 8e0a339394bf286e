//! The only client of the OAuth2 provider: login, refresh, revocation, userinfo, top-up, app registration.
//!
//! The `oauth2` crate makes the authorization URL, the PKCE challenge and the token requests with their client authentication, and reads the RFC
//! 6749 response. This module sends the requests of that crate, with time limits and a size limit, without redirects, and without repeating what
//! the provider may have taken. One decoder ([`decode`]) reads the provider's response before the crate sees it: an error becomes a
//! [`ProviderError`], a success is rewritten as a plain RFC 6749 §5.1 response. So the crate never holds a raw body, which its errors would show in
//! `Debug`.
//!
//! This module must never show a secret or raw provider text: the text in an error has gone through [`Detail`]. It must never repeat a token call
//! that the provider may have taken. The flows call it. It does not access sessions.

mod balance;
mod client;
mod connections;
mod content_coding;
mod decode;
mod detail;
mod error;
mod grant;
mod json;
mod meaning;
mod register;
mod revoke;
mod settings;
mod signals;
mod token;
mod topup;
mod userinfo;
mod watched_body;
mod words;

pub use connections::{Answered, Attempt, Connections, NoAnswer, Pool};
pub use detail::Detail;
pub use error::ProviderError;
pub use register::{Registered, register};
pub use revoke::Revocation;
pub use settings::{ClientAuth, ProviderSettings, SettingsError, endpoint};
pub use token::Provider;
pub use userinfo::{AccountStatus, UserInfo};
pub use watched_body::{BodyWatch, watched_body};

#[cfg(test)]
mod tests;
