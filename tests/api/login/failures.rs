//! Logins that fail: the notice, what is spent, and what stays.

use serde_json::json;
use url::Url;

use crate::support::*;

/// A callback that failed: told in the address, no session, and the page says something.
async fn fails(browser: &Browser, callback: &Url, error: &str) {
    let answer = browser.arrive(callback).await;
    assert_eq!(answer.location(), format!("/?error={error}"), "{callback}");
    assert!(answer.set_cookie("session").is_empty(), "{callback}");
    let page = browser.open(&format!("/?error={error}")).await;
    assert_eq!(page.status, 200);
    assert!(
        page.text().contains("data-notice"),
        "{error} has a sentence"
    );
}

/// Covers: RFC9700-4.2.4-1, RFC6749-4.1.2-2, ASVS-16.5.3, RFC6749-2.3-1, ASVS-15.3.2
#[tokio::test]
async fn every_fault_of_the_token_endpoint_gets_its_notice() {
    let program = BINARY
        .start_with(&[
            ("BFF_PROVIDER__TOTAL_TIMEOUT", "2s"),
            ("BFF_PROVIDER__CONNECT_TIMEOUT", "2s"),
        ])
        .await;
    for (fault, error) in [
        ("oauth_error_400", "authorization_failed"),
        ("oauth_error_401", "authorization_failed"),
        ("oauth_error_200", "authorization_failed"),
        ("invalid_client", "server_error"),
        ("account_disabled_403", "account_disabled"),
        ("oauth_error_503", "provider_unavailable"),
        ("error_object_429", "provider_unavailable"),
        ("empty_429", "provider_unavailable"),
        ("empty_500", "provider_unavailable"),
        ("html_502", "provider_unavailable"),
        ("html_504", "provider_unavailable"),
        ("drop", "provider_unavailable"),
        ("hang", "provider_unavailable"),
        ("stall_body", "provider_unavailable"),
        ("html_200", "server_error"),
        ("html_404", "server_error"),
        ("null", "server_error"),
        ("array", "server_error"),
        ("empty_object", "server_error"),
        ("empty_200", "server_error"),
        ("wrong_types", "server_error"),
        ("truncated_json", "server_error"),
        ("oversized", "server_error"),
        ("redirect", "server_error"),
        ("success_without_data", "server_error"),
    ] {
        let browser = program.browser();
        let callback = browser.come_back("").await;
        program.forget_counts().await;
        program.break_always("token", fault).await;
        let answer = browser.arrive(&callback).await;
        assert_eq!(answer.location(), format!("/?error={error}"), "{fault}");
        assert!(answer.set_cookie("session").is_empty(), "{fault}");
        assert_eq!(
            program.count("token_requests").await,
            1,
            "{fault}: a code is sent once"
        );
        assert_eq!(program.count("redirects_followed").await, 0, "{fault}");
        program.mend().await;
        assert_eq!(
            browser.arrive(&callback).await.location(),
            "/?error=invalid_state",
            "{fault}: it is spent"
        );
    }
}

/// Covers: ASVS-16.5.3
#[tokio::test]
async fn a_login_whose_account_cannot_be_read_fails_and_gives_its_tokens_back() {
    let program = BINARY
        .start_with(&[
            ("BFF_PROVIDER__TOTAL_TIMEOUT", "2s"),
            ("BFF_PROVIDER__CONNECT_TIMEOUT", "2s"),
        ])
        .await;
    for (fault, error) in [
        ("html_502", "provider_unavailable"),
        ("html_200", "server_error"),
        ("hang", "provider_unavailable"),
        ("invalid_token", "authorization_failed"),
        ("account_disabled_403", "account_disabled"),
    ] {
        let browser = program.browser();
        let callback = browser.come_back("").await;
        program.forget_counts().await;
        program.break_always("userinfo", fault).await;
        fails(&browser, &callback, error).await;
        program
            .wait_for(json!({ "endpoint": "revoke", "reason": "revoked" }))
            .await;
        program.mend().await;
    }
}

#[tokio::test]
async fn a_disabled_or_deleted_account_does_not_get_in() {
    let program = BINARY.start().await;
    for status in [2, 3] {
        let change = json!({ "status": status });
        program
            .sandbox
            .ask(reqwest::Method::PATCH, "users/demo", change)
            .await;
        let browser = program.browser();
        let callback = browser.come_back("").await;
        fails(&browser, &callback, "account_disabled").await;
    }
}

/// Covers: RFC6749-4.1.2.1-1
#[tokio::test]
async fn a_refusal_contains_the_programs_own_words_only() {
    let program = BINARY.start().await;
    for (sent, told) in [
        ("access_denied", "access_denied"),
        ("invalid_scope", "invalid_scope"),
        ("temporarily_unavailable", "temporarily_unavailable"),
        ("server_error", "server_error"),
        ("unauthorized_client", "unauthorized_client"),
        ("account_disabled", "authorization_failed"),
        ("login_expired", "authorization_failed"),
        ("<script>alert(1)</script>", "authorization_failed"),
        ("", "authorization_failed"),
    ] {
        let browser = program.browser();
        let state = parameter(&browser.start("").await, "state").unwrap();
        let callback = browser.origin.join("/oauth/callback").unwrap();
        let callback = with_parameter(&callback, "error", Some(sent));
        let callback = with_parameter(&callback, "error_description", Some("<b>secret words</b>"));
        let with_state = with_parameter(&callback, "state", Some(&state));

        let other = with_parameter(&callback, "state", Some(&"A".repeat(43)));
        assert_eq!(
            browser.arrive(&other).await.location(),
            "/?error=invalid_state"
        );
        assert_eq!(
            browser.arrive(&callback).await.location(),
            format!("/?error={told}"),
            "without state"
        );
        assert_eq!(
            browser.jar().attempts().len(),
            1,
            "a refusal without state spends nothing"
        );
        fails(&browser, &with_state, told).await;
        assert_eq!(browser.jar().attempts().len(), 0);
        assert!(!String::from_utf8_lossy(&browser.seen()).contains("secret words"));
    }
    assert_eq!(program.count("token_requests").await, 0);
}

