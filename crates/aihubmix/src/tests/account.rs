//! The account: which fields are read, and how.

use bff_core::provider::{FailureKind, Json};
use serde_json::{Value, json};

use super::account;
use crate::{AccountStatus, provider};

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
    let info = account(&long.to_string());
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
    let info = account(&long);
    assert_eq!(info.user_id().unwrap().as_str(), digits);
    let shown = serde_json::to_value(&info).unwrap();
    assert_eq!(shown["id"], json!(digits));
    assert_eq!(shown["used_quota"], Value::Null);
    assert_eq!(shown["quota"], json!(7));
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
        (
            r#"{"quota":1e999999999,"used_quota":-1.8446744073709552e1993,"status":1e-400,"created_time":1.7e308}"#,
            r#"{"quota":"1e999999999","used_quota":"-1.8446744073709552e1993","created_time":1.7e308,"status":1e-400}"#,
        ),
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
        assert_eq!(got.as_ref().map(bff_core::UserId::as_str), id, "{sent}");
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
fn the_name_of_a_user_does_not_reach_the_log() {
    let account = account(r#"{"username":"name-canary","email":"mail-canary@example.com"}"#);
    let shown = format!("{account:?}");
    assert!(
        shown.contains("username") && !shown.contains("canary"),
        "{shown}"
    );
}

#[test]
fn the_user_of_a_session_has_the_id_and_the_name_of_the_account() {
    let user = |body: &str| (provider().user)(&Json::parse(body).unwrap());
    let found = user(r#"{"id":7.0,"username":"demo","quota":1,"status":9}"#).unwrap();
    assert_eq!(found.id.unwrap().as_str(), "7");
    assert_eq!(found.username.as_deref(), Some("demo"));
    assert_eq!(user(r#"{"quota":1}"#).unwrap(), bff_core::User::default());
    for status in [2, 3] {
        let failure = user(&format!(r#"{{"id":7,"status":{status}}}"#)).unwrap_err();
        assert_eq!(failure.kind, FailureKind::AccountDisabled);
    }
}

#[test]
fn without_a_quota_unit_a_missing_balance_stays_missing() {
    let sent = Json::parse(r#"{"quota":1000000}"#).unwrap();
    assert_eq!(crate::UserInfo::read(&sent, 0).balance(), None);
    assert_eq!(
        crate::UserInfo::read(&sent, 500_000).balance(),
        Some("2.00")
    );
}

#[test]
fn the_amount_used_is_known_only_in_the_unit_of_the_balance() {
    for (fields, used) in [
        (
            r#"{"quota":1000000,"used_quota":250000,"balance_formatted":"2.00"}"#,
            Some("0.50"),
        ),
        (
            r#"{"quota":1000000,"used_quota":250000,"balance_formatted":"$2.00"}"#,
            Some("$0.50"),
        ),
        (
            r#"{"quota":617283945000,"used_quota":"1","balance_formatted":"$1,234,567.89"}"#,
            Some("$0.00"),
        ),
        (r#"{"quota":1000000,"used_quota":250000}"#, Some("0.50")),
        (
            r#"{"quota":-500000,"used_quota":250000,"balance_formatted":"-1.00"}"#,
            Some("0.50"),
        ),
        (
            r#"{"quota":1000000,"used_quota":250000,"balance_formatted":"750.00"}"#,
            None,
        ),
        (
            r#"{"quota":1000000,"used_quota":-250000,"balance_formatted":"2.00"}"#,
            None,
        ),
        (r#"{"quota":1000000,"balance_formatted":"2.00"}"#, None),
        (r#"{"used_quota":250000,"balance_formatted":"2.00"}"#, None),
        (
            r#"{"quota":1000000,"used_quota":250000,"balance_formatted":"many"}"#,
            None,
        ),
    ] {
        assert_eq!(account(fields).used(500_000).as_deref(), used, "{fields}");
    }
}
