//! Why a code or a token is not accepted.

use thiserror::Error;

/// Why a code or a token is refused. The text is for the log and the error description.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub(crate) enum Refusal {
    #[error("it is not known here")]
    Unknown,
    #[error("it has expired")]
    Expired,
    #[error("it has been revoked")]
    Revoked,
    #[error("it was used before; everything given with it is revoked")]
    Reused,
    #[error("it belongs to another client")]
    OtherClient,
    #[error("the redirect_uri is not the one of the authorization request")]
    OtherRedirectUri,
    #[error("the code_verifier is missing")]
    VerifierMissing,
    #[error("the code_verifier does not match")]
    VerifierWrong,
    #[error("there was no code_challenge for this code_verifier")]
    VerifierUnasked,
    #[error("the scope is wider than the grant")]
    ScopeTooWide,
}

impl Refusal {
    /// A stable name for the log.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
            Self::Reused => "reused",
            Self::OtherClient => "other_client",
            Self::OtherRedirectUri => "redirect_uri_mismatch",
            Self::VerifierMissing => "verifier_missing",
            Self::VerifierWrong => "verifier_mismatch",
            Self::VerifierUnasked => "verifier_without_challenge",
            Self::ScopeTooWide => "scope_too_wide",
        }
    }
}
