//! A provider that keeps to the standards: errors of RFC 6749 §5.2 and RFC 6750 §3, and userinfo of OpenID Connect Core §5.3.

use crate::domain::provider::{
    Endpoint, Endpoints, Failure, FailureKind, Json, ProviderDefinition, ProviderResponse,
};
use crate::domain::{User, UserId};

/// Returns the definition of a standard provider with these paths.
#[must_use]
pub const fn standard(name: &'static str, endpoints: Endpoints) -> ProviderDefinition {
    ProviderDefinition {
        name,
        endpoints,
        skip_consent: None,
        decode,
        user,
        registration: None,
    }
}

fn decode(endpoint: Endpoint<'_>, response: &ProviderResponse) -> Result<Json, Failure> {
    let json = response.json();
    let has = |name| json.as_ref().is_some_and(|json| json.text(name).is_some());
    let is_success = match endpoint {
        Endpoint::Token => has("access_token"),
        Endpoint::UserInfo => has("sub"),
        Endpoint::Registration => has("client_id"),
        Endpoint::Revocation => !response.is_page(),
        Endpoint::Api(_) => json.is_some() || response.body.is_empty(),
    };
    if response.is_success() && is_success {
        let empty = || Json::parse("null").unwrap_or_default();
        return Ok(json.unwrap_or_else(empty));
    }
    let code = json.as_ref().and_then(|json| json.text("error"));
    let code = code.as_deref().or_else(|| response.challenge_error());
    let is_grant = matches!(endpoint, Endpoint::Token | Endpoint::Revocation);
    let kind = match (code, response.status) {
        (_, 429 | 500..) | (Some("temporarily_unavailable" | "server_error"), _) => {
            FailureKind::Unavailable
        }
        (Some("invalid_grant"), _) if is_grant => FailureKind::GrantRefused,
        (Some(_), 400) | (_, 401) if is_grant => FailureKind::Misconfigured,
        (Some("insufficient_scope"), _) | (_, 403) => FailureKind::Forbidden,
        (Some("invalid_token"), _) | (_, 401) => FailureKind::TokenRefused,
        _ => FailureKind::Unusable,
    };
    Err(Failure::new(kind, response.describe(code)))
}

fn user(userinfo: &Json) -> Result<User, Failure> {
    let name = userinfo.text("preferred_username");
    Ok(User {
        id: userinfo.text("sub").map(UserId::new),
        username: name.or_else(|| userinfo.text("email")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use FailureKind::{
        Forbidden, GrantRefused, Misconfigured, TokenRefused, Unavailable, Unusable,
    };

    fn kind(endpoint: Endpoint<'_>, status: u16, body: &str) -> Option<FailureKind> {
        let response = ProviderResponse {
            status,
            body: body.as_bytes().to_vec(),
            ..ProviderResponse::default()
        };
        decode(endpoint, &response)
            .err()
            .map(|failure| failure.kind)
    }

    #[test]
    fn standard_responses_have_their_meaning() {
        let (api, invalid) = (Endpoint::Api("/x"), r#"{"error":"invalid_client"}"#);
        for (endpoint, status, body, expected) in [
            (Endpoint::Token, 200, r#"{"access_token":"a"}"#, None),
            (Endpoint::Token, 200, "{}", Some(Unusable)),
            (
                Endpoint::Token,
                400,
                r#"{"error":"invalid_grant"}"#,
                Some(GrantRefused),
            ),
            (Endpoint::Token, 401, invalid, Some(Misconfigured)),
            (Endpoint::Token, 400, invalid, Some(Misconfigured)),
            (
                Endpoint::Token,
                503,
                r#"{"error":"invalid_grant"}"#,
                Some(Unavailable),
            ),
            (Endpoint::UserInfo, 200, r#"{"sub":"7"}"#, None),
            (Endpoint::UserInfo, 401, "", Some(TokenRefused)),
            (api, 200, "[]", None),
            (api, 204, "", None),
            (
                api,
                403,
                r#"{"error":"insufficient_scope"}"#,
                Some(Forbidden),
            ),
            (api, 200, "<html>", Some(Unusable)),
            (Endpoint::Revocation, 200, "", None),
        ] {
            assert_eq!(
                kind(endpoint, status, body),
                expected,
                "{endpoint:?} {body}"
            );
        }
    }

    #[test]
    fn the_user_has_the_subject_and_a_name() {
        let found = user(&Json::parse(r#"{"sub":"7","email":"a@b.test"}"#).unwrap()).unwrap();
        assert_eq!(found.id.unwrap().as_str(), "7");
        assert_eq!(found.username.as_deref(), Some("a@b.test"));
    }
}
