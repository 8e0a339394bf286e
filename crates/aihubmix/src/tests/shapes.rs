//! The decoder's table: every shape of a response, and its meaning.

use bff_core::provider::{Endpoint, FailureKind, ProviderResponse};

use super::response;
use crate::TOPUP;
use crate::decode::decode;

use Endpoint::{Api, Registration, Revocation, Token, UserInfo};
use FailureKind::{Forbidden, Misconfigured, TokenRefused, Unavailable, Unusable};

fn check(endpoint: Endpoint<'_>, status: u16, body: &str, expected: Result<(), FailureKind>) {
    let decoded = decode(endpoint, &response(status, body));
    let got = decoded.map(|_| ()).map_err(|failure| failure.kind);
    assert_eq!(got, expected, "{endpoint:?} {status} {body}");
}

const PAGE: &str = "<!DOCTYPE html><html><body>Sign in: your token is invalid</body></html>";

/// Status; what it is at the token endpoint; what it is at userinfo; the body. In the order of the contract.
const SHAPES: &str = r#"
# RFC 6749 §5.2.
400 | GrantRefused    | TokenRefused    | {"error":"invalid_grant","error_description":"expired"}
401 | GrantRefused    | TokenRefused    | {"error":"invalid_grant"}
200 | GrantRefused    | TokenRefused    | {"error":"invalid_grant"}
400 | Misconfigured   | Misconfigured   | {"error":"invalid_client"}
401 | Misconfigured   | TokenRefused    | {"error":"invalid_client"}
400 | Misconfigured   | Misconfigured   | {"error":"unauthorized_client"}
400 | Misconfigured   | Misconfigured   | {"error":"invalid_request"}
400 | Misconfigured   | Misconfigured   | {"error":"unsupported_grant_type"}
400 | Unavailable     | Unavailable     | {"error":"temporarily_unavailable"}
400 | Unavailable     | Unavailable     | {"error":"slow_down"}
500 | Unavailable     | Unavailable     | {"error":"server_error"}
400 | Unusable        | Unusable        | {"error":"something_new"}
# `success: false` with 200.
200 | GrantRefused    | TokenRefused    | {"success":false,"message":"invalid refresh token"}
200 | GrantRefused    | TokenRefused    | {"success":false,"message":"无效的令牌"}
200 | GrantRefused    | Unusable        | {"success":false,"message":"授權碼已過期"}
200 | GrantRefused    | Unusable        | {"success":false,"message":"authorization code has been used"}
200 | GrantRefused    | TokenRefused    | {"success":"false","message":"access token expired"}
200 | Unusable        | TokenRefused    | {"success":false,"message":"無權進行此操作，未登入且未提供 access token"}
200 | GrantRefused    | TokenRefused    | {"success":false,"message":"請重新登入"}
401 | GrantRefused    | TokenRefused    | {"success":false,"message":"Please log in again"}
200 | Unusable        | TokenRefused    | {"success":false,"message":"not logged in"}
200 | Misconfigured   | TokenRefused    | {"success":false,"message":"client authentication failed"}
200 | AccountDisabled | AccountDisabled | {"success":false,"message":"用户已被封禁"}
200 | Unavailable     | Unavailable     | {"success":false,"message":"请求过于频繁，请稍后再试"}
200 | Unavailable     | Unavailable     | {"success":false,"message":"temporarily unable to read the token"}
200 | Unusable        | Unusable        | {"success":false,"message":"something broke"}
200 | Unusable        | TokenRefused    | {"success":false,"code":401,"message":"no"}
200 | Unavailable     | Unavailable     | {"success":false,"code":"429"}
200 | Unusable        | Unusable        | {"success":false}
200 | Unusable        | Unusable        | {"success":0}
# `error` as an object, with 4xx, 5xx and 200.
401 | GrantRefused    | TokenRefused    | {"error":{"message":"令牌已過期","type":"one_api_error","code":""}}
400 | GrantRefused    | TokenRefused    | {"error":{"message":"bad","type":"x","code":"invalid_grant"}}
200 | GrantRefused    | TokenRefused    | {"error":{"message":"token is invalid","type":"new_api_error"}}
200 | Unusable        | TokenRefused    | {"error":{"message":"no","type":"authentication_error","code":null}}
503 | Unavailable     | Unavailable     | {"error":{"message":"no channel","type":"x","code":"x"}}
500 | Unavailable     | TokenRefused    | {"error":{"message":"token is invalid","type":"x"}}
500 | Unavailable     | TokenRefused    | {"error":{"message":"x","code":"AUTH_TOKEN_EXPIRED"}}
500 | GrantRefused    | TokenRefused    | {"error":"invalid_grant"}
500 | Unavailable     | Unavailable     | {"error":{"message":"the token service is down"}}
500 | Unavailable     | Unavailable     | {"error":{"message":"internal error: invalid token cache"}}
500 | Unavailable     | Unavailable     | {"error":{"message":"user store out of scope"}}
200 | Unusable        | Unusable        | {"error":{}}
200 | Unusable        | Unusable        | {"error":true}
# A wrong address must not end sessions.
404 | Unusable        | Unusable        | {"error":{"message":"Invalid URL (POST /api/oauth2/token)","type":"invalid_request_error"}}
404 | Unusable        | Unusable        | {"error":"token endpoint not found"}
400 | Unusable        | Unusable        | {"error":{"message":"Invalid URL (POST /api/oauth2/token)"}}
# Codes of the family, with 401 and 403.
401 | GrantRefused    | TokenRefused    | {"success":false,"code":"AUTH_TOKEN_EXPIRED","message":"x"}
403 | GrantRefused    | TokenRefused    | {"success":false,"code":"AUTH_TOKEN_EXPIRED","message":"x"}
403 | GrantRefused    | TokenRefused    | {"success":false,"code":"auth-token-invalid"}
401 | Misconfigured   | TokenRefused    | {"success":false,"code":"AUTH_REQUIRED","message":"x"}
401 | Misconfigured   | TokenRefused    | {"success":false,"code":"AUTH_TOKEN_MISSING"}
403 | Forbidden       | Forbidden       | {"success":false,"code":"AUTH_INSUFFICIENT_SCOPE"}
403 | AccountDisabled | AccountDisabled | {"success":false,"code":"AUTH_USER_DISABLED"}
403 | GrantRefused    | TokenRefused    | {"success":false,"message":"该用户的令牌已失效，已被禁用"}
401 | AccountDisabled | AccountDisabled | {"success":false,"code":"ACCOUNT_BANNED"}
# `message: "error"` with the text in `data`.
200 | GrantRefused    | TokenRefused    | {"message":"error","data":"token expired"}
200 | Unusable        | Unusable        | {"message":"error","data":"oh no"}
200 | Unusable        | Unusable        | {"message":"Error","data":null}
# Too many requests, with and without a word.
429 | Unavailable     | Unavailable     |
429 | Unavailable     | Unavailable     | {"error":"invalid_grant"}
429 | Unavailable     | Unavailable     | <html><body>Sign in: your token is invalid</body></html>
# Pages.
200 | Unusable        | Unusable        | <html><body>Sign in: your token is invalid</body></html>
404 | Unusable        | Unusable        | <html><body>Sign in: your token is invalid</body></html>
502 | Unavailable     | Unavailable     | <html><body>Sign in: your token is invalid</body></html>
504 | Unavailable     | Unavailable     | <html><body>Sign in: your token is invalid</body></html>
401 | Misconfigured   | TokenRefused    | <html><body>Sign in: your token is invalid</body></html>
# What is not an object.
200 | Unusable        | Unusable        |
204 | Unusable        | Unusable        |
200 | Unusable        | Unusable        | null
200 | Unusable        | Unusable        | []
200 | Unusable        | Unusable        | [{"access_token":"x","id":1}]
200 | Unusable        | Unusable        | true
200 | Unusable        | Unusable        | "token expired"
200 | Unusable        | Unusable        | {"access_token":"AT","username":"u"
200 | Unusable        | Unusable        | {"access_token":"AT","username":"u"} x
200 | Unusable        | Unusable        | {}
200 | Unusable        | Unusable        | {"access_token":null,"username":null}
200 | Unusable        | Unusable        | {"success":true,"data":null}
200 | Unusable        | Unusable        | {"success":true,"data":"x"}
# A failure that carries a payload is a failure.
200 | Unusable        | Unusable        | {"success":false,"data":{"access_token":"AT","username":"u"}}
200 | GrantRefused    | TokenRefused    | {"error":"invalid_grant","access_token":"AT","username":"u"}
400 | Unusable        | Unusable        | {"access_token":"AT","username":"u"}
# Status alone.
400 | Unusable        | Unusable        |
401 | Misconfigured   | TokenRefused    |
403 | Misconfigured   | Forbidden       |
408 | Unavailable     | Unavailable     |
500 | Unavailable     | Unavailable     |
599 | Unavailable     | Unavailable     |
301 | Unusable        | Unusable        |
307 | Unusable        | Unusable        | {"access_token":"AT","username":"u"}
# Permission.
403 | Forbidden       | Forbidden       | {"error":"insufficient_scope"}
403 | Forbidden       | Forbidden       | {"error":"access_denied"}
403 | Misconfigured   | Forbidden       | {"success":false,"message":"token lacks the scope balance"}
200 | Unusable        | Forbidden       | {"success":false,"message":"無權進行此操作，權限不足"}
"#;

/// Covers: ASVS-16.5.2
#[test]
fn every_shape_of_an_error_has_its_meaning_at_each_endpoint() {
    let mut rows = 0;
    for row in SHAPES
        .lines()
        .filter(|row| !row.is_empty() && !row.starts_with('#'))
    {
        let columns: Vec<&str> = row.splitn(4, '|').map(str::trim).collect();
        let [status, at_token, at_userinfo, body] = columns[..] else {
            panic!("four columns: {row}");
        };
        let status = status.parse().unwrap();
        for (endpoint, expected) in [(Token, at_token), (UserInfo, at_userinfo)] {
            let failure = decode(endpoint, &response(status, body)).err();
            let kind = failure.map(|failure| format!("{:?}", failure.kind));
            assert_eq!(kind.as_deref(), Some(expected), "{endpoint:?}: {row}");
        }
        rows += 1;
    }
    assert!(rows > 80, "the whole table is read");
}

#[test]
fn a_success_may_be_plain_or_in_an_envelope() {
    for (endpoint, body) in [
        (Token, r#"{"access_token":"AT"}"#),
        (
            Token,
            r#"{"success":true,"message":"","data":{"access_token":"AT"}}"#,
        ),
        (Token, r#"{"error":null,"access_token":"AT"}"#),
        (Token, r#"{"error":"","access_token":"AT"}"#),
        (UserInfo, r#"{"id":1}"#),
        (
            UserInfo,
            r#"{"success":true,"data":{"username":"u","message":"error"}}"#,
        ),
        (UserInfo, "\u{feff} {\"username\":\"u\"}\r\n"),
        (
            Registration,
            r#"{"success":true,"data":{"client_id":"c","client_secret":"s"}}"#,
        ),
        (Api(TOPUP), r#"{"topup_url":"https://aihubmix.com/topup"}"#),
        (
            Api(TOPUP),
            r#"{"message":"success","data":"https://aihubmix.com/topup"}"#,
        ),
        (Api(TOPUP), "{}"),
        (Revocation, ""),
        (Revocation, "OK"),
        (Revocation, "{}"),
        (Revocation, "null"),
    ] {
        check(endpoint, 200, body, Ok(()));
    }
}

#[test]
fn a_provider_without_a_topup_endpoint_is_no_failure() {
    for status in [404, 405, 410] {
        check(Api(TOPUP), status, PAGE, Ok(()));
        check(Api(TOPUP), status, "", Ok(()));
    }
    check(
        Api(TOPUP),
        404,
        r#"{"error":"invalid_token"}"#,
        Err(TokenRefused),
    );
    check(Api(TOPUP), 200, PAGE, Err(Unusable));
    check(Api(TOPUP), 401, "", Err(TokenRefused));
    check(Api(TOPUP), 500, "", Err(Unavailable));
}

/// Covers: RFC7009-2.2.1-1
#[test]
fn a_page_or_a_failure_is_no_revocation() {
    check(Revocation, 200, PAGE, Err(Unusable));
    check(
        Revocation,
        200,
        r#"{"success":false,"message":"x"}"#,
        Err(Unusable),
    );
    check(
        Revocation,
        400,
        r#"{"error":"unsupported_token_type"}"#,
        Err(Misconfigured),
    );
    check(Revocation, 503, "", Err(Unavailable));
}

#[test]
fn the_bearer_challenge_counts_where_the_body_is_silent() {
    for (status, challenge, expected) in [
        (
            403,
            r#"Bearer realm="x", error="insufficient_scope""#,
            Forbidden,
        ),
        (403, r#"Bearer error="invalid_token""#, TokenRefused),
        (400, "bearer ERROR=invalid_token", TokenRefused),
        (403, "Bearer error=", Forbidden),
    ] {
        let response = ProviderResponse {
            www_authenticate: Some(challenge.into()),
            ..response(status, "")
        };
        let kind = decode(UserInfo, &response)
            .err()
            .map(|failure| failure.kind);
        assert_eq!(kind, Some(expected), "{challenge}");
    }
}

#[test]
fn text_that_is_not_utf_8_is_unusable_and_not_guessed_at() {
    let utf_16: Vec<u8> =
        r#"{"access_token":"AT"}"#.encode_utf16().flat_map(u16::to_le_bytes).collect();
    for body in [
        b"{\"access_token\":\"A\xff\"}".to_vec(),
        b"\x1f\x8b\x08\x00".to_vec(),
        utf_16,
    ] {
        let response = ProviderResponse {
            status: 200,
            body,
            ..ProviderResponse::default()
        };
        let kind = decode(Token, &response).err().map(|failure| failure.kind);
        assert_eq!(kind, Some(Unusable));
    }
}

#[test]
fn deep_nesting_costs_nothing() {
    for open in ["[", "{\"a\":", "{\"data\":", "{\"error\":"] {
        let _ = decode(Token, &response(200, &open.repeat(50_000)));
    }
    let deep = format!(
        r#"{{"access_token":"AT","x":{}{}}}"#,
        "[".repeat(50_000),
        "]".repeat(50_000)
    );
    check(Token, 200, &deep, Ok(()));
}

#[test]
fn any_json_is_a_success_of_another_path() {
    let models = Api("/v1/models");
    for body in [
        r#"{"object":"list","data":[]}"#,
        "[1,2]",
        "\"text\"",
        "null",
        "{}",
        "",
    ] {
        check(models, 200, body, Ok(()));
    }
    let kept = decode(
        models,
        &response(200, r#"{"data":[{"id":9007199254740993}]}"#),
    )
    .unwrap();
    assert_eq!(
        serde_json::to_string(&kept).unwrap(),
        r#"{"data":[{"id":9007199254740993}]}"#
    );
    for (status, body, kind) in [
        (200, PAGE, Unusable),
        (200, "not json", Unusable),
        (
            200,
            r#"{"success":false,"message":"access token expired"}"#,
            TokenRefused,
        ),
        (
            200,
            r#"{"error":{"message":"no","code":"insufficient_scope"}}"#,
            Forbidden,
        ),
        (401, "", TokenRefused),
        (404, "", Unusable),
        (503, "[]", Unavailable),
    ] {
        check(models, status, body, Err(kind));
    }
}

#[test]
fn a_refused_grant_that_was_spent_before_is_a_reuse() {
    for (body, is_reuse) in [
        (
            r#"{"error":"invalid_grant","error_description":"refresh token reuse detected"}"#,
            true,
        ),
        (r#"{"success":false,"message":"刷新令牌已使用"}"#, true),
        (
            r#"{"error":"invalid_grant","error_description":"expired"}"#,
            false,
        ),
    ] {
        let failure = decode(Token, &response(400, body)).unwrap_err();
        assert_eq!(failure.kind, FailureKind::GrantRefused, "{body}");
        assert_eq!(failure.is_reuse, is_reuse, "{body}");
    }
}
