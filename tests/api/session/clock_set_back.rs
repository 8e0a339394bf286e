//! A clock that was set back: records written before have a time in the future, and delay no request until the clock has caught up.
//!
//! A test cannot set the clock of the machine, so it writes such records into the file.

use std::time::Duration;

use bff::domain::{Clock as _, SystemClock};
use rusqlite::Connection;
use serde_json::json;
use tokio::time::Instant;

use crate::support::*;

const A_YEAR: Duration = Duration::from_secs(365 * 86_400);
const AN_HOUR: Duration = Duration::from_secs(3_600);

fn file(program: &Program) -> Connection {
    let path = program.folder.path().join("data/sessions.db");
    let connection = Connection::open(path).expect("a database");
    let patient = connection.busy_timeout(Duration::from_secs(10));
    patient.expect("it can wait");
    connection
}

#[tokio::test]
async fn a_lease_and_a_mark_of_a_later_clock_delay_no_refresh() {
    let program = BINARY.start().await;
    let browser = program.browser();
    browser.sign_in().await;
    for ahead in [AN_HOUR, A_YEAR] {
        let until = SystemClock.now().plus(ahead).as_millis();
        let rows = file(&program);
        let lease = "INSERT INTO lease (key, holder, until) SELECT key, 'dead', ?1 FROM session";
        rows.execute(lease, [until]).expect("a lease");
        let mark = "INSERT INTO spending (key, holder, version, until) SELECT key, 'dead', version, ?1 FROM session";
        rows.execute(mark, [until]).expect("a mark");
        program.expire_tokens("demo").await;
        let begun = Instant::now();
        let answer = browser.fetch("GET", "/api/user/info").await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        // It would be 504 after ten seconds.
        assert!(begun.elapsed() < Duration::from_secs(10));
    }
    assert_eq!(program.count("refreshes_granted").await, 2);
}

#[tokio::test]
async fn the_use_of_a_session_of_a_later_clock_is_noted_by_the_time_of_now() {
    let program = BINARY.start().await;
    let browser = program.browser();
    browser.sign_in().await;
    let rows = file(&program);
    let later = SystemClock.now().plus(A_YEAR).as_millis();
    let seen = "UPDATE session SET last_seen_at = ?1";
    rows.execute(seen, [later]).expect("one row");
    let last_seen = || -> i64 {
        let seen = rows.query_row("SELECT last_seen_at FROM session", [], |row| row.get(0));
        seen.expect("one row")
    };
    assert_eq!(browser.fetch("GET", "/api/user/info").await.status, 200);
    while last_seen() == later {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(last_seen() <= SystemClock.now().as_millis());
}

#[tokio::test]
async fn a_login_after_the_clock_was_set_back_is_the_newest_all_the_same() {
    let program = BINARY
        .start_with(&[("BFF_SESSION__MAX_PER_USER", "2")])
        .await;
    let (one, other) = (program.browser(), program.browser());
    one.sign_in().await;
    other.sign_in().await;
    let made = "UPDATE session SET created_at = created_at + 3600000";
    file(&program).execute(made, []).expect("two rows");
    let newest = program.browser();
    newest.sign_in().await;
    assert!(newest.is_signed_in().await);
    assert!(other.is_signed_in().await);
    assert!(!one.is_signed_in().await, "the oldest ends");
    let listed = newest.fetch("GET", "/api/sessions").await.json();
    assert_eq!(listed["sessions"][0]["current"], json!(true));
}
