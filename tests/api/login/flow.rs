//! Successful logins.

use serde_json::json;
use url::Url;

use crate::support::*;

/// Covers: RFC6749-4.1.1-1
#[tokio::test]
async fn a_login_leads_to_the_account() {
    let program = BINARY.start().await;
    let browser = program.browser();
    assert_eq!(browser.page_state().await, "signed_out");

    let authorize = browser.start("").await;
    assert_eq!(authorize.path(), "/api/oauth2/authorize");
    let redirect_uri = program.addresses.redirect_uri();
    for (name, value) in [
        ("client_id", "client_sandbox"),
        ("redirect_uri", redirect_uri.as_str()),
        ("response_type", "code"),
        ("scope", "profile balance"),
        ("auto_authorize", "true"),
        ("code_challenge_method", "S256"),
    ] {
        assert_eq!(
            parameter(&authorize, name).as_deref(),
            Some(value),
            "{name}"
        );
    }
    assert_eq!(
        parameter(&authorize, "code_challenge").map(|c| c.len()),
        Some(43)
    );
    assert!(parameter(&authorize, "state").is_some_and(|state| state.len() >= 43));
    assert_eq!(browser.jar().attempts().len(), 1);

    let callback = approve(&authorize).await;
    let answer = browser.arrive(&callback).await;
    assert_eq!(answer.location(), "/?login=success");
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(
        browser.jar().attempts().len(),
        0,
        "the attempt's cookie goes"
    );
    assert!(browser.session().len() < 256);

    assert_eq!(browser.page_state().await, "signed_in");
    let account = browser.fetch("GET", "/api/user/info").await.json();
    assert_eq!(account["username"], "demo");
    assert_eq!(account["balance_formatted"], "750.00");
    assert_eq!(program.count("code_exchanges").await, 1);
}

#[tokio::test]
async fn both_addresses_of_the_callback_finish_a_login() {
    let program = BINARY.start().await;
    let browser = program.browser();
    let mut callback = browser.come_back("").await;
    callback.set_path("/oauth/callback.html");
    assert_eq!(
        browser.arrive(&callback).await.location(),
        "/?login=success"
    );
    assert!(browser.is_signed_in().await);
}

/// Covers: RFC9700-4.11.1-1
#[tokio::test]
async fn the_browser_comes_back_to_where_it_wanted_to_go() {
    let program = BINARY.start().await;
    let own = format!(
        "{}/orders",
        program.browser().origin.as_str().trim_end_matches('/')
    );
    for (asked, landed) in [
        ("/orders?id=1%23x", "/orders?id=1&login=success#x"),
        (
            "/%3Ferror%3Daccess_denied%26tab%3D2",
            "/?tab=2&login=success",
        ),
        ("/a%20b", "/a%20b?login=success"),
        (own.as_str(), "/orders?login=success"),
        ("//evil.test/", "/?login=success"),
        ("/auth/logout", "/?login=success"),
    ] {
        let browser = program.browser();
        let callback = browser.come_back(&format!("?return_to={asked}")).await;
        assert_eq!(
            browser.arrive(&callback).await.location(),
            landed,
            "{asked}"
        );
    }
}

/// Covers: BFF-6.1.1-H
#[tokio::test]
async fn after_the_login_the_page_shows_the_account_although_the_strict_cookie_stays_at_home() {
    let program = BINARY.start().await;
    let browser = program.browser();
    let callback = browser.come_back("").await;
    let landing = browser.arrive(&callback).await.location().to_owned();
    let here = browser.origin.join(&landing).unwrap();

    // The redirect is still the other site's navigation: no Strict cookie.
    let page = browser.arrive(&here).await;
    assert_eq!(page.status, 200);
    let refresh = page.text();
    let next = refresh
        .split("content=\"0;url=")
        .nth(1)
        .expect("it goes on by itself");
    let next = next
        .split('"')
        .next()
        .unwrap_or_default()
        .replace("&#x2F;", "/")
        .replace("&amp;", "&");
    let account = browser.click(&next).await.text();
    assert!(account.contains("data-state=\"signed_in\""), "{account}");
    assert!(account.contains("750.00"));
}

