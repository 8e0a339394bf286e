//! `session.max_per_user`: the newest sessions of a user stay, the others end with a cause.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::json;

use crate::support::*;

const LOOK_AGAIN: Duration = Duration::from_millis(20);
/// The program's own limits are not what these tests are about.
const NO_LIMITS: [(&str, &str); 3] = [
    ("BFF_LIMITS__CLIENT_RATE", "0"),
    ("BFF_LIMITS__LOGIN_RATE", "0"),
    ("BFF_LIMITS__SESSION_RATE", "0"),
];

/// A program over this store that lets each user have so many sessions.
async fn program(store: &str, most: &str) -> Program {
    let settings = [
        ("SESSION_STORE", store),
        ("BFF_SESSION__MAX_PER_USER", most),
    ];
    BINARY
        .start_with(&[settings.as_slice(), &NO_LIMITS].concat())
        .await
}

async fn sign_in(program: &Program, number: usize) -> Vec<Browser> {
    let mut browsers = Vec::new();
    for _ in 0..number {
        let browser = program.browser();
        browser.sign_in().await;
        browsers.push(browser);
    }
    browsers
}

async fn listed(browser: &Browser) -> Vec<serde_json::Value> {
    let answer = browser.fetch("GET", "/api/sessions").await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let sessions = answer.json()["sessions"].as_array().cloned();
    sessions.expect("a list")
}

async fn the_newest_stay(store: &str) {
    let program = program(store, "2").await;
    program.sign_in_as("ada").await;
    let another = program.browser();
    another.sign_in().await;
    program.sign_in_as("demo").await;
    let browsers = sign_in(&program, 5).await;
    for (number, browser) in browsers.iter().enumerate() {
        if number >= 3 {
            assert!(browser.is_signed_in().await, "{store}: {number}");
            assert_eq!(listed(browser).await.len(), 2);
            continue;
        }
        // Told why, once, to a person or a script, and the cookie goes.
        let to_person = browser.copy().open("/").await;
        let words = english("ended-too_many_sessions");
        assert!(to_person.text().contains(&words), "{}", to_person.text());
        let to_script = browser.fetch("GET", "/api/user/info").await;
        assert!(to_script.removes_session());
        to_script
            .is_problem(401, "not_authenticated")
            .tells_cause("too_many_sessions");
        let again = browser.fetch("GET", "/api/user/info").await;
        again.is_problem(401, "not_authenticated");
        assert_eq!(again.json()["cause"], json!(null));
    }
    assert!(another.is_signed_in().await, "another user's session");
    // A browser that signs in anew replaces its own session, and ends no other user's.
    browsers[4].sign_in().await;
    assert!(browsers[3].is_signed_in().await);
}

/// Covers: ASVS-7.4.2
#[tokio::test]
async fn the_newest_sessions_of_a_user_stay_and_the_others_get_the_cause_once() {
    the_newest_stay("memory:").await;
    the_newest_stay("sqlite:data/sessions.db").await;
    let redis = RedisServer::start("").await;
    the_newest_stay(&format!("redis://127.0.0.1:{}", redis.port())).await;
}

async fn logins_at_once(store: &str) {
    let program = program(store, "3").await;
    let browsers: Vec<Browser> = (0..20).map(|_| program.browser()).collect();
    let callbacks = join_all(browsers.iter().map(|browser| browser.come_back(""))).await;
    let logins = browsers.iter().zip(&callbacks);
    let answers = join_all(logins.map(|(browser, callback)| browser.arrive(callback))).await;
    for answer in answers {
        assert_eq!(answer.location(), "/?login=success");
    }
    let mut live = Vec::new();
    for browser in &browsers {
        if browser.is_signed_in().await {
            live.push(browser);
        }
    }
    assert_eq!(live.len(), 3, "{store}");
    for browser in live {
        assert_eq!(listed(browser).await.len(), 3, "{store}");
    }
}

#[tokio::test]
async fn of_many_logins_at_once_as_many_live_as_may() {
    logins_at_once("memory:").await;
    logins_at_once("sqlite:data/sessions.db").await;
    let redis = RedisServer::start("").await;
    logins_at_once(&format!("redis://127.0.0.1:{}", redis.port())).await;
}

/// Sessions from before there was a limit: lists stay bounded, and the next login brings all of them down to the limit.
async fn sessions_from_before(store: &str) {
    let mut program = program(store, "0").await;
    let browsers = sign_in(&program, 120).await;
    let oldest = listed(&browsers[0]).await;
    assert_eq!(oldest.len(), 100, "{store}");
    assert_eq!(oldest[99]["current"], true, "its own is among them");
    assert_eq!(
        oldest.iter().filter(|one| one["current"] == true).count(),
        1
    );
    let newest = listed(&browsers[119]).await;
    assert_eq!(newest[0]["current"], true);

    assert_eq!(program.stop().code(), Some(0));
    program
        .start_again(&[("BFF_SESSION__MAX_PER_USER", "5")])
        .await;
    program.sign_in_as("demo").await;
    let last = program.browser();
    last.sign_in().await;
    while listed(&last).await.len() != 5 {
        tokio::time::sleep(LOOK_AGAIN).await;
    }
    for (number, browser) in browsers.iter().enumerate() {
        assert_eq!(
            browser.is_signed_in().await,
            number >= 116,
            "{store}: {number}"
        );
    }
    assert!(last.is_signed_in().await);
}

#[tokio::test]
async fn sessions_from_before_the_limit_are_listed_in_part_and_ended_by_the_next_login() {
    sessions_from_before("sqlite:data/sessions.db").await;
    let redis = RedisServer::start("").await;
    sessions_from_before(&format!("redis://127.0.0.1:{}", redis.port())).await;
}

#[tokio::test]
async fn everywhere_and_revoke_end_also_what_no_list_shows() {
    let redis = RedisServer::start("").await;
    let stores = [
        "sqlite:data/sessions.db".to_owned(),
        format!("redis://127.0.0.1:{}", redis.port()),
    ];
    for store in &stores {
        let program = program(store, "0").await;
        let browsers = sign_in(&program, 110).await;
        let count = |program: &Program| {
            let output = program.run(&["sessions", "list"], "");
            let lines = String::from_utf8(output.stdout).expect("text");
            lines.lines().count() - 1
        };
        assert_eq!(count(&program), 110);
        let answer = browsers[0].fetch("POST", "/auth/logout?everywhere=1").await;
        assert_eq!(answer.status, 204);
        assert_eq!(count(&program), 0, "{store}");
        sign_in(&program, 110).await;
        let revoked = program.run(&["sessions", "revoke", "--user", "12345"], "");
        assert_eq!(
            String::from_utf8(revoked.stdout).expect("text").trim(),
            "110 ended"
        );
        assert_eq!(count(&program), 0, "{store}");
    }
}

#[tokio::test]
async fn what_was_not_used_for_the_idle_limit_is_removed_before_the_absolute_limit() {
    let mut program = BINARY.start().await;
    let browser = program.browser();
    browser.sign_in().await;
    assert_eq!(program.stop().code(), Some(0));
    // The first sweep is at the start.
    while program.events("sessions_swept").is_empty() {
        program
            .start_again(&[("BFF_SESSION__IDLE_TTL", "1s")])
            .await;
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert_eq!(program.stop().code(), Some(0));
    }
    let file = program.folder.path().join("data/sessions.db");
    let rows = rusqlite::Connection::open(file).expect("a database");
    let rows: u32 = rows
        .query_row("SELECT count(*) FROM session", [], |row| row.get(0))
        .expect("a number");
    assert_eq!(rows, 0);
}
