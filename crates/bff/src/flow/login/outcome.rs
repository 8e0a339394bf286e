//! The results of a login, and the audit line of a failure.

use crate::audit;
use crate::domain::{Display, LoginError, ReturnTo, Session, SessionId};

/// A login that succeeded.
#[derive(Clone, Debug)]
pub struct FinishedLogin {
    /// The new session's id. It is used for the cookie only.
    pub id: SessionId,
    /// The new session.
    pub session: Session,
    /// The return address.
    pub return_to: ReturnTo,
    /// Whether the login runs in a page or a pop-up.
    pub display: Display,
    /// The attempt's tag. Its cookie is no longer needed.
    pub tag: String,
}

/// A login that failed.
#[derive(Clone, Debug)]
pub struct FailedLogin {
    /// The error to show to the user.
    pub error: LoginError,
    /// Whether the login runs in a page or a pop-up; a page when this is unknown.
    pub display: Display,
    /// The attempt's tag if the attempt is over. Its cookie is no longer needed.
    pub tag: Option<String>,
}

impl FailedLogin {
    /// Creates and logs the failure of a callback that names no attempt. Nothing else is done with it.
    #[must_use]
    pub fn without_attempt(error: LoginError) -> Self {
        let failure = Self::unrecognised(error);
        log_failure(&failure);
        failure
    }

    /// Creates a failure without a recognised attempt.
    pub(super) const fn unrecognised(error: LoginError) -> Self {
        Self {
            error,
            display: Display::Page,
            tag: None,
        }
    }
}

/// Writes a failed login to the audit log.
pub(super) fn log_failure(failure: &FailedLogin) {
    audit::login_failed(failure.tag.as_deref(), failure.error.code());
}
