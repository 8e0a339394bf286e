//! What can go wrong with the provider, told apart as far as the flows must treat it differently.
//!
//! `Display` and `Debug` are fit for the log and hold no secret; they are never shown to people.

use std::time::Duration;

use super::Detail;
use super::words::tell_of_reuse;
use crate::domain::ErrorCode;

/// A call to the provider that did not succeed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProviderError {
    /// The token endpoint refuses this code or refresh token for good (`invalid_grant` and its relatives, RFC 6749 §5.2).
    #[error("the provider refuses the grant: {0}")]
    GrantRefused(Detail),
    /// A resource endpoint refuses the access token (RFC 6750 §3.1 `invalid_token`): a refresh may help.
    #[error("the provider refuses the access token: {0}")]
    TokenRefused(Detail),
    /// The token is good but may not do this (RFC 6750 §3.1 `insufficient_scope`).
    #[error("the provider forbids this: {0}")]
    Forbidden(Detail),
    /// The provider says that the account is disabled, banned or deleted.
    #[error("the account is disabled at the provider: {0}")]
    AccountDisabled(Detail),
    /// The provider does not accept this client (`invalid_client` and the like): the operator must act. No session is at fault.
    #[error("the provider does not accept this client, check its settings: {0}")]
    Misconfigured(Detail),
    /// Down, overloaded or out of reach: passes by itself.
    #[error("the provider is unavailable: {detail}")]
    Unavailable {
        /// What happened.
        detail: Detail,
        /// How long the provider asks to wait.
        retry_after: Option<Duration>,
    },
    /// No answer in time.
    #[error("the provider did not answer in time: {0}")]
    Timeout(Detail),
    /// An answer that cannot be used.
    #[error("the provider gave an unusable answer: {0}")]
    Unusable(Detail),
}

impl ProviderError {
    /// Whether a grant was refused because it had been spent before, as far as the provider's words say so: then it may have revoked all that was
    /// given with it (RFC 9700 §4.14.2).
    #[must_use]
    pub fn speaks_of_reuse(&self) -> bool {
        matches!(self, Self::GrantRefused(detail) if tell_of_reuse(detail.as_str()))
    }

    /// The code that this error has for a caller of our own interface.
    ///
    /// [`Misconfigured`](Self::Misconfigured) is passing trouble for whoever is signed in, so it counts as unavailable. A provider that refuses a
    /// token which it has just issued is no reason to call anybody signed out.
    #[must_use]
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::GrantRefused(_) => ErrorCode::SessionExpired,
            Self::Forbidden(_) | Self::AccountDisabled(_) => ErrorCode::Forbidden,
            Self::Misconfigured(_) | Self::Unavailable { .. } => ErrorCode::ProviderUnavailable,
            Self::Timeout(_) => ErrorCode::ProviderTimeout,
            Self::TokenRefused(_) | Self::Unusable(_) => ErrorCode::ProviderError,
        }
    }
}
