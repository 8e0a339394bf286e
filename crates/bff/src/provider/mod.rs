//! The one client of the OAuth2 provider: login, refresh, revocation, userinfo, top-up, app registration.
//!
//! Who does what: the `oauth2` crate makes the authorization URL, the PKCE challenge, the token requests with their client
//! authentication, and reads the RFC 6749 answer. We carry its requests (time limits, size limit, no redirects, no repeat of what the provider may have taken), and
//! read what the provider really says with one decoder ([`decode`]) before that crate sees it: an error leaves as a
//! [`ProviderError`], a success is rewritten as a plain RFC 6749 §5.1 answer. So the crate never holds a raw body, which its
//! errors would show in `Debug`.
//!
//! This module must never show a secret or raw provider text: what an error carries has gone through [`Detail`]. It must never
//! send a token call again that the provider may have taken. The flows call it; it knows nothing of sessions.

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
