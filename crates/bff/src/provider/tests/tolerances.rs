//! What successful answers may look like: tokens, account, top-up links.

use serde_json::{Value, json};

use crate::provider::grant::{BadGrant, normalise};
use crate::provider::json::Object;
use crate::provider::topup::check;
use crate::provider::{AccountStatus, UserInfo};

fn plain(answer: &str) -> Result<Value, BadGrant> {
    let body = normalise(&Object::parse(answer).unwrap())?;
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
fn an_account_takes_a_bounded_place_whatever_the_provider_says() {
    let digits = "7".repeat(65);
    let long = json!({
        "id": "i".repeat(10_000),
        "username": "\u{1f600}".repeat(129),
        "email": "é".repeat(255),
        "quota": digits,
        "balance_formatted": "€".repeat(65),
        "status": "1",
    });
    let info = UserInfo::read(&Object::parse(&long.to_string()).unwrap(), 500_000);
    assert_eq!(info.username(), Some("\u{1f600}".repeat(128).as_str()));
    assert_eq!(info.email(), Some("é".repeat(254).as_str()));
    assert_eq!(info.balance(), Some("€".repeat(64).as_str()));
    let shown = serde_json::to_value(&info).unwrap();
    assert_eq!(shown["quota"], Value::Null);
    // What is shown is what sessions are found by.
    let id = info.user_id().unwrap();
    assert_eq!(shown["id"], json!(id.as_str()));
    assert!(id.as_str().starts_with("sha256:"));

    // Numbers too, in the place of texts and in their own.
    let long = format!(r#"{{"id":{digits},"username":{digits},"used_quota":{digits},"quota":7}}"#);
    let info = UserInfo::read(&Object::parse(&long).unwrap(), 500_000);
    assert_eq!(info.user_id().unwrap().as_str(), digits);
    let shown = serde_json::to_value(&info).unwrap();
    assert_eq!(shown["id"], json!(digits));
    assert_eq!(shown["used_quota"], Value::Null);
    assert_eq!(shown["quota"], json!(7));
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

fn account(answer: &str) -> UserInfo {
    UserInfo::read(&Object::parse(answer).unwrap(), 500_000)
}

#[test]
fn the_documented_fields_go_on_as_they_were_sent_and_nothing_else() {
    for (sent, given) in [
        (
            r#"{"id":12345,"username":"user123","email":"user@example.com","quota":1000000,"used_quota":250000,"balance_formatted":"750.00","created_time":1640995200,"status":1}"#,
            r#"{"id":12345,"username":"user123","email":"user@example.com","quota":1000000,"used_quota":250000,"balance_formatted":"750.00","created_time":1640995200,"status":1}"#,
        ),
        (
            r#"{"username":"u","access_token":"AT","password":"p","data":{},"status":null,"email":null}"#,
            r#"{"username":"u"}"#,
        ),
        (
            r#"{"id":9007199254740993,"quota":1000000.00,"used_quota":"250000.5"}"#,
            r#"{"id":"9007199254740993","quota":1000000.00,"used_quota":"250000.5","balance_formatted":"2.00"}"#,
        ),
        (
            r#"{"id":9007199254740992,"quota":-9007199254740993,"created_time":1.5e3}"#,
            r#"{"id":9007199254740992,"quota":"-9007199254740993","balance_formatted":"-18014398509.48","created_time":1.5e3}"#,
        ),
        (
            r#"{"id":"u-1","quota":"-1250000","balance_formatted":""}"#,
            r#"{"id":"u-1","quota":"-1250000","balance_formatted":"-2.50"}"#,
        ),
        (
            r#"{"id":"1","quota":1,"balance_formatted":"¥ 1,5 "}"#,
            r#"{"id":"1","quota":1,"balance_formatted":"¥ 1,5 "}"#,
        ),
        (
            r#"{"id":1,"balance_formatted":750.10}"#,
            r#"{"id":1,"balance_formatted":750.10}"#,
        ),
        (
            r#"{"id":true,"username":["x"],"email":{},"quota":"n/a","status":"on"}"#,
            "{}",
        ),
        (r#"{"quota":1e999999999}"#, r#"{"quota":1e999999999}"#),
        (
            r#"{"username":"a\"\u0000<b>"}"#,
            r#"{"username":"a\"\u0000<b>"}"#,
        ),
    ] {
        assert_eq!(
            serde_json::to_string(&account(sent)).unwrap(),
            given,
            "{sent}"
        );
    }
}

#[test]
fn an_id_is_the_same_however_it_is_written() {
    for (sent, id) in [
        ("12345", Some("12345")),
        ("12345.0", Some("12345")),
        ("\"12345\"", Some("12345")),
        (
            "123456789012345678901234567890",
            Some("123456789012345678901234567890"),
        ),
        ("null", None),
        ("\"\"", None),
        ("false", None),
    ] {
        let account = account(&format!(r#"{{"username":"u","id":{sent}}}"#));
        let got = account.user_id();
        assert_eq!(
            got.as_ref().map(crate::domain::UserId::as_str),
            id,
            "{sent}"
        );
    }
}

#[test]
fn a_status_is_read_from_any_kind_of_number() {
    for (sent, status) in [
        ("1", AccountStatus::Enabled),
        ("2", AccountStatus::Disabled),
        ("\"2\"", AccountStatus::Disabled),
        ("2.0", AccountStatus::Disabled),
        ("3", AccountStatus::Deleted),
        ("0", AccountStatus::Unknown(0)),
        ("-1", AccountStatus::Unknown(-1)),
        ("99999999999999999999", AccountStatus::Unknown(i64::MAX)),
        ("null", AccountStatus::Enabled),
        ("\"on\"", AccountStatus::Enabled),
    ] {
        let account = account(&format!(r#"{{"username":"u","status":{sent}}}"#));
        assert_eq!(account.status(), status, "{sent}");
    }
}

#[test]
fn what_a_person_is_called_does_not_reach_the_log() {
    let account = account(r#"{"username":"name-canary","email":"mail-canary@example.com"}"#);
    let shown = format!("{account:?}");
    assert!(
        shown.contains("username") && !shown.contains("canary"),
        "{shown}"
    );
}

#[test]
fn a_topup_link_stays_on_the_allowed_hosts() {
    let strict = super::settings("https://as.test");
    let mut loopback = strict.clone();
    loopback.loopback_topup = true;
    for allowed in [
        "https://aihubmix.com/topup",
        "https://console.aihubmix.com/topup?x=1#y",
        "https://CONSOLE.InferEra.com/",
        "https://aihubmix.com:8443/topup",
    ] {
        assert!(check(allowed, &strict).is_some(), "{allowed}");
    }
    for refused in [
        "http://aihubmix.com/topup",
        "https://evilaihubmix.com/",
        "https://aihubmix.com.evil.test/",
        "https://aihubmix.com@evil.test/",
        "https://user:pw@aihubmix.com/",
        "https://evil.test/?https://aihubmix.com",
        "https://evil.test\\@aihubmix.com/",
        "https://aihubmix.com./",
        "//aihubmix.com/topup",
        "/topup",
        "javascript:alert(1)//aihubmix.com",
        "data:text/html,aihubmix.com",
        "https://",
        "",
        "http://127.0.0.1:3001/topup",
        "https://127.0.0.1/topup",
        "https://аihubmix.com/",
    ] {
        assert!(check(refused, &strict).is_none(), "{refused}");
    }
    let long = format!("https://aihubmix.com/{}", "a".repeat(5000));
    assert!(check(&long, &strict).is_none());
    for allowed in [
        "http://127.0.0.1:3001/topup",
        "http://localhost:1/",
        "http://[::1]:3001/",
    ] {
        assert!(check(allowed, &loopback).is_some(), "{allowed}");
    }
    for refused in [
        "http://10.0.0.1/",
        "http://localhost.evil.test/",
        "ftp://127.0.0.1/",
    ] {
        assert!(check(refused, &loopback).is_none(), "{refused}");
    }
}
