//! A login ends the session that the browser had, also when the browser omits the Strict cookie.

use serde_json::json;
use url::Url;

use crate::support::*;

/// Begins a login by a link on another site; where the provider is to be asked. Without Fetch Metadata: a browser that knows none.
async fn start_from_elsewhere(browser: &Browser, query: &str, has_metadata: bool) -> Url {
    let mut link = navigation(
        "GET",
        &format!("/auth/oauth/start{query}"),
        Initiator::CrossSite,
    );
    let cookies = browser.jar().header(Initiator::CrossSite, true);
    if !has_metadata {
        link.headers
            .retain(|(name, _)| !name.starts_with("Sec-Fetch-"));
    }
    if let Some(cookies) = cookies {
        assert!(!cookies.contains("session="), "a Strict cookie: {cookies}");
        link = link.header("Cookie", &cookies);
    }
    let answer = browser.send_bare(link).await;
    assert_eq!(answer.status, 303, "{query}");
    Url::parse(answer.location()).expect("the provider's address")
}

/// The session of this copy of a browser is over, here and at the provider.
async fn is_replaced(program: &Program, old: &Browser) {
    old.fetch("GET", "/api/user/info")
        .await
        .is_problem(401, "not_authenticated");
    program
        .wait_for(json!({ "endpoint": "revoke", "reason": "revoked" }))
        .await;
    program.forget_counts().await;
}

/// Covers: ASVS-7.2.4
#[tokio::test]
async fn a_login_that_a_link_elsewhere_began_ends_the_session_that_the_browser_held() {
    let program = BINARY.start().await;
    let browser = program.browser();
    browser.sign_in().await;
    for (query, has_metadata) in [
        ("", true),
        ("", false),
        ("?return_to=/orders", true),
        ("?display=popup", true),
    ] {
        let old = browser.copy();
        let authorize = start_from_elsewhere(&browser, query, has_metadata).await;
        assert!(old.is_signed_in().await, "a start alone ends nothing");
        let callback = approve(&authorize).await;
        browser.arrive(&callback).await;
        assert_ne!(old.session(), browser.session(), "{query}");
        assert!(browser.is_signed_in().await, "{query}");
        is_replaced(&program, &old).await;
    }
    let ended = program.events("session_ended");
    assert_eq!(ended.len(), 4);
    assert!(ended.iter().all(|line| line["cause"] == "replaced"));
}

#[tokio::test]
async fn the_same_on_an_https_origin() {
    let program = BINARY
        .start_with(&[("OAUTH_REDIRECT_URI", "https://app.test/oauth/callback")])
        .await;
    let browser = Browser::new("https://app.test", &program.addresses.public);
    browser.sign_in().await;
    let old = browser.copy();
    let authorize = start_from_elsewhere(&browser, "", true).await;
    browser.arrive(&approve(&authorize).await).await;
    is_replaced(&program, &old).await;
    assert!(browser.is_signed_in().await);
}

#[tokio::test]
async fn a_single_page_front_end_that_finishes_such_a_login_ends_it_too() {
    let program = BINARY.start().await;
    let browser = program.browser();
    browser.sign_in().await;
    let old = browser.copy();
    let callback = approve(&start_from_elsewhere(&browser, "", true).await).await;
    let body =
        json!({ "code": parameter(&callback, "code"), "state": parameter(&callback, "state") });
    let exchange = fetch("POST", "/api/oauth/exchange-token")
        .header("Content-Type", "application/json")
        .body(body.to_string());
    let answer = browser.send(exchange, Initiator::SameOrigin).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    is_replaced(&program, &old).await;
    assert!(browser.is_signed_in().await);
}

#[tokio::test]
async fn the_tab_that_finishes_last_ends_the_session_of_the_one_before() {
    let program = BINARY.start().await;
    let browser = program.browser();
    let first = approve(&start_from_elsewhere(&browser, "", true).await).await;
    let second = browser.come_back("").await;
    let third = approve(&start_from_elsewhere(&browser, "", false).await).await;
    browser.arrive(&second).await;
    for callback in [&third, &first] {
        let old = browser.copy();
        assert_eq!(browser.arrive(callback).await.location(), "/?login=success");
        is_replaced(&program, &old).await;
        assert!(browser.is_signed_in().await);
    }
}