/// Covers: BFF-6.1.3.1-2, RFC9700-2.1-1, RFC6749-3.1-2
#[tokio::test]
async fn a_callback_with_missing_or_repeated_parameters_gets_a_notice() {
    let program = BINARY.start().await;
    let browser = program.browser();
    let whole = browser.come_back("").await;
    let query = whole.query().unwrap_or_default().to_owned();
    let state = parameter(&whole, "state").unwrap();
    let code = parameter(&whole, "code").unwrap();
    for query in [
        String::new(),
        format!("code={code}"),
        format!("state={state}"),
        format!("code=&state={state}"),
        format!("code={code}&state="),
        format!("{query}&state={state}"),
        format!("{query}&code={code}"),
        format!("{query}&error=access_denied"),
        format!("access_token=x&token_type=Bearer&state={state}"),
    ] {
        let answer = browser.open(&format!("/oauth/callback?{query}")).await;
        assert_eq!(answer.location(), "/?error=missing_parameters", "{query}");
        assert_eq!(
            browser.jar().attempts().len(),
            1,
            "nothing is spent: {query}"
        );
    }
    assert_eq!(program.count("token_requests").await, 0);
    assert_eq!(browser.arrive(&whole).await.location(), "/?login=success");
}

/// Covers: ASVS-3.5.3, FETCHMD-4.1, RFC6749-4.1.2-2
#[tokio::test]
async fn a_request_that_is_no_navigation_spends_no_attempt() {
    let program = BINARY.start().await;
    let browser = program.browser();
    let callback = browser.come_back("").await;
    let path = &callback[url::Position::BeforePath..];
    let plain = |method| navigation(method, path, Initiator::CrossSite);
    let as_dest = |dest: &str| {
        let mut request = plain("GET");
        request.headers.retain(|(name, _)| name != "Sec-Fetch-Dest");
        request.header("Sec-Fetch-Dest", dest)
    };
    for dest in ["iframe", "frame", "image", "embed", "object", "empty"] {
        let answer = browser.send(as_dest(dest), Initiator::CrossSite).await;
        assert_eq!(answer.status, 403, "{dest}");
    }
    for (name, value) in [
        ("Sec-Purpose", "prefetch"),
        ("Purpose", "prefetch"),
        ("Sec-Purpose", "prefetch;prerender"),
    ] {
        let answer = browser
            .send(plain("GET").header(name, value), Initiator::CrossSite)
            .await;
        assert_eq!(answer.status, 403, "{name}: {value}");
    }
    let head = navigation("HEAD", path, Initiator::CrossSite);
    let answer = browser.send(head, Initiator::CrossSite).await;
    assert_eq!((answer.status, answer.header("allow")), (405, Some("GET")));
    let posted = navigation("POST", path, Initiator::SameOrigin)
        .header("Origin", &browser.origin.origin().ascii_serialization());
    let answer = browser.send(posted, Initiator::SameOrigin).await;
    assert_eq!((answer.status, answer.header("allow")), (405, Some("GET")));
    assert_eq!(program.count("token_requests").await, 0);
    assert_eq!(
        browser.arrive(&callback).await.location(),
        "/?login=success"
    );
}

/// Covers: ASVS-7.6.2
#[tokio::test]
async fn a_login_cannot_be_started_out_of_sight() {
    let program = BINARY.start().await;
    let browser = program.browser();
    for dest in ["iframe", "image", "empty"] {
        let mut request = navigation("GET", "/auth/oauth/start", Initiator::CrossSite);
        request.headers.retain(|(name, _)| name != "Sec-Fetch-Dest");
        let answer = browser
            .send(request.header("Sec-Fetch-Dest", dest), Initiator::CrossSite)
            .await;
        assert_eq!(answer.status, 403, "{dest}");
        assert!(answer.all("set-cookie").is_empty(), "{dest}");
    }
    let link = navigation("GET", "/auth/oauth/start", Initiator::CrossSite);
    assert_eq!(
        browser.send(link, Initiator::CrossSite).await.status,
        303,
        "a link elsewhere may"
    );
}

/// Covers: ASVS-16.5.3, ASVS-7.2.4
#[tokio::test]
async fn a_failed_login_leaves_the_old_session_as_it_was() {
    let program = BINARY.start().await;
    let browser = program.browser();
    browser.sign_in().await;
    let before = browser.session();
    for fault in ["oauth_error_400", "html_502", "empty_200"] {
        let callback = browser.come_back("").await;
        program.break_once("token", fault).await;
        assert_eq!(browser.arrive(&callback).await.status, 303);
        assert_eq!(browser.session(), before);
        assert_eq!(
            browser.fetch("GET", "/api/user/info").await.status,
            200,
            "{fault}"
        );
    }
}
