//! Replicas that share a store and have different settings.

use serde_json::json;

use super::{Report, start};
use crate::support::*;

const KEY: &str = "AJdSXzfH1AFhZgQycPHeK+syTfbIs0X+xgTyb/szDvI=";
const OTHER_KEY: &str = "AZdSXzfH1AFhZgQycPHeK+syTfbIs0X+xgTyb/szDvI=";

/// Returns the value of the metric of this program.
async fn differences(program: &Program) -> String {
    let request = Request::new("GET", "/metrics");
    let text = send(&program.addresses.admin, "localhost", &request)
        .await
        .text();
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("bff_replica_differences "));
    line.expect("the metric").to_owned()
}

#[tokio::test]
async fn replicas_with_other_keys_and_origins_are_named_by_the_log_the_metric_and_doctor() {
    let redis = RedisServer::start("").await;
    let store = format!("redis://127.0.0.1:{}", redis.port());
    let one = start(&[("SESSION_STORE", &store), ("SESSION_KEYS", KEY)]).await;
    let report = Report::beside(&one, &[]);
    assert_eq!(report.failed(), [""; 0], "{}", report.shown);
    assert_eq!(differences(&one).await, "0");

    let origin = one.addresses.redirect_uri();
    let mut other = start(&[
        ("SESSION_STORE", &store),
        ("SESSION_KEYS", OTHER_KEY),
        ("OAUTH_REDIRECT_URI", &origin),
    ])
    .await;
    let line = other.logs("replicas_differ", 1).await;
    assert_eq!(line["what"], "keys", "{line}");
    assert_eq!(
        (&line["replicas"], &line["differences"]),
        (&json!(2), &json!(1))
    );
    assert_eq!(differences(&other).await, "1");
    let report = Report::beside(&one, &[]);
    report.only("replicas", "replicas have other sealing keys");
    assert!(!report.shown.contains(KEY) && !report.shown.contains(OTHER_KEY));

    assert_eq!(other.stop().code(), Some(0));
    let report = Report::beside(&one, &[]);
    assert_eq!(
        report.failed(),
        [""; 0],
        "a stopped replica is gone: {}",
        report.shown
    );
    let rotated = format!("{KEY},{OTHER_KEY}");
    other.start_again(&[("SESSION_KEYS", &rotated)]).await;
    let report = Report::beside(&one, &[]);
    assert_eq!(report.failed(), [""; 0], "{}", report.shown);
    report.names("replicas", "2 running replicas with the same settings");
}

#[tokio::test]
async fn settings_that_the_running_program_has_not_read_are_named() {
    let program = start(&[]).await;
    let report = Report::beside(&program, &[("SESSION_KEYS", OTHER_KEY)]);
    report.fails(
        "replicas",
        "the settings of this command are not those of the running program",
    );
    report.fails("public_origin", "a program with other sealing keys");
}
