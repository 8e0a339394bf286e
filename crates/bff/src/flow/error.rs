//! The error type of the use cases.

use std::sync::Arc;

use crate::domain::{EndCause, ErrorCode};
use crate::provider::ProviderError;
use crate::store::StoreError;
use crate::upstream::UpstreamError;

/// The error of every use case. Cheap to clone, because several requests may wait for the result of one refresh.
#[derive(Clone, Debug, thiserror::Error)]
pub enum FlowError {
    /// There is no session, or its user has ended it.
    #[error("no session")]
    NotAuthenticated,
    /// The session has ended for this cause.
    #[error("the session ended: {}", .0.code())]
    SessionEnded(EndCause),
    /// The provider failed. The session stays valid.
    #[error("{0}")]
    Provider(ProviderError),
    /// An upstream failed, or the call to it. The session stays valid.
    #[error("{0}")]
    Upstream(#[from] UpstreamError),
    /// A refresh takes longer than a request may wait. The refresh continues, and the session stays valid.
    #[error("a token refresh is still in progress")]
    RefreshTimeout,
    /// The account is disabled or deleted at the provider.
    #[error("the account is disabled")]
    AccountDisabled,
    /// The session store failed. The session stays valid.
    #[error("{0}")]
    Store(Arc<StoreError>),
    /// A fault of this program. It is logged where it happens.
    #[error("internal error")]
    Internal,
}

impl FlowError {
    /// Wraps an error of the session store.
    #[must_use]
    pub fn store(error: StoreError) -> Self {
        Self::Store(Arc::new(error))
    }

    /// Returns the row of the error table for this error.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::NotAuthenticated => ErrorCode::NotAuthenticated,
            Self::SessionEnded(cause) => cause.answer(),
            Self::Provider(error) => error.code(),
            Self::Upstream(error) => error.code(),
            Self::RefreshTimeout => ErrorCode::ProviderTimeout,
            Self::AccountDisabled => ErrorCode::Forbidden,
            Self::Store(_) => ErrorCode::StoreUnavailable,
            Self::Internal => ErrorCode::InternalError,
        }
    }
}
