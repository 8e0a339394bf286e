//! The records that grants are made of, and what goes in and out. Tokens stand here in clear in [`Issued`]
//! alone, which is neither kept nor shown.

use serde::{Deserialize, Serialize};

/// What a code is bound to.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct CodeTerms {
    pub(crate) user: String,
    pub(crate) client_id: String,
    pub(crate) redirect_uri: String,
    /// Space separated, as granted.
    pub(crate) scope: String,
    /// The `S256` code challenge, when the request had one.
    pub(crate) challenge: Option<String>,
}

/// What a client shows to get a code's tokens.
#[derive(Clone, Copy)]
pub(crate) struct Redemption<'a> {
    pub(crate) code: &'a str,
    pub(crate) client_id: &'a str,
    pub(crate) redirect_uri: Option<&'a str>,
    pub(crate) verifier: Option<&'a str>,
}

/// Tokens just made. The only place where they exist in clear.
pub(crate) struct Issued {
    pub(crate) user: String,
    pub(crate) scope: String,
    pub(crate) access_token: String,
    /// The refresh token that is good from now on.
    pub(crate) refresh_token: String,
}

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Code {
    pub(super) terms: CodeTerms,
    pub(super) expires_at: i64,
    /// The grant that its first use made.
    pub(super) grant: Option<u64>,
}

/// One consent and the family of tokens that grows from it.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Grant {
    pub(super) user: String,
    pub(super) client_id: String,
    pub(super) scope: String,
}

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct AccessToken {
    pub(super) grant: u64,
    pub(super) scope: String,
    pub(super) expires_at: i64,
}

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct RefreshToken {
    pub(super) grant: u64,
    pub(super) expires_at: i64,
    pub(super) spent_at: Option<i64>,
}
