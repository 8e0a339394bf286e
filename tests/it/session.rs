//! The session: what is told of it, how long it lives, how it ends, and that nothing revives it.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::json;

use crate::support::*;

#[tokio::test]
async fn the_session_endpoint_says_who_is_there_and_nothing_more() {
    let program = Program::start().await;
    let browser = program.browser();
    let answer = browser.fetch("GET", "/api/session").await;
    assert_eq!(
        (answer.status, answer.json()),
        (200, json!({ "authenticated": false }))
    );
    assert!(answer.all("set-cookie").is_empty());
    assert_eq!(answer.header("cache-control"), Some("no-store"));

    browser.sign_in().await;
    program.forget_counts().await;
    let answer = browser.fetch("GET", "/api/session").await;
    let told = answer.json();
    assert_eq!(told["authenticated"], true);
    assert_eq!(told["user"], json!({ "username": "demo" }));
    assert!(
        told["expires_in"]
            .as_u64()
            .is_some_and(|n| (604_700..=604_800).contains(&n)),
        "{told}"
    );
    assert_eq!(
        told.as_object().map(serde_json::Map::len),
        Some(3),
        "{told}"
    );
    assert!(answer.all("set-cookie").is_empty());
    assert_eq!(
        program.count("userinfo_requests").await,
        0,
        "the provider is not asked"
    );
    let head = browser.fetch("HEAD", "/api/session").await;
    assert_eq!((head.status, head.body.len()), (200, 0));
}

