//! Which successes of the token endpoint are accepted.

use serde_json::{Value, json};

use crate::domain::provider::Json;
use crate::provider::grant::{BadGrant, normalise};

fn plain(answer: &str) -> Result<Value, BadGrant> {
    let body = normalise(&Json::parse(answer).unwrap())?;
    Ok(serde_json::from_slice(&body).unwrap())
}

/// Covers: RFC6749-5.1-2
#[test]
fn a_lifetime_is_never_missing_and_never_without_end() {
    for (sent, seconds) in [
        ("null", 7200),
        ("3600", 3600),
        ("\"3600\"", 3600),
        ("\" 3600 \"", 3600),
        ("3600.5", 3600),
        ("\"3600.5\"", 3600),
        ("0.2", 1),
        ("1", 1),
        ("0", 7200),
        ("-1", 7200),
        ("\"-1\"", 7200),
        ("1e18", 86_400),
        ("1e999", 86_400),
        ("\"inf\"", 86_400),
        ("\"NaN\"", 7200),
        ("\"soon\"", 7200),
        ("99999999999999999999999999", 86_400),
        ("true", 7200),
        ("[1]", 7200),
        ("{}", 7200),
    ] {
        let answer = format!(r#"{{"access_token":"AT","expires_in":{sent}}}"#);
        assert_eq!(
            plain(&answer).unwrap()["expires_in"],
            json!(seconds),
            "{sent}"
        );
    }
    let absent = plain(r#"{"access_token":"AT"}"#).unwrap();
    assert_eq!(absent["expires_in"], json!(7200));
}

/// Covers: RFC6749-7.1-1
#[test]
fn only_a_known_other_token_type_is_refused() {
    for accepted in [
        "\"Bearer\"",
        "\"bEaReR\"",
        "null",
        "\"\"",
        "\"jwt\"",
        "7",
        "\"access_token\"",
    ] {
        let answer = format!(r#"{{"access_token":"AT","token_type":{accepted}}}"#);
        assert!(plain(&answer).is_ok(), "{accepted}");
    }
    for refused in ["mac", "MAC", "DPoP", "dpop", "PoP", "N_A", " mac "] {
        let answer = format!(r#"{{"access_token":"AT","token_type":"{refused}"}}"#);
        assert_eq!(plain(&answer), Err(BadGrant::TokenType), "{refused}");
    }
}

#[test]
fn an_access_token_must_be_text_that_a_header_can_carry() {
    for refused in [
        r#""""#,
        "null",
        "7",
        "[]",
        r#""a\nb""#,
        r#""a\u0000""#,
        r#""tök""#,
    ] {
        let answer = format!(r#"{{"access_token":{refused}}}"#);
        assert_eq!(plain(&answer), Err(BadGrant::AccessToken), "{refused}");
    }
    let long = "aZ09-._~+/=".repeat(1000);
    let answer = json!({ "access_token": long }).to_string();
    assert_eq!(plain(&answer).unwrap()["access_token"], json!(long));
}

#[test]
fn nothing_is_kept_that_is_larger_than_it_may_be() {
    const MOST: usize = 16 * 1024;
    let tokens = |access: usize, refresh: usize| {
        let answer =
            json!({ "access_token": "a".repeat(access), "refresh_token": "r".repeat(refresh) });
        plain(&answer.to_string()).map(drop)
    };
    assert_eq!(tokens(MOST, MOST), Ok(()));
    assert_eq!(tokens(MOST + 1, 1), Err(BadGrant::AccessToken));
    assert_eq!(tokens(1, MOST + 1), Err(BadGrant::RefreshToken));
    for (sent, kept) in [
        (vec!["w".repeat(1_024)], 1),
        (vec!["w".repeat(1_025)], 0),
        (vec!["w".repeat(99); 100], 10),
    ] {
        for scope in [json!(sent.join(" ")), json!(sent)] {
            let answer = json!({ "access_token": "AT", "scope": scope }).to_string();
            let scope = plain(&answer).unwrap()["scope"].clone();
            let words = scope.as_str().map_or(0, |scope| scope.split(' ').count());
            assert_eq!(words, kept);
        }
    }
}

#[test]
fn refresh_token_and_scope_are_kept_only_where_they_say_something() {
    for (sent, refresh_token, scope) in [
        (
            r#""refresh_token":"RT","scope":"profile balance""#,
            json!("RT"),
            json!("profile balance"),
        ),
        (r#""refresh_token":"","scope":"""#, Value::Null, Value::Null),
        (
            r#""refresh_token":null,"scope":null"#,
            Value::Null,
            Value::Null,
        ),
        (
            r#""refresh_token":7,"scope":["profile","balance"]"#,
            Value::Null,
            json!("profile balance"),
        ),
        (r#""scope":"  profile   ""#, Value::Null, json!("profile")),
    ] {
        let answer = plain(&format!(r#"{{"access_token":"AT",{sent}}}"#)).unwrap();
        assert_eq!(answer["refresh_token"], refresh_token, "{sent}");
        assert_eq!(answer["scope"], scope, "{sent}");
    }
}
