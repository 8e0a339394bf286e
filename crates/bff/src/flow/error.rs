//! Why a use case did not give what it was asked for.

use std::sync::Arc;

use crate::domain::{EndCause, ErrorCode};
use crate::provider::ProviderError;
use crate::store::StoreError;
use crate::upstream::UpstreamError;

/// The one error of the use cases. Cheap to clone, because many may wait for one outcome.
#[derive(Clone, Debug, thiserror::Error)]
pub enum FlowError {
    /// No session, or one that its owner ended.
    #[error("no session")]
    NotAuthenticated,
    /// The session is over for this cause.
    #[error("the session ended: {}", .0.code())]
    SessionEnded(EndCause),
    /// The provider failed; the session stays.
    #[error("{0}")]
    Provider(ProviderError),
    /// An upstream failed, or the call to it; the session stays.
    #[error("{0}")]
    Upstream(#[from] UpstreamError),
    /// A refresh takes longer than a request waits for it; it goes on, and the session stays.
    #[error("a refresh is still under way")]
    RefreshTimeout,
    /// The account is disabled or deleted at the provider.
    #[error("the account is disabled")]
    AccountDisabled,
    /// The session store failed; the session stays.
    #[error("{0}")]
    Store(Arc<StoreError>),
    /// A fault of this program, reported where it happened.
    #[error("internal error")]
    Internal,
}

impl FlowError {
    /// A failure of the store.
    #[must_use]
    pub fn store(error: StoreError) -> Self {
        Self::Store(Arc::new(error))
    }

    /// The row of the error table.
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
