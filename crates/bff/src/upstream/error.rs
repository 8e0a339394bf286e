//! What can go wrong with a call to an upstream. `Display` is fit for the log; nobody else is shown it.

use super::client::BodyFault;
use crate::domain::ErrorCode;
use crate::provider::Detail;

/// A call to an upstream that has no answer that can be passed on. To the caller the upstream counts as the provider.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UpstreamError {
    /// As many calls are under way as may be.
    #[error("as many calls to the upstream are under way as max_calls allows")]
    Busy,
    /// As many calls of the session are under way as may be.
    #[error("as many calls of this session are under way as max_session_calls allows")]
    Crowded,
    /// The user has a share of the places, and what is free is kept for other users.
    #[error("this user has as many calls under way as places are left for other users")]
    ShareTaken,
    /// The program is about to end.
    #[error("the program stops")]
    Stopping,
    /// Down or out of reach, or the connection broke before an answer.
    #[error("the upstream is unavailable: {0}")]
    Unavailable(Detail),
    /// No answer in time.
    #[error("the upstream did not answer in time")]
    Timeout,
    /// An answer that must not be passed on.
    #[error("the upstream's answer is not passed on: {0}")]
    Unusable(&'static str),
    /// It refuses a token that has just been issued, or that cannot be renewed.
    #[error("the upstream refuses the access token")]
    TokenRefused,
    /// It refuses the token; there are newer ones now, but the request's body is spent.
    #[error("the upstream refused the access token, and the body cannot be sent again")]
    Spent,
    /// The browser takes nothing of the answer.
    #[error("nobody reads the answer")]
    NotRead,
    /// The browser did not send the body that it promised.
    #[error("the request's body did not come: {0:?}")]
    Body(BodyFault),
}

impl UpstreamError {
    /// The row of the error table.
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