/// Covers: BFF-6.1.3.2-6
#[tokio::test]
async fn on_an_https_origin_the_cookies_are_prefixed_secure_and_work_the_same() {
    let program = BINARY
        .start_with(&[("OAUTH_REDIRECT_URI", "https://app.test/oauth/callback")])
        .await;
    let browser = Browser::new("https://app.test", &program.addresses.public);
    let answer = browser.sign_in().await;
    let set = answer.set_cookie("session");
    assert_eq!(set.len(), 1);
    assert!(set[0].starts_with("__Host-Http-session="), "{set:?}");
    for attribute in [
        "Secure",
        "HttpOnly",
        "SameSite=Strict",
        "Path=/",
        "Max-Age=25919",
    ] {
        assert!(set[0].contains(attribute), "{attribute}: {set:?}");
    }
    assert!(browser.is_signed_in().await);
    assert_eq!(
        answer.header("strict-transport-security"),
        Some("max-age=63072000; includeSubDomains")
    );

    // Without the prefix it means nothing here.
    let request =
        fetch("GET", "/api/user/info").header("Cookie", &format!("session={}", browser.session()));
    browser
        .copy()
        .send_bare(request)
        .await
        .is_problem(401, "not_authenticated");
}

#[tokio::test]
async fn a_session_cookie_need_not_outlive_the_browser() {
    let program = BINARY
        .start_with(&[("BFF_SESSION__PERSISTENT_COOKIE", "false")])
        .await;
    let answer = program.browser().sign_in().await;
    assert!(!answer.set_cookie("session")[0].contains("Max-Age"));
}

#[tokio::test]
async fn a_pop_up_notifies_its_opener() {
    let program = BINARY.start().await;
    let browser = program.browser();
    let callback = browser.come_back("?display=popup&return_to=/orders").await;
    let page = browser.arrive(&callback).await;
    assert_eq!(page.status, 200);
    assert_eq!(
        page.header("content-type"),
        Some("text/html; charset=utf-8")
    );
    assert!(
        page.text().contains("data-popup=\"success\""),
        "{}",
        page.text()
    );
    assert!(browser.is_signed_in().await);

    program.break_once("token", "html_502").await;
    let callback = browser.come_back("?display=popup").await;
    let page = browser.arrive(&callback).await;
    assert_eq!(page.status, 200);
    assert!(
        page.text().contains("data-popup=\"error\""),
        "{}",
        page.text()
    );
}

#[tokio::test]
async fn without_pkce_no_challenge_is_sent_and_the_login_works() {
    let program = BINARY.start_with(&[("BFF_OAUTH__PKCE", "false")]).await;
    let browser = program.browser();
    let authorize = browser.start("").await;
    assert_eq!(parameter(&authorize, "code_challenge"), None);
    assert_eq!(parameter(&authorize, "code_challenge_method"), None);
    browser.sign_in().await;
}

/// Covers: RFC6749-2.3-1
#[tokio::test]
async fn the_client_can_prove_itself_by_basic_authentication() {
    let program = BINARY
        .start_with(&[("BFF_OAUTH__CLIENT_AUTH", "basic")])
        .await;
    program.browser().sign_in().await;
    program.wait_for(json!({ "endpoint": "token.code", "outcome": "ok", "client_auth": "basic", "had_verifier": true })).await;
}

/// Covers: BFF-6.1.3.1-2, RFC9700-2.3-1
#[tokio::test]
async fn the_query_of_the_start_cannot_change_what_is_asked_of_the_provider() {
    let program = BINARY.start().await;
    let browser = program.browser();
    let query = "?scope=admin&client_id=other&redirect_uri=https://evil.test/&state=mine&response_type=token&code_challenge=x";
    let authorize = browser.start(query).await;
    let pairs: Vec<(String, String)> = authorize.query_pairs().into_owned().collect();
    for (name, value) in [
        ("scope", "profile balance"),
        ("client_id", "client_sandbox"),
        ("response_type", "code"),
    ] {
        let found: Vec<_> = pairs.iter().filter(|(other, _)| other == name).collect();
        assert_eq!(found, [&(name.to_owned(), value.to_owned())]);
    }
    assert_eq!(pairs.iter().filter(|(name, _)| name == "state").count(), 1);
    assert_ne!(parameter(&authorize, "state").as_deref(), Some("mine"));
    assert!(!authorize.as_str().contains("evil"));
}

