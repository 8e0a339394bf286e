//! The page for a navigation that failed: one sentence on what happened, one on what to do.
//!
//! It knows a failure by its stable code only; no text of a cause ever gets here.

use super::LocalTarget;

/// What went wrong: one per stable error code of this program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ProblemKind {
    /// Nobody is signed in.
    NotAuthenticated,
    /// The session is over.
    SessionExpired,
    /// The request came from another site.
    CsrfRejected,
    /// The provider says that the account may not.
    Forbidden,
    /// There is no such page.
    NotFound,
    /// The page does not take this method.
    MethodNotAllowed,
    /// The request cannot be understood.
    BadRequest,
    /// The request is too large.
    PayloadTooLarge,
    /// Too many requests.
    RateLimited,
    /// The provider's answer cannot be used.
    ProviderError,
    /// The provider is down or sheds load.
    ProviderUnavailable,
    /// The provider did not answer in time.
    ProviderTimeout,
    /// The session store is down.
    StoreUnavailable,
    /// This program failed.
    InternalError,
}

impl ProblemKind {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::NotAuthenticated,
        Self::SessionExpired,
        Self::CsrfRejected,
        Self::Forbidden,
        Self::NotFound,
        Self::MethodNotAllowed,
        Self::BadRequest,
        Self::PayloadTooLarge,
        Self::RateLimited,
        Self::ProviderError,
        Self::ProviderUnavailable,
        Self::ProviderTimeout,
        Self::StoreUnavailable,
        Self::InternalError,
    ];

    /// The stable code, as in the member `error` of `application/problem+json`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotAuthenticated => "not_authenticated",
            Self::SessionExpired => "session_expired",
            Self::CsrfRejected => "csrf_rejected",
            Self::Forbidden => "forbidden",
            Self::NotFound => "not_found",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::BadRequest => "bad_request",
            Self::PayloadTooLarge => "payload_too_large",
            Self::RateLimited => "rate_limited",
            Self::ProviderError => "provider_error",
            Self::ProviderUnavailable => "provider_unavailable",
            Self::ProviderTimeout => "provider_timeout",
            Self::StoreUnavailable => "store_unavailable",
            Self::InternalError => "internal_error",
        }
    }

    /// The kind for a stable code; what is not known is [`Self::InternalError`].
    pub fn from_code(code: &str) -> Self {
        Self::ALL
            .into_iter()
            .find(|known| known.code() == code)
            .unwrap_or(Self::InternalError)
    }
}

/// A failed navigation.
#[derive(Debug, Clone, Copy)]
pub struct Problem<'a> {
    /// The status of the answer, shown small.
    pub status: u16,
    /// What went wrong.
    pub kind: ProblemKind,
    /// Where "try again" leads; without it the page only leads home.
    pub retry: Option<LocalTarget<'a>>,
}