/// Waits for a moment of the session's own clock, in seconds before its end.
async fn until_it_expires_in(browser: &Browser, seconds: u64) {
    loop {
        let told = browser.fetch("GET", "/api/session").await.json();
        if told["expires_in"]
            .as_u64()
            .is_none_or(|left| left <= seconds)
        {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn asking_for_the_session_does_not_keep_it_alive_and_using_it_does() {
    let program = Program::start_with(&[("BFF_SESSION__IDLE_TTL", "3s")]).await;
    let browser = program.browser();
    browser.sign_in().await;
    // Used at the last moment, twice: it slides.
    for _ in 0..2 {
        until_it_expires_in(&browser, 1).await;
        assert_eq!(browser.fetch("GET", "/api/user/info").await.status, 200);
    }
    // Asked about all the time, it ends all the same.
    loop {
        if !browser.is_signed_in().await {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let answer = browser.fetch("GET", "/api/user/info").await;
    answer.is_problem(401, "session_expired");
    assert!(answer.removes_session());
    browser
        .fetch("GET", "/api/user/info")
        .await
        .is_problem(401, "not_authenticated");
}

#[tokio::test]
async fn the_absolute_limit_ends_a_session_however_much_it_is_used() {
    let program = Program::start_with(&[
        ("BFF_SESSION__IDLE_TTL", "3s"),
        ("BFF_SESSION__ABSOLUTE_TTL", "4s"),
    ])
    .await;
    let browser = program.browser();
    let answer = browser.sign_in().await;
    let cookie = answer.set_cookie("session")[0].to_owned();
    assert!(
        cookie.contains("Max-Age=4") || cookie.contains("Max-Age=3"),
        "{cookie}"
    );
    // A jar that forgets Max-Age: the server keeps the limit.
    let stubborn = browser.copy();
    stubborn.jar().put("session", Some(&browser.session()));
    let mut last = 200;
    let mut calls = 0;
    while last == 200 {
        let answer = stubborn.fetch("GET", "/api/user/info").await;
        last = answer.status;
        calls += 1;
        if last != 200 {
            answer.is_problem(401, "session_expired");
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(calls > 1);
    program
        .wait_for(json!({ "endpoint": "revoke", "reason": "revoked" }))
        .await;
}

#[tokio::test]
async fn people_see_their_own_sessions_and_end_one() {
    let program = Program::start().await;
    let (here, there) = (program.browser(), program.browser());
    here.sign_in().await;
    there.sign_in().await;
    program.sign_in_as("ada").await;
    let stranger = program.browser();
    stranger.sign_in().await;

    let listed = here.fetch("GET", "/api/sessions").await.json();
    let sessions = listed["sessions"].as_array().unwrap().clone();
    assert_eq!(sessions.len(), 2, "{listed}");
    let current: Vec<&serde_json::Value> = sessions
        .iter()
        .filter(|one| one["current"] == true)
        .collect();
    assert_eq!(current.len(), 1);
    assert_eq!(sessions[0]["device"], "Firefox on Linux");
    let other = sessions.iter().find(|one| one["current"] == false).unwrap();
    let path = format!("/api/sessions/{}", other["id"].as_str().unwrap());

    // Not a stranger's to end.
    stranger
        .fetch("DELETE", &path)
        .await
        .is_problem(404, "not_found");
    assert!(there.is_signed_in().await);
    assert_eq!(here.fetch("DELETE", &path).await.status, 204);
    there
        .fetch("GET", "/api/user/info")
        .await
        .is_problem(401, "not_authenticated");
    here.fetch("DELETE", &path)
        .await
        .is_problem(404, "not_found");

    // One's own goes with its cookie.
    let own = format!("/api/sessions/{}", current[0]["id"].as_str().unwrap());
    let answer = here.fetch("DELETE", &own).await;
    assert_eq!(answer.status, 204);
    assert!(answer.removes_session());
    here.fetch("GET", "/api/sessions")
        .await
        .is_problem(401, "not_authenticated");
    assert!(stranger.is_signed_in().await);
}

#[tokio::test]
async fn signing_out_ends_the_session_here_and_at_the_provider() {
    let program = Program::start().await;
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

#[tokio::test]
async fn nobody_is_signed_out_by_a_link_or_by_another_site() {
    let program = Program::start().await;
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

#[tokio::test]
async fn everywhere_means_every_browser_of_this_user_and_of_no_other() {
    let program = Program::start().await;
    for (path, body) in [
        ("/auth/logout?everywhere=1", ""),
        ("/auth/logout", "everywhere=1"),
    ] {
        let (here, there) = (program.browser(), program.browser());
        program.sign_in_as("demo").await;
        here.sign_in().await;
        there.sign_in().await;
        program.sign_in_as("ada").await;
        let stranger = program.browser();
        stranger.sign_in().await;
        here.submit(path, body).await.location();
        there
            .fetch("GET", "/api/user/info")
            .await
            .is_problem(401, "not_authenticated");
        assert!(stranger.is_signed_in().await);
    }
}

#[tokio::test]
async fn signing_out_wins_over_a_call_that_is_under_way() {
    let program = Program::start().await;
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

#[tokio::test]
async fn signing_out_wins_over_a_refresh_that_is_under_way() {
    let program = Program::start().await;
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
            .sandbox(reqwest::Method::GET, "users", json!(null))
            .await;
        if users[0]["grants"] == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn a_provider_that_is_down_does_not_keep_anybody_signed_in() {
    let program = Program::start().await;
    let browser = program.browser();
    browser.sign_in().await;
    let copy = browser.copy();
    program.break_always("any", "html_502").await;
    assert_eq!(browser.fetch("POST", "/auth/logout").await.status, 204);
    copy.fetch("GET", "/api/user/info")
        .await
        .is_problem(401, "not_authenticated");
}

#[tokio::test]
async fn a_session_cookie_that_means_nothing_is_nobody() {
    let program = Program::start().await;
    let browser = program.browser();
    browser.sign_in().await;
    let real = browser.session();
    let flipped: String = real
        .chars()
        .enumerate()
        .map(|(at, c)| {
            if at == real.len() / 2 {
                if c == 'A' { 'B' } else { 'A' }
            } else {
                c
            }
        })
        .collect();
    let ask = async |cookies: Vec<String>, path: &str| {
        let mut request = fetch("GET", path);
        for line in &cookies {
            request = request.header("Cookie", line);
        }
        program.browser().send_bare(request).await
    };
    let one = |value: &str| vec![format!("session={value}")];
    for cookies in [
        one(""),
        one("x"),
        one("' OR 1=1--"),
        one("*"),
        one("%00"),
        one("%0d%0aDEL x"),
        one("é"),
        one("../../etc/passwd"),
        one(&flipped),
        one(&real[..real.len() - 1]),
        one(&format!("{real}A")),
        one(&real.to_lowercase()),
        one(&"a".repeat(8192)),
        // More than one is somebody's trick, in one line or in several.
        vec![format!("session={real}; session={real}")],
        vec![format!("session=x; session={real}")],
        vec![format!("session={real}; session=x")],
        vec![format!("session={real}"), "session=x".to_owned()],
        vec!["session=x".to_owned(), format!("session={real}")],
    ] {
        let shown: String = format!("{cookies:?}").chars().take(60).collect();
        let answer = ask(cookies.clone(), "/api/user/info").await;
        answer.is_problem(401, "not_authenticated");
        let answer = ask(cookies, "/api/session").await;
        assert_eq!(answer.json(), json!({ "authenticated": false }), "{shown}");
    }
    assert!(
        browser.is_signed_in().await,
        "nobody's trick ends a session"
    );
    let among_others = vec!["a=1; b=2".to_owned(), format!("c=3; session={real}; d")];
    assert_eq!(ask(among_others, "/api/user/info").await.status, 200);
}

#[tokio::test]
async fn a_session_id_counts_in_its_cookie_only() {
    let program = Program::start().await;
    let browser = program.browser();
    browser.sign_in().await;
    let id = browser.session();
    for request in [
        fetch("GET", &format!("/api/user/info?session={id}&sid={id}")),
        fetch("GET", "/api/user/info").header("Authorization", &format!("Bearer {id}")),
        fetch("GET", "/api/user/info").header("X-Session", &id),
        fetch("GET", "/api/user/info").header(
            "Cookie",
            &format!("Session={id}; SESSION={id}; __Host-Http-session={id}"),
        ),
    ] {
        program
            .browser()
            .send_bare(request)
            .await
            .is_problem(401, "not_authenticated");
    }
}

#[tokio::test]
async fn a_401_is_a_challenge_that_opens_no_dialogue_and_no_redirect() {
    let program = Program::start().await;
    for accept in ["*/*", "application/json", "text/html"] {
        let request = Request::new("GET", "/api/user/info").header("Accept", accept);
        let answer = program.browser().send_bare(request).await;
        answer.is_problem(401, "not_authenticated");
        assert!(
            answer
                .header("www-authenticate")
                .is_some_and(|c| c.starts_with("Cookie "))
        );
        assert_eq!(answer.header("location"), None);
        assert_eq!(answer.header("cache-control"), Some("no-store"));
    }
}
