//! A disk that is full while the program runs: no session ends, requests that need no write are served, the others get an error, and the program
//! recovers by itself.
//!
//! The disk is full for this program only: a limit on file size stops its files from growing.

use std::fs;
use std::process::Command;
use std::time::Duration;

use oauth_sandbox::Sandbox;
use serde_json::json;

use crate::support::provider::{beside_a_provider, browser};
use crate::support::*;

const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// A program that logs little, so that the limit meets the session file and not the log, and that notes each use after two seconds.
async fn program_with_a_small_log() -> (Sandbox, Program) {
    let (provider, mut program) = beside_a_provider(BINARY).await;
    program.kill();
    fs::write(program.folder.path().join("program.log"), "").unwrap();
    program
        .start_again(&[("RUST_LOG", "info"), ("BFF_SESSION__IDLE_TTL", "40s")])
        .await;
    (provider, program)
}

fn fill(program: &Program) {
    let log = program.folder.path().join("data/sessions.db-wal");
    let size = fs::metadata(log).unwrap().len();
    assert!(
        program.log().len() as u64 * 2 < size,
        "the limit would meet the log"
    );
    limit(program, &size.to_string());
}

fn free(program: &Program) {
    limit(program, "unlimited");
}

fn limit(program: &Program, size: &str) {
    let limited = Command::new("prlimit")
        .args(["--pid", &program.pid().to_string()])
        .arg(format!("--fsize={size}:"))
        .status();
    assert!(limited.expect("there is `prlimit`").success());
}

async fn logs(program: &Program, event: &str) {
    while !program.log().contains(event) {
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

async fn is_ready(program: &Program) {
    while browser(program).fetch("GET", "/readyz").await.status != 200 {
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

/// The answer to a request that needs a write of the store; a browser keeps its cookie.
fn is_told(answer: &Answer) {
    answer.is_problem(503, "store_unavailable");
    assert!(answer.header("retry-after").is_some());
    assert!(answer.all("set-cookie").is_empty(), "the cookie stays");
}

#[tokio::test]
async fn a_full_disk_ends_no_session_and_serves_requests_that_need_no_write() {
    let (_provider, mut program) = program_with_a_small_log().await;
    let here = browser(&program);
    here.sign_in().await;
    fill(&program);

    // Its use is noted in vain.
    let calls = async {
        loop {
            assert_eq!(here.fetch("GET", "/api/user/info").await.status, 200);
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    };
    tokio::select! { () = logs(&program, "session_touch_failed") => {}, () = calls => {} }
    assert_eq!(here.fetch("GET", "/api/user/info").await.status, 200);
    assert!(here.is_signed_in().await);
    assert_eq!(here.page_state().await, "signed_in");

    // It is known now that nothing can be written.
    let probe = browser(&program).fetch("GET", "/readyz").await;
    assert_eq!(probe.status, 503);
    assert_eq!(here.fetch("GET", "/healthz").await.status, 200);

    program.expire_tokens("demo").await;
    is_told(&here.fetch("GET", "/api/user/info").await);
    let page = here.open("/").await;
    assert_eq!(page.status, 503);
    assert!(
        page.text().contains("data-state=\"store_unavailable\""),
        "the page blames no other server: {}",
        page.text()
    );
    assert!(here.is_signed_in().await);
    assert_eq!(
        program.count("refreshes").await,
        0,
        "no token is spent that cannot be saved"
    );

    free(&program);
    is_ready(&program).await;
    assert_eq!(here.fetch("GET", "/api/user/info").await.status, 200);
    program.kill();
    program.start_again(&[]).await;
    assert_eq!(here.fetch("GET", "/api/user/info").await.status, 200);
    assert_eq!(program.count("reuses").await, 0);
}

#[tokio::test]
async fn a_logout_on_a_full_disk_is_an_error_and_succeeds_when_there_is_space() {
    let (_provider, program) = program_with_a_small_log().await;
    let (by_form, by_list) = (browser(&program), browser(&program));
    by_form.sign_in().await;
    by_list.sign_in().await;
    let sessions = by_list.fetch("GET", "/api/sessions").await.json();
    let own = sessions["sessions"].as_array().expect("a list");
    let own = own.iter().find(|session| session["current"] == true);
    let own = own.expect("its own")["id"].as_str().expect("text");
    fill(&program);

    is_told(&by_form.fetch("POST", "/auth/logout").await);
    is_told(
        &by_list
            .fetch("DELETE", &format!("/api/sessions/{own}"))
            .await,
    );
    assert!(by_form.is_signed_in().await && by_list.is_signed_in().await);
    free(&program);
    while by_form.is_signed_in().await || by_list.is_signed_in().await {
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

#[tokio::test]
async fn a_login_on_a_full_disk_answers_with_an_error_and_spends_nothing() {
    let (_provider, program) = program_with_a_small_log().await;
    browser(&program).sign_in().await;
    let (there, new) = (browser(&program), browser(&program));
    let callback = there.come_back("?return_to=/orders").await;
    fill(&program);

    let answer = there.arrive(&callback).await;
    assert_eq!(answer.location(), "/?error=server_error");
    let answer = new.open("/auth/oauth/start").await;
    assert_eq!(answer.status, 503, "who has not gone yet is kept here");
    assert!(answer.header("retry-after").is_some());
    assert_eq!(program.count("code_exchanges").await, 1, "nothing is spent");

    free(&program);
    is_ready(&program).await;
    there.sign_in().await;
    new.sign_in().await;
    assert!(there.is_signed_in().await && new.is_signed_in().await);
}

#[tokio::test]
async fn tokens_that_come_while_the_disk_is_full_are_saved_when_it_is_not() {
    let (_provider, mut program) = program_with_a_small_log().await;
    let here = browser(&program);
    here.sign_in().await;
    program.expire_tokens("demo").await;
    program.break_once("token.refresh", "hang").await;
    let call = here.fetch("GET", "/api/user/info");
    let disk = async {
        program
            .wait_for(json!({ "endpoint": "token.refresh", "outcome": "held" }))
            .await;
        fill(&program);
        program.mend().await;
        logs(&program, "tokens_not_saved").await;
        free(&program);
    };
    let (answer, ()) = tokio::join!(call, disk);
    assert_eq!(answer.status, 200, "{}", answer.text());
    program.kill();
    program.start_again(&[]).await;
    program.expire_tokens("demo").await;
    assert_eq!(here.fetch("GET", "/api/user/info").await.status, 200);
    assert_eq!(program.count("refreshes_granted").await, 2);
    assert_eq!(program.count("reuses").await, 0);
}
