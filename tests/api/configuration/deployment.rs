//! Deployment: unencrypted requests behind a proxy, files that are not served, and a graceful shutdown.

use serde_json::json;

use crate::support::provider::{beside_a_provider, browser};
use crate::support::*;

async fn behind_a_proxy() -> (Program, Browser) {
    let program = BINARY
        .start_with(&[
            ("OAUTH_REDIRECT_URI", "https://app.test/oauth/callback"),
            ("BFF_SERVER__TRUSTED_PROXIES", "127.0.0.1"),
        ])
        .await;
    let browser = Browser::new("https://app.test", &program.addresses.public);
    (program, browser)
}

fn unencrypted(request: Request) -> Request {
    request.header("X-Forwarded-Proto", "http")
}

/// Covers: RFC6749-10.5-1, ASVS-3.4.1, ASVS-4.1.2
#[tokio::test]
async fn an_unencrypted_request_is_redirected_on_pages_and_refused_elsewhere() {
    let (program, browser) = behind_a_proxy().await;
    browser.sign_in().await;
    for (path, moved) in [
        ("/", "https://app.test/"),
        ("/orders?id=1", "https://app.test/orders?id=1"),
    ] {
        let request = unencrypted(navigation("GET", path, Initiator::Typed));
        let answer = browser.send(request, Initiator::Typed).await;
        assert_eq!(
            (answer.status, answer.header("location")),
            (308, Some(moved)),
            "{path}"
        );
        assert_eq!(answer.header("strict-transport-security"), None, "{path}");
        assert!(answer.all("set-cookie").is_empty(), "{path}");
    }
    let pending = browser.come_back("").await;
    program.forget_counts().await;
    let callback = &pending[url::Position::BeforePath..];
    for (method, path) in [
        ("POST", "/"),
        ("POST", "/auth/logout"),
        ("GET", "/auth/oauth/start"),
        ("GET", callback),
        ("GET", "/api/session"),
        ("GET", "/api/user/info"),
        ("POST", "/api/user/refresh"),
        ("POST", "/api/oauth/exchange-token"),
    ] {
        for request in [
            fetch(method, path).body(if method == "POST" { "{}" } else { "" }),
            navigation(method, path, Initiator::SameOrigin),
        ] {
            let answer = browser
                .send(unencrypted(request), Initiator::SameOrigin)
                .await;
            assert_eq!(answer.status, 400, "{method} {path}");
            assert_eq!(answer.header("location"), None, "{method} {path}");
            assert_eq!(
                answer.header("strict-transport-security"),
                None,
                "{method} {path}"
            );
            assert!(answer.all("set-cookie").is_empty(), "{method} {path}");
        }
    }
    assert_eq!(program.count("token_requests").await, 0);
    assert_eq!(program.count("userinfo_requests").await, 0);
    assert!(browser.is_signed_in().await, "nothing was done");
    assert_eq!(browser.arrive(&pending).await.location(), "/?login=success");
}

/// Covers: ASVS-4.1.3, ASVS-4.1.2
#[tokio::test]
async fn what_is_said_about_the_scheme_counts_from_a_trusted_proxy_only() {
    let program = BINARY
        .start_with(&[("OAUTH_REDIRECT_URI", "https://app.test/oauth/callback")])
        .await;
    let browser = Browser::new("https://app.test", &program.addresses.public);
    let request = unencrypted(navigation("GET", "/", Initiator::Typed));
    let answer = browser.send(request, Initiator::Typed).await;
    assert_eq!(answer.status, 200);
    assert!(answer.header("strict-transport-security").is_some());
}

/// Covers: ASVS-13.4.1
#[tokio::test]
async fn what_is_not_to_be_served_is_not_there() {
    let program = BINARY.start().await;
    let browser = program.browser();
    browser.sign_in().await;
    for path in [
        "/.git/HEAD",
        "/.git/config",
        "/.svn/entries",
        "/.env",
        "/Cargo.toml",
        "/Cargo.lock",
        "/src/main.rs",
        "/config/default.toml",
        "/data/sessions.db",
        "/data/session.key",
        "/static",
        "/static/",
        "/static/js/",
        "/static/%2e%2e/Cargo.toml",
        "/static/..%5cCargo.toml",
        "/static/x/../../Cargo.toml",
        "/debug",
        "/test",
        "/login",
        "/fake-login",
        "/sandbox",
        "/sandbox/api/settings",
        "/sandbox/sign-in",
        "/backup.zip",
    ] {
        for request in [
            fetch("GET", path),
            navigation("GET", path, Initiator::Typed),
        ] {
            let answer = browser.send(request, Initiator::SameOrigin).await;
            assert_eq!(answer.status, 404, "{path}");
            let text = answer.text();
            assert!(
                !text.contains("[package]") && !text.contains("Index of"),
                "{path}: {text}"
            );
        }
    }
}

/// Covers: DRV-SHUTDOWN
#[tokio::test]
async fn an_orderly_stop_lets_a_login_that_is_under_way_finish() {
    let (_provider, mut program) = beside_a_provider(BINARY).await;
    let person = browser(&program);
    let callback = person.come_back("").await;
    program.set(json!({ "latency_ms": 300 })).await;
    let stopping = async {
        // The code is spent, and the account is still to be asked for.
        program
            .wait_for(json!({ "endpoint": "token.code", "outcome": "ok" }))
            .await;
        assert_eq!(program.stop().code(), Some(0));
    };
    let (answer, ()) = tokio::join!(person.arrive(&callback), stopping);
    assert_eq!(answer.location(), "/?login=success");
    let refused = tokio::net::TcpStream::connect(&program.addresses.public).await;
    assert!(refused.is_err(), "no process listens any more");
    program.set(json!({ "latency_ms": 0 })).await;
    program.start_again(&[]).await;
    assert!(person.is_signed_in().await);
    assert_eq!(person.fetch("GET", "/api/user/info").await.status, 200);
    assert_eq!(program.count("code_exchanges").await, 1);
}
