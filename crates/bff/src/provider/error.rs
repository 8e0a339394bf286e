//! Errors of the provider client, distinguished as far as the flows must treat them differently.
//!
//! `Display` and `Debug` are for the log and contain no secret. They are never shown to users.

use std::time::Duration;

use super::detail::{Detail, Secrets};
use crate::domain::ErrorCode;
use crate::domain::provider::{Failure, FailureKind};

/// A call to the provider that did not succeed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProviderError {
    /// The token endpoint refuses this code or refresh token permanently (`invalid_grant` and similar codes, RFC 6749 §5.2).
    #[error("the provider refuses the grant: {detail}")]
    GrantRefused {
        /// The cause.
        detail: Detail,
        /// Whether the provider says that the grant was spent before. Then the provider may have revoked all tokens of the grant (RFC 9700 §4.14.2).
        is_reuse: bool,
    },
    /// A resource endpoint refuses the access token (RFC 6750 §3.1 `invalid_token`): a refresh may help.
    #[error("the provider refuses the access token: {0}")]
    TokenRefused(Detail),
    /// The token is valid but does not permit this (RFC 6750 §3.1 `insufficient_scope`).
    #[error("the provider forbids this: {0}")]
    Forbidden(Detail),
    /// The provider says that the account is disabled, banned or deleted.
    #[error("the account is disabled at the provider: {0}")]
    AccountDisabled(Detail),
    /// The provider does not accept this client (`invalid_client` and similar codes). The operator must act. The sessions stay valid.
    #[error("the provider does not accept this client, check its settings: {0}")]
    Misconfigured(Detail),
    /// The provider is down, overloaded or unreachable. This is temporary.
    #[error("the provider is unavailable: {detail}")]
    Unavailable {
        /// The cause.
        detail: Detail,
        /// How long the provider asks the client to wait.
        retry_after: Option<Duration>,
    },
    /// No response within the time limit.
    #[error("the provider did not answer in time: {0}")]
    Timeout(Detail),
    /// The provider refuses a call of its API (4xx), and does not blame the token, the account or its load.
    #[error("the provider refuses the call: {detail}")]
    CallRefused {
        /// The status of the response.
        status: u16,
        /// The cause.
        detail: Detail,
    },
    /// A response that cannot be used.
    #[error("the provider sent an unusable response: {0}")]
    Unusable(Detail),
}

impl ProviderError {
    /// Creates the error for a failure, without the secrets of its call.
    pub(super) fn from_failure(
        failure: &Failure,
        secrets: &Secrets,
        retry_after: Option<Duration>,
    ) -> Self {
        let detail = Detail::masked(&failure.text, secrets);
        match failure.kind {
            FailureKind::GrantRefused => Self::GrantRefused {
                detail,
                is_reuse: failure.is_reuse,
            },
            FailureKind::TokenRefused => Self::TokenRefused(detail),
            FailureKind::Forbidden => Self::Forbidden(detail),
            FailureKind::AccountDisabled => Self::AccountDisabled(detail),
            FailureKind::Misconfigured => Self::Misconfigured(detail),
            FailureKind::Unavailable => Self::Unavailable {
                detail,
                retry_after,
            },
            FailureKind::Unusable => Self::Unusable(detail),
        }
    }

    /// Returns the error code for callers of this program's own interface.
    ///
    /// [`Misconfigured`](Self::Misconfigured) counts as unavailable, because for a signed-in user it is temporary.
    /// [`TokenRefused`](Self::TokenRefused) does not count as signed out, because a provider that refuses a token that it has just issued says
    /// nothing about the session.
    #[must_use]
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::GrantRefused { .. } => ErrorCode::SessionExpired,
            Self::Forbidden(_) | Self::AccountDisabled(_) => ErrorCode::Forbidden,
            Self::Misconfigured(_) | Self::Unavailable { .. } => ErrorCode::ProviderUnavailable,
            Self::Timeout(_) => ErrorCode::ProviderTimeout,
            Self::TokenRefused(_) | Self::CallRefused { .. } | Self::Unusable(_) => {
                ErrorCode::ProviderError
            }
        }
    }
}
