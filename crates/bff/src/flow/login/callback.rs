//! What the browser sends to the redirect URI.

use super::attempts::PresentAttempt;
use crate::domain::{AuthorizationCode, LoginError};

/// The authorization response, which the browser delivers (RFC 6749 §4.1.2).
#[derive(Clone, Debug)]
pub enum AuthorizationResponse {
    /// An authorization code.
    Code(AuthorizationCode),
    /// A refusal, as a row of this program's own error table.
    Refused(LoginError),
}

/// The parameters of a request to the redirect URI.
#[derive(Clone, Debug)]
pub struct Callback {
    /// The state, as sent.
    pub state: String,
    /// The code or the refusal.
    pub response: AuthorizationResponse,
    /// The issuer that the response claims to come from (`iss`, RFC 9207).
    pub issuer: Option<String>,
}

/// Data of the browser that sent the callback.
#[derive(Clone, Debug, Default)]
pub struct BrowserState {
    /// Its login attempts.
    pub attempts: Vec<PresentAttempt>,
    /// The session that it holds, as sealed by [`Login::seal_replaced`](super::Login::seal_replaced).
    pub replaces: Option<String>,
    /// The name of the device in the session list.
    pub device: String,
}
