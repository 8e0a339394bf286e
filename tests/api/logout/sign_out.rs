//! Logout wins over everything in flight, and nothing revives the session.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::json;

use crate::support::*;

/// Covers: ASVS-3.5.3, ASVS-7.4.1, RFC7009-2.1-1
#[tokio::test]
async fn signing_out_ends_the_session_here_and_at_the_provider() {
    let program = BINARY.start().await;
    for navigates in [true, false] {
        let browser = program.browser();
        browser.sign_in().await;
        let copy = browser.copy();
        program.forget_counts().await;
        let answer = if navigates {
            let answer = browser.submit("/auth/logout", "").await;
            assert_eq!(answer.location(), "/?logout=success");
            answer
        } else {
            let answer = browser.fetch("POST", "/auth/logout").await;
            assert_eq!(answer.status, 204);
            answer
        };
        assert!(answer.removes_session());
        assert!(answer.header("clear-site-data").is_some());
        copy.fetch("GET", "/api/user/info")
            .await
            .is_problem(401, "not_authenticated");
        program
            .wait_for(json!({ "endpoint": "revoke", "reason": "revoked" }))
            .await;

        // Twice is as good as once.
        let again = copy.fetch("POST", "/auth/logout").await;
        assert_eq!(again.status, 204);
        assert_eq!(
            program.browser().fetch("POST", "/auth/logout").await.status,
            204
        );
    }
}

/// Covers: BFF-6.1.3.3-1, ASVS-3.5.3
#[tokio::test]
async fn no_link_and_no_other_site_signs_a_user_out() {
    let program = BINARY.start().await;
    let browser = program.browser();
    browser.sign_in().await;
    for method in ["GET", "HEAD"] {
        let answer = browser.fetch(method, "/auth/logout").await;
        assert_eq!((answer.status, answer.header("allow")), (405, Some("POST")));
    }
    let origin = browser.origin.origin().ascii_serialization();
    for headers in [
        vec![("Sec-Fetch-Site", "cross-site")],
        vec![
            ("Sec-Fetch-Site", "same-site"),
            ("Origin", "http://sibling.test"),
        ],
        vec![("Sec-Fetch-Site", "none")],
        vec![("Origin", "null")],
        vec![("Origin", "https://evil.test")],
        vec![("Origin", "https://evil.test"), ("X-CSRF", "1")],
        vec![("Referer", origin.as_str())],
        vec![],
    ] {
        let mut request = Request::new("POST", "/auth/logout");
        for (name, value) in &headers {
            request = request.header(name, value);
        }
        // The cookie is sent along on purpose: the rule does not lean on SameSite.
        let answer = browser.send(request, Initiator::SameOrigin).await;
        answer.is_problem(403, "csrf_rejected");
    }
    assert!(browser.is_signed_in().await);
    let by_hand = Request::new("POST", "/auth/logout").header("X-CSRF", "1");
    assert_eq!(
        browser.send(by_hand, Initiator::SameOrigin).await.status,
        204
    );
}

/// Covers: ASVS-7.4.2
#[tokio::test]
async fn everywhere_means_every_browser_of_this_user_and_of_no_other() {
    let program = BINARY.start().await;
    for (path, body) in [
        ("/auth/logout?everywhere=1", ""),
        ("/auth/logout", "everywhere=1"),
    ] {
        let (here, there) = (program.browser(), program.browser());
        program.sign_in_as("demo").await;
        here.sign_in().await;
        there.sign_in().await;
        program.sign_in_as("ada").await;
        let other_user = program.browser();
        other_user.sign_in().await;
        here.submit(path, body).await.location();
        // The other browser is told why, and that once, to a script or on the page.
        let to_person = there.copy().open("/").await;
        assert!(
            to_person.text().contains(&english("ended-ended_elsewhere")),
            "{}",
            to_person.text()
        );
        assert!(to_person.removes_session());
        there
            .fetch("GET", "/api/user/info")
            .await
            .is_problem(401, "not_authenticated")
            .tells_cause("ended_elsewhere");
        let again = there.fetch("GET", "/api/user/info").await;
        again.is_problem(401, "not_authenticated");
        assert_eq!(again.json()["cause"], json!(null));
        assert!(other_user.is_signed_in().await);
    }
}

/// Covers: ASVS-15.4.2
#[tokio::test]
async fn signing_out_wins_over_a_call_that_is_under_way() {
    let program = BINARY.start().await;
    let browser = program.browser();
    browser.sign_in().await;
    let copy = browser.copy();
    program.break_once("userinfo", "hang").await;
    let call = copy.fetch("GET", "/api/user/info");
    let leaving = async {
        program
            .wait_for(json!({ "endpoint": "userinfo", "outcome": "held" }))
            .await;
        assert_eq!(browser.fetch("POST", "/auth/logout").await.status, 204);
        program.mend().await;
    };
    let (answer, ()) = tokio::join!(call, leaving);
    assert!(
        answer.all("set-cookie").is_empty() || answer.removes_session(),
        "nothing is given back"
    );
    assert!(!copy.is_signed_in().await);
    assert_eq!(
        program
            .run(&["sessions", "list"], "")
            .stdout
            .iter()
            .filter(|b| **b == b'\n')
            .count(),
        1,
        "only the heading"
    );
}

/// Covers: ASVS-15.4.2
#[tokio::test]
async fn signing_out_wins_over_a_refresh_that_is_under_way() {
    let program = BINARY.start().await;
    let browser = program.browser();
    browser.sign_in().await;
    let copy = browser.copy();
    program.expire_tokens("demo").await;
    program.break_once("token.refresh", "hang").await;
    let calls = join_all((0..5).map(|_| copy.fetch("GET", "/api/user/info")));
    let leaving = async {
        program
            .wait_for(json!({ "endpoint": "token.refresh", "outcome": "held" }))
            .await;
        assert_eq!(browser.fetch("POST", "/auth/logout").await.status, 204);
        program.forget_counts().await;
        program.mend().await;
    };
    let (answers, ()) = tokio::join!(calls, leaving);
    for answer in answers {
        answer.is_problem(401, "not_authenticated");
        assert!(
            answer
                .set_cookie("session")
                .iter()
                .all(|line| line.contains("Max-Age=0"))
        );
    }
    assert!(!copy.is_signed_in().await);
    // Whatever the provider gave meanwhile is given back: in the end there is no grant left.
    loop {
        let users = program
            .sandbox
            .ask(reqwest::Method::GET, "users", json!(null))
            .await;
        if users[0]["grants"] == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Covers: RFC7009-2.2.1-1
#[tokio::test]
async fn a_logout_succeeds_while_the_provider_is_down() {
    let program = BINARY.start().await;
    let browser = program.browser();
    browser.sign_in().await;
    let copy = browser.copy();
    program.break_always("any", "html_502").await;
    assert_eq!(browser.fetch("POST", "/auth/logout").await.status, 204);
    copy.fetch("GET", "/api/user/info")
        .await
        .is_problem(401, "not_authenticated");
}
