//! For any response of the token endpoint: no panic, and no token that the response does not hold. For any failure: a text that is safe to log.

use proptest::prelude::*;
use serde_json::Value;

use crate::domain::provider::{Endpoint, ProviderResponse};
use crate::provider::detail::{Detail, Secrets};
use crate::provider::grant::normalise;

fn response(status: u16, body: Vec<u8>) -> ProviderResponse {
    ProviderResponse {
        status,
        body,
        ..ProviderResponse::default()
    }
}

/// Names and values that answers are really made of, so that the interesting branches are met.
fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[ -~]{0,12}".prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        prop::sample::select(vec![
            "error",
            "invalid_grant",
            "AUTH_TOKEN_EXPIRED",
            "mac",
            "token expired",
            "-1e999"
        ])
        .prop_map(Value::from),
    ];
    let name = prop::sample::select(vec![
        "access_token",
        "refresh_token",
        "expires_in",
        "token_type",
        "scope",
        "success",
        "error",
        "code",
        "message",
        "data",
        "type",
        "id",
        "username",
        "quota",
        "balance_formatted",
        "status",
        "topup_url",
        "client_id",
    ]);
    leaf.prop_recursive(4, 48, 8, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(name.clone().prop_map(str::to_owned), inner, 0..8)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn check(status: u16, body: &[u8]) -> Result<(), TestCaseError> {
    let response = response(status, body.to_vec());
    match (aihubmix::provider().decode)(Endpoint::Token, &response) {
        Ok(json) => {
            prop_assert!((200..300).contains(&status));
            let Ok(plain) = normalise(&json) else {
                return Ok(());
            };
            let plain: Value = serde_json::from_slice(&plain).unwrap();
            let sent: Value = serde_json::from_str(response.text().unwrap()).unwrap();
            let token = &plain["access_token"];
            prop_assert!(token.as_str().is_some_and(|token| !token.is_empty()));
            prop_assert!(sent["access_token"] == *token || sent["data"]["access_token"] == *token);
            let lifetime = plain["expires_in"].as_u64();
            prop_assert!(lifetime.is_some_and(|seconds| (1..=86_400).contains(&seconds)));
        }
        Err(failure) => {
            let detail = Detail::masked(&failure.text, &Secrets::default());
            prop_assert!(detail.as_str().chars().count() <= 200);
            prop_assert!(!detail.as_str().chars().any(char::is_control));
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_harm(status in 100_u16..600, body in prop::collection::vec(any::<u8>(), 0..300)) {
        check(status, &body)?;
        check(200, &body)?;
    }

    #[test]
    fn any_json_is_read_without_harm(status in 100_u16..600, value in json(), cut in any::<prop::sample::Index>()) {
        let body = value.to_string().into_bytes();
        check(status, &body)?;
        check(200, &body)?;
        check(200, &body[..cut.index(body.len())])?;
    }
}
