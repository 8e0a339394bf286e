//! The only client of the OAuth2 provider: login, refresh, revocation, calls to its API, app registration. What differs between providers is in their
//! definition ([`ProviderDefinition`](crate::domain::provider::ProviderDefinition)).
//!
//! The `oauth2` crate makes the authorization URL, the PKCE challenge and the token requests with their client authentication, and reads the RFC
//! 6749 response. This module sends the requests of that crate, with time limits and a size limit, without redirects, and without repeating what
//! the provider may have taken. The definition's decoder reads the provider's response before the crate sees it: an error becomes a
//! [`ProviderError`], a success is rewritten as a plain RFC 6749 §5.1 response. So the crate never holds a raw body, which its errors would show in
//! `Debug`.
//!
//! This module must never show a secret or raw provider text: the text in an error has gone through [`Detail`]. It must never repeat a token call
//! that the provider may have taken. The flows call it. It does not access sessions.

mod api;
mod client;
mod client_builder;
mod connections;
mod content_coding;
mod detail;
mod error;
mod grant;
mod identity;
mod measured_call;
mod pool;
mod register;
mod request;
mod request_body;
mod revoke;
mod settings;
mod standard;
mod token;
mod userinfo_fields;
mod visit;

pub use api::ApiCall;
pub use connections::{Connections, PooledResponse, SendError};
pub use detail::Detail;
pub use error::ProviderError;
pub use identity::Identity;
pub use measured_call::TRACEPARENT;
pub use pool::{Attempt, Pool, is_timeout};
pub use register::{Registered, Registrar};
pub use request_body::{BodyWatch, RequestBody, watched_body};
pub use revoke::Revocation;
pub use settings::{EndpointPaths, ProviderSettings, SettingsError, endpoint, uri};
pub use standard::standard;
pub use token::Provider;
pub use visit::{TlsFault, VisitError, Visitor, certificate};

#[cfg(test)]
mod tests;