/// Covers: RFC6749-3.1.2-1
#[tokio::test]
async fn headers_of_the_request_never_shape_an_address() {
    let program = BINARY.start().await;
    let browser = program.browser();
    let lying = navigation("GET", "/auth/oauth/start", Initiator::Typed)
        .header("Host", "evil.test")
        .header("X-Forwarded-Host", "evil.test")
        .header("X-Forwarded-Proto", "https")
        .header("Forwarded", "host=evil.test;proto=https");
    let answer = browser.send(lying, Initiator::Typed).await;
    let authorize = Url::parse(answer.location()).unwrap();
    let redirect_uri = program.addresses.redirect_uri();
    assert_eq!(parameter(&authorize, "redirect_uri"), Some(redirect_uri));
    assert!(!String::from_utf8_lossy(&answer.raw).contains("evil"));
}

#[tokio::test]
async fn a_page_under_the_other_loopback_name_leads_to_the_name_that_logins_end_on() {
    let program = BINARY.start().await;
    let origin = program.addresses.origin();
    let localhost = origin.replace("http://127.0.0.1", "localhost");
    for path in [
        "/",
        "/?lang=ja&x=%2F",
        "/orders?id=1",
        "/auth/oauth/start?return_to=/a",
    ] {
        let request = navigation("GET", path, Initiator::Typed);
        let answer = send(&program.addresses.public, &localhost, &request).await;
        assert_eq!(answer.status, 303, "{path}");
        assert_eq!(answer.location(), format!("{origin}{path}"));
        assert!(answer.header("set-cookie").is_none(), "{path}");
    }
    let port = localhost.replace("localhost", "");
    for (host, path) in [
        (format!("evil.test{port}"), "/"),
        ("localhost:1".to_owned(), "/"),
        (localhost.clone(), "//evil.test/"),
        (localhost, "/api/session"),
    ] {
        let request = navigation("GET", path, Initiator::Typed);
        let answer = send(&program.addresses.public, &host, &request).await;
        assert!(answer.header("location").is_none(), "{host}{path}");
    }
}

/// Covers: BFF-6.1.1-H
#[tokio::test]
async fn a_navigation_from_another_site_gets_the_same_site_interstitial_first() {
    let program = BINARY.start().await;
    let browser = program.browser();
    browser.sign_in().await;
    let from_elsewhere = |path: &str| navigation("GET", path, Initiator::CrossSite);
    for (path, goes_on_to) in [
        ("/", "/"),
        ("/?login=success", "/?login=done"),
        ("/?error=access_denied", "/?error=access_denied"),
        ("/?error=zq9mark&x=zq9mark", "/?error=authorization_failed"),
        ("/orders?id=1&login=success", "/orders?id=1&amp;login=done"),
    ] {
        let answer = browser
            .send(from_elsewhere(path), Initiator::CrossSite)
            .await;
        assert_eq!(answer.status, 200, "{path}");
        let page = answer.text();
        assert!(
            page.contains(&format!("0;url={goes_on_to}\"")),
            "{path}: {page}"
        );
        assert!(!page.contains("zq9mark"), "{path}");
        assert!(answer.header("set-cookie").is_none(), "{path}");
    }
    assert_eq!(
        browser.page_state().await,
        "signed_in",
        "the step of our own carries the cookie"
    );
    for path in ["/api/user/info", "/auth/logout"] {
        let answer = browser
            .send(from_elsewhere(path), Initiator::CrossSite)
            .await;
        assert_eq!(answer.status, 403, "{path}");
    }
}

#[tokio::test]
async fn a_browser_without_cookies_gets_a_notice() {
    let program = BINARY.start().await;
    let page = program.browser().click("/?login=done").await.text();
    assert!(page.contains("Allow cookies"), "{page}");
}
