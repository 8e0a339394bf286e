//! The decoder's table: every shape of an answer, and what it is taken for.

use crate::provider::decode::{Answer, Endpoint, Kind, decode};

use Endpoint::{Registration, Revocation, Token, TopUp, UserInfo};
use Kind::{
    AccountDisabled, Forbidden, GrantRefused, Misconfigured, TokenRefused, Unavailable, Unusable,
};

fn answer(status: u16, body: &str) -> Answer {
    Answer {
        status,
        body: body.as_bytes().to_vec(),
        ..Answer::default()
    }
}

fn check(endpoint: Endpoint, status: u16, body: &str, expected: Result<(), Kind>) {
    let decoded = decode(endpoint, &answer(status, body));
    let got = decoded.map(|_| ()).map_err(|failure| failure.kind);
    assert_eq!(got, expected, "{endpoint:?} {status} {body}");
}

const PAGE: &str = "<!DOCTYPE html><html><body>Sign in: your token is invalid</body></html>";

/// Shapes in the order of the contract; the failure at the token endpoint, then at userinfo.
const SHAPES: &[(u16, &str, Kind, Kind)] = &[
    // RFC 6749 §5.2.
    (
        400,
        r#"{"error":"invalid_grant","error_description":"expired"}"#,
        GrantRefused,
        TokenRefused,
    ),
    (
        401,
        r#"{"error":"invalid_grant"}"#,
        GrantRefused,
        TokenRefused,
    ),
    (
        200,
        r#"{"error":"invalid_grant"}"#,
        GrantRefused,
        TokenRefused,
    ),
    (
        400,
        r#"{"error":"invalid_client"}"#,
        Misconfigured,
        Misconfigured,
    ),
    (
        401,
        r#"{"error":"invalid_client"}"#,
        Misconfigured,
        TokenRefused,
    ),
    (
        400,
        r#"{"error":"unauthorized_client"}"#,
        Misconfigured,
        Misconfigured,
    ),
    (
        400,
        r#"{"error":"invalid_request"}"#,
        Misconfigured,
        Misconfigured,
    ),
    (
        400,
        r#"{"error":"unsupported_grant_type"}"#,
        Misconfigured,
        Misconfigured,
    ),
    (
        400,
        r#"{"error":"temporarily_unavailable"}"#,
        Unavailable,
        Unavailable,
    ),
    (400, r#"{"error":"slow_down"}"#, Unavailable, Unavailable),
    (500, r#"{"error":"server_error"}"#, Unavailable, Unavailable),
    (400, r#"{"error":"something_new"}"#, Unusable, Unusable),
    // `success: false` with 200.
    (
        200,
        r#"{"success":false,"message":"invalid refresh token"}"#,
        GrantRefused,
        TokenRefused,
    ),
    (
        200,
        r#"{"success":false,"message":"无效的令牌"}"#,
        GrantRefused,
        TokenRefused,
    ),
    (
        200,
        r#"{"success":false,"message":"授權碼已過期"}"#,
        GrantRefused,
        Unusable,
    ),
    (
        200,
        r#"{"success":false,"message":"authorization code has been used"}"#,
        GrantRefused,
        Unusable,
    ),
    (
        200,
        r#"{"success":"false","message":"access token expired"}"#,
        GrantRefused,
        TokenRefused,
    ),
    (
        200,
        r#"{"success":false,"message":"無權進行此操作，未登入且未提供 access token"}"#,
        Unusable,
        TokenRefused,
    ),
    (
        200,
        r#"{"success":false,"message":"請重新登入"}"#,
        Unusable,
        TokenRefused,
    ),
    (
        200,
        r#"{"success":false,"message":"client authentication failed"}"#,
        Misconfigured,
        TokenRefused,
    ),
    (
        200,
        r#"{"success":false,"message":"用户已被封禁"}"#,
        AccountDisabled,
        AccountDisabled,
    ),
    (
        200,
        r#"{"success":false,"message":"请求过于频繁，请稍后再试"}"#,
        Unavailable,
        Unavailable,
    ),
    (
        200,
        r#"{"success":false,"message":"temporarily unable to read the token"}"#,
        Unavailable,
        Unavailable,
    ),
    (
        200,
        r#"{"success":false,"message":"something broke"}"#,
        Unusable,
        Unusable,
    ),
    (
        200,
        r#"{"success":false,"code":401,"message":"no"}"#,
        Unusable,
        TokenRefused,
    ),
    (
        200,
        r#"{"success":false,"code":"429"}"#,
        Unavailable,
        Unavailable,
    ),
    (200, r#"{"success":false}"#, Unusable, Unusable),
    (200, r#"{"success":0}"#, Unusable, Unusable),
    // `error` as an object, with 4xx, 5xx and 200.
    (
        401,
        r#"{"error":{"message":"令牌已過期","type":"one_api_error","code":""}}"#,
        GrantRefused,
        TokenRefused,
    ),
    (
        400,
        r#"{"error":{"message":"bad","type":"x","code":"invalid_grant"}}"#,
        GrantRefused,
        TokenRefused,
    ),
    (
        200,
        r#"{"error":{"message":"token is invalid","type":"new_api_error"}}"#,
        GrantRefused,
        TokenRefused,
    ),
    (
        200,
        r#"{"error":{"message":"no","type":"authentication_error","code":null}}"#,
        Unusable,
        TokenRefused,
    ),
    (
        503,
        r#"{"error":{"message":"no channel","type":"x","code":"x"}}"#,
        Unavailable,
        Unavailable,
    ),
    (
        500,
        r#"{"error":{"message":"token is invalid","type":"x"}}"#,
        Unavailable,
        TokenRefused,
    ),
    (
        500,
        r#"{"error":{"message":"x","code":"AUTH_TOKEN_EXPIRED"}}"#,
        GrantRefused,
        TokenRefused,
    ),
    (
        500,
        r#"{"error":{"message":"the token service is down"}}"#,
        Unavailable,
        Unavailable,
    ),
    (200, r#"{"error":{}}"#, Unusable, Unusable),
    (200, r#"{"error":true}"#, Unusable, Unusable),
    // A wrong address must not end sessions.
    (
        404,
        r#"{"error":{"message":"Invalid URL (POST /api/oauth2/token)","type":"invalid_request_error"}}"#,
        Unusable,
        Unusable,
    ),
    (
        404,
        r#"{"error":"token endpoint not found"}"#,
        Unusable,
        Unusable,
    ),
    (
        400,
        r#"{"error":{"message":"Invalid URL (POST /api/oauth2/token)"}}"#,
        Unusable,
        Unusable,
    ),
    // Codes of the family, with 401 and 403.
    (
        401,
        r#"{"success":false,"code":"AUTH_TOKEN_EXPIRED","message":"x"}"#,
        GrantRefused,
        TokenRefused,
    ),
    (
        403,
        r#"{"success":false,"code":"AUTH_TOKEN_EXPIRED","message":"x"}"#,
        GrantRefused,
        TokenRefused,
    ),
    (
        403,
        r#"{"success":false,"code":"auth-token-invalid"}"#,
        GrantRefused,
        TokenRefused,
    ),
    (
        401,
        r#"{"success":false,"code":"AUTH_REQUIRED","message":"x"}"#,
        Misconfigured,
        TokenRefused,
    ),
    (
        401,
        r#"{"success":false,"code":"AUTH_TOKEN_MISSING"}"#,
        Misconfigured,
        TokenRefused,
    ),
    (
        403,
        r#"{"success":false,"code":"AUTH_INSUFFICIENT_SCOPE"}"#,
        Forbidden,
        Forbidden,
    ),
    (
        403,
        r#"{"success":false,"code":"AUTH_USER_DISABLED"}"#,
        AccountDisabled,
        AccountDisabled,
    ),
    (
        401,
        r#"{"success":false,"code":"ACCOUNT_BANNED"}"#,
        AccountDisabled,
        AccountDisabled,
    ),
    // `message: "error"` with the text in `data`.
    (
        200,
        r#"{"message":"error","data":"token expired"}"#,
        GrantRefused,
        TokenRefused,
    ),
    (
        200,
        r#"{"message":"error","data":"oh no"}"#,
        Unusable,
        Unusable,
    ),
    (
        200,
        r#"{"message":"Error","data":null}"#,
        Unusable,
        Unusable,
    ),
    // Too many requests, with and without a word.
    (429, "", Unavailable, Unavailable),
    (
        429,
        r#"{"error":"invalid_grant"}"#,
        Unavailable,
        Unavailable,
    ),
    (429, PAGE, Unavailable, Unavailable),
    // Pages.
    (200, PAGE, Unusable, Unusable),
    (404, PAGE, Unusable, Unusable),
    (502, PAGE, Unavailable, Unavailable),
    (504, PAGE, Unavailable, Unavailable),
    (401, PAGE, Misconfigured, TokenRefused),
    // What is not an object.
    (200, "", Unusable, Unusable),
    (204, "", Unusable, Unusable),
    (200, "null", Unusable, Unusable),
    (200, "[]", Unusable, Unusable),
    (200, r#"[{"access_token":"x","id":1}]"#, Unusable, Unusable),
    (200, "true", Unusable, Unusable),
    (200, "\"token expired\"", Unusable, Unusable),
    (
        200,
        r#"{"access_token":"AT","username":"u""#,
        Unusable,
        Unusable,
    ),
    (
        200,
        r#"{"access_token":"AT","username":"u"} x"#,
        Unusable,
        Unusable,
    ),
    (200, "{}", Unusable, Unusable),
    (
        200,
        r#"{"access_token":null,"username":null}"#,
        Unusable,
        Unusable,
    ),
    (200, r#"{"success":true,"data":null}"#, Unusable, Unusable),
    (200, r#"{"success":true,"data":"x"}"#, Unusable, Unusable),
    // A failure that carries a payload is a failure.
    (
        200,
        r#"{"success":false,"data":{"access_token":"AT","username":"u"}}"#,
        Unusable,
        Unusable,
    ),
    (
        200,
        r#"{"error":"invalid_grant","access_token":"AT","username":"u"}"#,
        GrantRefused,
        TokenRefused,
    ),
    (
        400,
        r#"{"access_token":"AT","username":"u"}"#,
        Unusable,
        Unusable,
    ),
    // Status alone.
    (400, "", Unusable, Unusable),
    (401, "", Misconfigured, TokenRefused),
    (403, "", Misconfigured, Forbidden),
    (408, "", Unavailable, Unavailable),
    (500, "", Unavailable, Unavailable),
    (599, "", Unavailable, Unavailable),
    (301, "", Unusable, Unusable),
    (
        307,
        r#"{"access_token":"AT","username":"u"}"#,
        Unusable,
        Unusable,
    ),
    // Permission.
    (
        403,
        r#"{"error":"insufficient_scope"}"#,
        Forbidden,
        Forbidden,
    ),
    (403, r#"{"error":"access_denied"}"#, Forbidden, Forbidden),
    (
        403,
        r#"{"success":false,"message":"token lacks the scope balance"}"#,
        Misconfigured,
        Forbidden,
    ),
    (
        200,
        r#"{"success":false,"message":"無權進行此操作，權限不足"}"#,
        Unusable,
        Forbidden,
    ),
];

#[test]
fn every_shape_of_an_error_has_its_meaning_at_each_endpoint() {
    for &(status, body, at_token, at_userinfo) in SHAPES {
        check(Token, status, body, Err(at_token));
        check(UserInfo, status, body, Err(at_userinfo));
    }
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
        (TopUp, r#"{"topup_url":"https://aihubmix.com/topup"}"#),
        (
            TopUp,
            r#"{"message":"success","data":"https://aihubmix.com/topup"}"#,
        ),
        (TopUp, "{}"),
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
        check(TopUp, status, PAGE, Ok(()));
        check(TopUp, status, "", Ok(()));
    }
    check(
        TopUp,
        404,
        r#"{"error":"invalid_token"}"#,
        Err(TokenRefused),
    );
    check(TopUp, 200, PAGE, Err(Unusable));
    check(TopUp, 401, "", Err(TokenRefused));
    check(TopUp, 500, "", Err(Unavailable));
}

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
        let answer = Answer {
            www_authenticate: Some(challenge.into()),
            ..answer(status, "")
        };
        let kind = decode(UserInfo, &answer).err().map(|failure| failure.kind);
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
        let answer = Answer {
            status: 200,
            body,
            ..Answer::default()
        };
        let kind = decode(Token, &answer).err().map(|failure| failure.kind);
        assert_eq!(kind, Some(Unusable));
    }
}

#[test]
fn depth_costs_nothing() {
    for open in ["[", "{\"a\":", "{\"data\":", "{\"error\":"] {
        let _ = decode(Token, &answer(200, &open.repeat(50_000)));
    }
    let deep = format!(
        r#"{{"access_token":"AT","x":{}{}}}"#,
        "[".repeat(50_000),
        "]".repeat(50_000)
    );
    check(Token, 200, &deep, Ok(()));
}
