//! AIHubMix as an OAuth2 provider: its paths, the meaning of its responses, its accounts, its top-up links, its app registration.
//!
//! Pure functions over values that the engine received. This crate sends no request and knows no web framework. [`provider`] is the definition that
//! an app gives to the engine; [`UserInfo`] and [`topup_link`] read what the engine returns for [`USERINFO`] and [`TOPUP`].

#![forbid(unsafe_code)]

mod balance;
mod classify;
mod decode;
mod error_fields;
mod paths;
mod phrases;
#[cfg(test)]
mod tests;
mod topup;
mod userinfo;

use bff_core::User;
use bff_core::provider::{
    Endpoints, Failure, FailureKind, Json, NewClient, ProviderDefinition, Registration,
};
use serde_json::json;

pub use paths::{TOPUP, USERINFO};
pub use topup::{TopupError, TopupRules, topup_link};
pub use userinfo::{AccountStatus, UserInfo};

/// Returns the definition of AIHubMix.
#[must_use]
pub const fn provider() -> ProviderDefinition {
    ProviderDefinition {
        name: "AIHubMix",
        endpoints: Endpoints {
            authorize: "/api/oauth2/authorize",
            token: "/api/oauth2/token",
            userinfo: USERINFO,
            // Not documented. The setting `oauth.revocation_path` adds it for a server that has it.
            revocation: None,
        },
        skip_consent: Some(("auto_authorize", "true")),
        decode: decode::decode,
        user,
        registration: Some(Registration {
            api: "https://api.aihubmix.com",
            path: "/api/oauth_apps",
            token_variable: "AIHUBMIX_DEVELOPER_TOKEN",
            body: registration_body,
        }),
    }
}

/// Returns the user of a new session. A disabled or deleted account may not sign in.
fn user(userinfo: &Json) -> Result<User, Failure> {
    // The balance is not used here, so there is no quota unit to compute it with.
    let info = UserInfo::read(userinfo, 0);
    if info.status().is_blocked() {
        let text = format!("the account has status {}", info.status().number());
        return Err(Failure::new(FailureKind::AccountDisabled, text));
    }
    Ok(User {
        id: info.user_id(),
        username: info.username().map(str::to_owned),
    })
}

fn registration_body(client: &NewClient<'_>) -> String {
    json!({
        "name": client.name,
        "description": client.description,
        "redirect_uri": client.redirect_uri,
    })
    .to_string()
}