#[tokio::test]
async fn where_such_a_login_fails_the_session_stays() {
    let program = BINARY.start().await;
    let browser = program.browser();
    browser.sign_in().await;
    let refused = |callback: &Url| {
        let without = with_parameter(callback, "code", None);
        with_parameter(&without, "error", Some("access_denied"))
    };
    let callback = approve(&start_from_elsewhere(&browser, "", true).await).await;
    let answer = browser.arrive(&refused(&callback)).await;
    assert_eq!(answer.location(), "/?error=access_denied");
    let callback = approve(&start_from_elsewhere(&browser, "", true).await).await;
    program.break_once("token", "html_502").await;
    assert_eq!(browser.arrive(&callback).await.status, 303);
    assert!(browser.is_signed_in().await);
    assert!(program.events("session_ended").is_empty());
}

#[tokio::test]
async fn a_login_after_a_logout_ends_nothing_and_keeps_no_mark() {
    let program = BINARY.start().await;
    let browser = program.browser();
    browser.sign_in().await;
    let other = program.browser();
    other.sign_in().await;
    let before = browser.copy();
    assert_eq!(browser.fetch("POST", "/auth/logout").await.status, 204);
    let cookies = browser.jar().header(Initiator::Typed, true);
    assert_eq!(cookies, None, "a logout leaves no cookie of the session");
    // A jar that kept all cookies of the session that is over.
    for again in [&browser, &before] {
        let callback = approve(&start_from_elsewhere(again, "", true).await).await;
        let answer = again.arrive(&callback).await;
        assert_eq!(answer.location(), "/?login=success");
        assert!(again.is_signed_in().await);
    }
    assert_eq!(program.events("session_ended").len(), 1, "the logout");
    assert!(other.is_signed_in().await);
}

#[tokio::test]
async fn the_lax_cookie_is_no_session_and_a_made_up_one_ends_nothing() {
    let program = BINARY.start().await;
    let (browser, other) = (program.browser(), program.browser());
    browser.sign_in().await;
    other.sign_in().await;
    let lax = browser
        .jar()
        .header(Initiator::CrossSite, true)
        .expect("a Lax cookie");
    let (name, value) = lax.split_once('=').expect("one cookie");
    assert!(!value.contains(&browser.session()[..20]), "{value}");
    assert!(value.len() < 256, "{value}");
    for cookies in [lax.clone(), format!("session={value}")] {
        let ask = fetch("GET", "/api/user/info").header("Cookie", &cookies);
        let answer = program.browser().send_bare(ask).await;
        answer.is_problem(401, "not_authenticated");
    }
    // What the program did not seal for this purpose names no session.
    let attempt = {
        let tab = program.browser();
        tab.start("").await;
        tab.jar().any_attempt()
    };
    let flipped: String = value.chars().rev().collect();
    for made_up in ["", "x", &browser.session(), &attempt, &flipped] {
        let planted = program.browser();
        let callback = planted.come_back("").await;
        planted.jar().put(name, Some(made_up));
        let answer = planted.arrive(&callback).await;
        assert_eq!(answer.location(), "/?login=success", "{made_up}");
    }
    // Two of them are a trick, as two session cookies are.
    let planted = program.browser();
    let callback = planted.come_back("").await;
    let twice = format!(
        "{}; {lax}; {lax}",
        planted.jar().header(Initiator::CrossSite, true).unwrap()
    );
    let path = &callback[url::Position::BeforePath..];
    let twice = navigation("GET", path, Initiator::CrossSite).header("Cookie", &twice);
    let answer = planted.send_bare(twice).await;
    assert_eq!(answer.location(), "/?login=success");
    assert!(browser.is_signed_in().await);
    assert!(other.is_signed_in().await);
    assert!(program.events("session_ended").is_empty());
}

#[tokio::test]
async fn it_expires_with_the_session_cookie() {
    for (persistent, ends) in [("true", true), ("false", false)] {
        let program = BINARY
            .start_with(&[("BFF_SESSION__PERSISTENT_COOKIE", persistent)])
            .await;
        let answer = program.browser().sign_in().await;
        let set = answer.all("set-cookie");
        let lines: Vec<_> = set
            .iter()
            .filter(|line| !line.contains("Max-Age=0"))
            .collect();
        assert_eq!(lines.len(), 2, "{lines:?}");
        let age = |line: &str| {
            let mut marks = line.split("; ");
            marks
                .find(|mark| mark.starts_with("Max-Age"))
                .map(str::to_owned)
        };
        assert_eq!(age(lines[0]), age(lines[1]), "{lines:?}");
        assert_eq!(age(lines[0]).is_some(), ends, "{lines:?}");
    }
}
