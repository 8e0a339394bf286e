//! The table of all error codes: name, status and title of each.
//!
//! Two families: [`ErrorCode`] is for programs (`application/problem+json`), [`LoginError`] is for users (`/?error=…`).

/// An error of the HTTP interface. [`code`](Self::code) is stable; texts may change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorCode {
    /// The request has no session.
    NotAuthenticated,
    /// The session reached a limit, or the provider refused the refresh token for good.
    SessionExpired,
    /// A request from another site, or one without headers that state its origin.
    CsrfRejected,
    /// The provider does not allow this to the account.
    Forbidden,
    /// The path does not exist.
    NotFound,
    /// The path exists, but not with this method.
    MethodNotAllowed,
    /// The request is malformed.
    BadRequest,
    /// The body exceeds the size limit.
    PayloadTooLarge,
    /// Too many requests from one client (rate limit).
    RateLimited,
    /// The provider's response is unusable.
    ProviderError,
    /// The provider is down or overloaded. The session stays.
    ProviderUnavailable,
    /// The provider did not answer in time. The session stays.
    ProviderTimeout,
    /// The session store is down. The browser keeps its cookie.
    StoreUnavailable,
    /// A fault of this program.
    InternalError,
}

impl ErrorCode {
    /// Every code, for the documentation and the tests.
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

    /// Returns the row of the table: code, status, title (constant per code, RFC 9457 §3.1.3).
    const fn row(self) -> (&'static str, u16, &'static str) {
        match self {
            Self::NotAuthenticated => ("not_authenticated", 401, "Not signed in"),
            Self::SessionExpired => ("session_expired", 401, "The session has ended"),
            Self::CsrfRejected => (
                "csrf_rejected",
                403,
                "Refused as a request from another site",
            ),
            Self::Forbidden => ("forbidden", 403, "The account may not do this"),
            Self::NotFound => ("not_found", 404, "Not found"),
            Self::MethodNotAllowed => ("method_not_allowed", 405, "Method not allowed"),
            Self::BadRequest => ("bad_request", 400, "The request cannot be understood"),
            Self::PayloadTooLarge => ("payload_too_large", 413, "The request is too large"),
            Self::RateLimited => ("rate_limited", 429, "Too many requests"),
            Self::ProviderError => (
                "provider_error",
                502,
                "The provider gave an unusable answer",
            ),
            Self::ProviderUnavailable => (
                "provider_unavailable",
                503,
                "The provider cannot be reached",
            ),
            Self::ProviderTimeout => (
                "provider_timeout",
                504,
                "The provider did not answer in time",
            ),
            Self::StoreUnavailable => (
                "store_unavailable",
                503,
                "Sessions cannot be read right now",
            ),
            Self::InternalError => ("internal_error", 500, "Internal error"),
        }
    }

    /// Returns the stable `error` member.
    #[must_use]
    pub const fn code(self) -> &'static str {
        self.row().0
    }

    /// Returns the HTTP status.
    #[must_use]
    pub const fn status(self) -> u16 {
        self.row().1
    }

    /// Returns the constant title.
    #[must_use]
    pub const fn title(self) -> &'static str {
        self.row().2
    }

    /// Returns the `Retry-After` in seconds, for codes whose cause is temporary.
    #[must_use]
    pub const fn retry_after(self) -> Option<u32> {
        match self {
            Self::RateLimited | Self::StoreUnavailable => Some(2),
            Self::ProviderUnavailable | Self::ProviderTimeout => Some(5),
            _ => None,
        }
    }
}

