//! What the page tells a person about what just happened.
//!
//! A login error is known here by its code only: nothing that a provider or a query said is ever
//! shown.

/// Why a login did not succeed: the codes of `/?error=`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LoginError {
    /// The callback came without a code and without an error.
    MissingParameters,
    /// The state is not one of this browser's login attempts, or was used before.
    InvalidState,
    /// The login attempt took longer than it may.
    LoginExpired,
    /// The provider or this program failed.
    ServerError,
    /// The provider cannot be reached.
    ProviderUnavailable,
    /// The provider says that the account is disabled.
    AccountDisabled,
    /// The person or the provider said no (RFC 6749 §4.1.2.1, as the rest but the last).
    AccessDenied,
    /// The provider does not grant what this program asks for.
    InvalidScope,
    /// The provider is overloaded or under maintenance.
    TemporarilyUnavailable,
    /// The provider does not let this program ask for a code.
    UnauthorizedClient,
    /// The provider does not give codes.
    UnsupportedResponseType,
    /// The provider found the request malformed.
    InvalidRequest,
    /// Anything else.
    AuthorizationFailed,
}

impl LoginError {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::MissingParameters,
        Self::InvalidState,
        Self::LoginExpired,
        Self::ServerError,
        Self::ProviderUnavailable,
        Self::AccountDisabled,
        Self::AccessDenied,
        Self::InvalidScope,
        Self::TemporarilyUnavailable,
        Self::UnauthorizedClient,
        Self::UnsupportedResponseType,
        Self::InvalidRequest,
        Self::AuthorizationFailed,
    ];

    /// The code as it stands in `/?error=`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::MissingParameters => "missing_parameters",
            Self::InvalidState => "invalid_state",
            Self::LoginExpired => "login_expired",
            Self::ServerError => "server_error",
            Self::ProviderUnavailable => "provider_unavailable",
            Self::AccountDisabled => "account_disabled",
            Self::AccessDenied => "access_denied",
            Self::InvalidScope => "invalid_scope",
            Self::TemporarilyUnavailable => "temporarily_unavailable",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::UnsupportedResponseType => "unsupported_response_type",
            Self::InvalidRequest => "invalid_request",
            Self::AuthorizationFailed => "authorization_failed",
        }
    }

    /// The error for a code; what is not known is [`Self::AuthorizationFailed`].
    pub fn from_code(code: &str) -> Self {
        Self::ALL
            .into_iter()
            .find(|known| known.code() == code)
            .unwrap_or(Self::AuthorizationFailed)
    }
}

/// A message above the card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notice {
    /// The login succeeded.
    LoggedIn,
    /// The person signed out.
    LoggedOut,
    /// The balance was read anew.
    BalanceUpdated,
    /// The balance could not be read because the session is over.
    RefreshFailed,
    /// The session ended by itself.
    SessionExpired,
    /// The login failed.
    Error(LoginError),
}

impl Notice {
    pub(super) fn view(self) -> NoticeView {
        let (tone, words) = match self {
            Self::LoggedIn => ("good", "notice-logged_in".to_owned()),
            Self::LoggedOut => ("good", "notice-logged_out".to_owned()),
            Self::BalanceUpdated => ("good", "notice-balance_updated".to_owned()),
            Self::RefreshFailed => ("bad", "notice-refresh_failed".to_owned()),
            Self::SessionExpired => ("bad", "notice-session_expired".to_owned()),
            Self::Error(error) => ("bad", format!("error-{}", error.code())),
        };
        let hint = matches!(self, Self::Error(_)).then(|| format!("{words}.hint"));
        NoticeView { tone, words, hint }
    }
}

/// What the template needs: the ids of the words.
#[derive(Debug, serde::Serialize)]
pub(super) struct NoticeView {
    tone: &'static str,
    words: String,
    hint: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_read_back() {
        for error in LoginError::ALL {
            assert_eq!(LoginError::from_code(error.code()), error);
        }
    }

    #[test]
    fn an_unknown_code_is_a_failed_authorization() {
        for code in [
            "",
            "consent_required",
            "ACCESS_DENIED",
            "access_denied ",
            "<script>",
        ] {
            assert_eq!(LoginError::from_code(code), LoginError::AuthorizationFailed);
        }
    }
}
