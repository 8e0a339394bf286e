//! Errors of a call to an upstream. `Display` is for the log only, and is never shown to users.

use super::call::BodyFault;
use crate::domain::ErrorCode;
use crate::provider::Detail;

/// A call to an upstream without a response that can be forwarded. Its error codes do not distinguish an upstream from the provider.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UpstreamError {
    /// The number of calls under way has reached `max_calls`.
    #[error("max_calls of the upstream is reached")]
    Busy,
    /// The number of the session's calls under way has reached `max_session_calls`.
    #[error("max_session_calls of the session is reached")]
    Crowded,
    /// The user has their share of the permits. The free permits are kept for other users.
    #[error("the user's share of max_calls is reached")]
    ShareTaken,
    /// The program is about to stop.
    #[error("the program is shutting down")]
    Stopping,
    /// The upstream is down or unreachable, or the connection broke before a response.
    #[error("the upstream is unavailable: {0}")]
    Unavailable(Detail),
    /// No response within the time limit.
    #[error("the upstream did not answer in time")]
    Timeout,
    /// A response that must not be forwarded.
    #[error("the response of the upstream is unusable: {0}")]
    Unusable(&'static str),
    /// The upstream refuses a token that has just been issued, or that cannot be renewed.
    #[error("the upstream refuses the access token")]
    TokenRefused,
    /// The upstream refuses the token. The tokens have been renewed, but the request's body cannot be sent again.
    #[error("the upstream refused the access token, and the body cannot be sent again")]
    Spent,
    /// The browser does not read the response.
    #[error("the client does not read the response")]
    NotRead,
    /// The browser did not send the complete body.
    #[error("the request body could not be read: {0:?}")]
    Body(BodyFault),
}

impl UpstreamError {
    /// Returns the row of the error table for this error.
    #[must_use]
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::Busy | Self::Stopping | Self::Unavailable(_) | Self::Spent => {
                ErrorCode::ProviderUnavailable
            }
            Self::Crowded | Self::ShareTaken => ErrorCode::RateLimited,
            Self::Timeout | Self::NotRead => ErrorCode::ProviderTimeout,
            Self::Unusable(_) | Self::TokenRefused => ErrorCode::ProviderError,
            Self::Body(BodyFault::TooLarge) => ErrorCode::PayloadTooLarge,
            Self::Body(BodyFault::TooSlow | BodyFault::Broken) => ErrorCode::BadRequest,
        }
    }
}