macro_rules! login_errors {
    ($($(#[$doc:meta])* $name:ident = $code:literal,)+) => {
        /// Why a login failed, as shown to the user.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum LoginError {
            $($(#[$doc])* $name,)+
        }

        impl LoginError {
            /// Every code, for the pages and the tests.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// Returns the value of `?error=`.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self {
                    $(Self::$name => $code,)+
                }
            }
        }
    };
}

login_errors! {
    /// The callback carries neither a usable code nor an error.
    MissingParameters = "missing_parameters",
    /// The state was not issued to this browser, or was used already.
    InvalidState = "invalid_state",
    /// The login at the provider took more than 15 minutes.
    LoginExpired = "login_expired",
    /// A fault of this program or an unusable response of the provider (also RFC 6749 §4.1.2.1).
    ServerError = "server_error",
    /// The provider is down, slow or overloaded.
    ProviderUnavailable = "provider_unavailable",
    /// The provider reports that the account is disabled or deleted.
    AccountDisabled = "account_disabled",
    /// The user declined (RFC 6749 §4.1.2.1).
    AccessDenied = "access_denied",
    /// RFC 6749 §4.1.2.1.
    InvalidRequest = "invalid_request",
    /// RFC 6749 §4.1.2.1.
    UnauthorizedClient = "unauthorized_client",
    /// RFC 6749 §4.1.2.1.
    UnsupportedResponseType = "unsupported_response_type",
    /// RFC 6749 §4.1.2.1.
    InvalidScope = "invalid_scope",
    /// RFC 6749 §4.1.2.1.
    TemporarilyUnavailable = "temporarily_unavailable",
    /// Any other refusal.
    AuthorizationFailed = "authorization_failed",
}

impl LoginError {
    /// Returns the error with this code. An unknown code becomes [`AuthorizationFailed`](Self::AuthorizationFailed), and its text is dropped.
    #[must_use]
    pub fn from_code(code: &str) -> Self {
        Self::ALL
            .iter()
            .copied()
            .find(|error| error.code() == code)
            .unwrap_or(Self::AuthorizationFailed)
    }

    /// Returns the HTTP status for callbacks that a program makes (`/api/oauth/exchange-token`).
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::AccessDenied | Self::AccountDisabled => 403,
            Self::ServerError => 502,
            Self::ProviderUnavailable | Self::TemporarilyUnavailable => 503,
            _ => 400,
        }
    }

    /// Returns the error for the provider's `error` parameter. Only the codes of RFC 6749 §4.1.2.1 are accepted, so that a provider cannot
    /// produce this program's own codes.
    #[must_use]
    pub fn from_provider(code: &str) -> Self {
        match Self::from_code(code) {
            known @ (Self::AccessDenied
            | Self::InvalidRequest
            | Self::UnauthorizedClient
            | Self::UnsupportedResponseType
            | Self::InvalidScope
            | Self::ServerError
            | Self::TemporarilyUnavailable) => known,
            _ => Self::AuthorizationFailed,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_code_has_a_name_and_a_title_of_its_own() {
        for of in [ErrorCode::code, ErrorCode::title] {
            let texts: BTreeSet<_> = ErrorCode::ALL.into_iter().map(of).collect();
            assert_eq!(texts.len(), ErrorCode::ALL.len());
        }
    }

    #[test]
    fn every_login_error_is_found_by_its_code() {
        for error in LoginError::ALL {
            assert_eq!(LoginError::from_code(error.code()), *error);
        }
    }

    #[test]
    fn a_temporary_error_has_retry_after() {
        for code in ErrorCode::ALL {
            let passes = matches!(code.status(), 429 | 503 | 504);
            assert_eq!(code.retry_after().is_some(), passes, "{code:?}");
        }
        assert_eq!(ErrorCode::StoreUnavailable.retry_after(), Some(2));
        assert_eq!(ErrorCode::ProviderUnavailable.retry_after(), Some(5));
    }

    #[test]
    fn a_login_that_failed_says_by_its_status_whose_fault_it_was() {
        let status = |error: &LoginError| match error {
            LoginError::AccessDenied | LoginError::AccountDisabled => 403,
            LoginError::ServerError => 502,
            LoginError::ProviderUnavailable | LoginError::TemporarilyUnavailable => 503,
            _ => 400,
        };
        for error in LoginError::ALL {
            assert_eq!(error.status(), status(error), "{error:?}");
        }
    }

    #[test]
    fn only_codes_of_the_standard_come_from_a_provider() {
        assert_eq!(
            LoginError::from_provider("access_denied"),
            LoginError::AccessDenied
        );
        for foreign in [
            "account_disabled",
            "login_expired",
            "",
            "<script>",
            "ACCESS_DENIED",
        ] {
            assert_eq!(
                LoginError::from_provider(foreign),
                LoginError::AuthorizationFailed,
                "{foreign:?}"
            );
        }
    }
}
