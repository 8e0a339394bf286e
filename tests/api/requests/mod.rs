//! Malformed and hostile input on every route: always the documented error with its headers, never a 500, never an echo.

mod bodies;
mod framing;
pub mod queries;
pub mod routes;

use crate::support::*;

/// Every public route of the engine and of the account: its path and the methods it takes.
pub const ROUTES: &[(&str, &str)] = &[
    ("/", "GET, HEAD"),
    ("/auth/oauth/start", "GET"),
    ("/oauth/callback", "GET"),
    ("/oauth/callback.html", "GET"),
    ("/auth/logout", "POST"),
    ("/api/session", "GET, HEAD"),
    ("/api/user/info", "GET"),
    ("/api/user/refresh", "POST"),
    ("/api/sessions", "GET"),
    ("/api/sessions/x", "DELETE"),
    ("/api/oauth/exchange-token", "POST"),
    ("/api/oauth/refresh-token", "POST"),
    ("/api/oauth/userinfo", "GET"),
    ("/static/x", "GET, HEAD"),
    ("/favicon.ico", "GET, HEAD"),
    ("/csp-report", "POST"),
    ("/healthz", "GET, HEAD"),
    ("/readyz", "GET, HEAD"),
];

/// What was tried, to be looked for in the answer.
pub const MARK: &str = "zq9mark";

/// Fails unless the answer is one that this program gives on purpose.
pub fn is_sound(answer: &Answer, what: &str) {
    let shown = String::from_utf8_lossy(&answer.raw).into_owned();
    assert_ne!(answer.status, 500, "{what}: {shown}");
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("cross-origin-resource-policy", "same-origin"),
    ] {
        assert_eq!(answer.header(name), Some(value), "{what}: {shown}");
    }
    for name in [
        "content-security-policy",
        "referrer-policy",
        "cache-control",
        "x-request-id",
    ] {
        assert!(answer.header(name).is_some(), "{what}: no {name}: {shown}");
    }
    let policy = answer.header("content-security-policy").unwrap_or_default();
    assert!(
        policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"),
        "{what}"
    );
    let is_page = answer
        .header("content-type")
        .is_some_and(|kind| kind.starts_with("text/html"));
    assert_eq!(
        answer.header("cross-origin-opener-policy").is_some(),
        is_page,
        "{what}"
    );
    for (name, _) in &answer.headers {
        assert!(
            !name.starts_with("access-control-") && name != "server" && name != "x-powered-by",
            "{what}: {name}"
        );
    }
    assert!(!shown.contains(MARK), "{what} is echoed: {shown}");
    if answer.status >= 400 && !is_page && !answer.body.is_empty() {
        answer.error();
    }
    if let Some(location) = answer.header("location") {
        let is_ours = location.starts_with('/') && !location.starts_with("//");
        let is_the_provider = location.starts_with("http://127.0.0.1:");
        assert!(is_ours || is_the_provider, "{what}: {location}");
    }
}
