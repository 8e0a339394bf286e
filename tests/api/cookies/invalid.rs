//! Invalid session cookies, and session ids outside the cookie.

use serde_json::json;

use crate::support::*;

/// Covers: BFF-6.1.3.2-7, 6265bis-4.2.1-1, 6265bis-4.2.2-1, ASVS-7.2.1
#[tokio::test]
async fn an_invalid_session_cookie_is_signed_out() {
    let program = BINARY.start().await;
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
        // More than one is an attack, in one line or in several.
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
        "no such cookie ends a session"
    );
    let among_others = vec!["a=1; b=2".to_owned(), format!("c=3; session={real}; d")];
    assert_eq!(ask(among_others, "/api/user/info").await.status, 200);
}

/// Covers: ASVS-3.3.4
#[tokio::test]
async fn a_session_id_counts_in_its_cookie_only() {
    let program = BINARY.start().await;
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

/// Covers: RFC9110-15.5.2-1
#[tokio::test]
async fn a_401_is_a_challenge_that_opens_no_dialogue_and_no_redirect() {
    let program = BINARY.start().await;
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
