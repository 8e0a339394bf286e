//! The paths that an app of AIHubMix calls.

/// The path of the endpoint that describes the account.
pub const USERINFO: &str = "/api/oauth2/userinfo";
/// The path of the endpoint that returns the top-up link of the account.
pub const TOPUP: &str = "/api/oauth2/topup";
