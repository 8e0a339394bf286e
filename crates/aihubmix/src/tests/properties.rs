//! For any response: no panic, and no success that the response does not hold.

use bff_core::provider::{Endpoint, FailureKind, ProviderResponse};
use proptest::prelude::*;
use serde_json::Value;

use crate::balance;
use crate::decode::decode;
use crate::{TOPUP, TopupRules, UserInfo, topup_link};

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

const ENDPOINTS: [Endpoint<'_>; 6] = [
    Endpoint::Token,
    Endpoint::UserInfo,
    Endpoint::Revocation,
    Endpoint::Registration,
    Endpoint::Api(TOPUP),
    Endpoint::Api("/v1/models"),
];

fn check(status: u16, body: &[u8]) -> Result<(), TestCaseError> {
    for endpoint in ENDPOINTS {
        let response = ProviderResponse {
            status,
            body: body.to_vec(),
            ..ProviderResponse::default()
        };
        match decode(endpoint, &response) {
            Ok(json) if endpoint == Endpoint::Token => {
                prop_assert!((200..300).contains(&status));
                let sent: Value = serde_json::from_str(response.text().unwrap()).unwrap();
                let token = serde_json::to_value(json).unwrap()["access_token"].clone();
                prop_assert!(token.is_string() || token.is_number());
                prop_assert!(
                    sent["access_token"] == token || sent["data"]["access_token"] == token
                );
            }
            Ok(json) => {
                let info = UserInfo::read(&json, 500_000);
                let _ = (info.status(), info.user_id());
                let _ = topup_link(&json, &TopupRules::default());
                let given = serde_json::to_string(&info);
                prop_assert!(
                    given.is_ok_and(|given| serde_json::from_str::<Value>(&given).is_ok())
                );
            }
            Err(failure) => {
                prop_assert!(!failure.text.is_empty());
                prop_assert!(!failure.is_reuse || failure.kind == FailureKind::GrantRefused);
            }
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

    #[test]
    fn any_quota_is_divided_as_exactly_as_integers_are(quota in any::<i64>(), unit in 1_u64..10_000_000) {
        let cents = {
            let (quota, unit) = (i128::from(quota).unsigned_abs() * 100, u128::from(unit));
            (quota * 2 + unit) / (unit * 2)
        };
        let sign = if quota < 0 && cents > 0 { "-" } else { "" };
        let expected = format!("{sign}{}.{:02}", cents / 100, cents % 100);
        prop_assert_eq!(balance::formatted(&quota.to_string(), unit), Some(expected));
    }

    #[test]
    fn any_text_is_a_quota_or_is_not(quota in "[-+0-9.eE ]{0,80}", unit in any::<u64>()) {
        let _ = balance::formatted(&quota, unit);
    }
}
