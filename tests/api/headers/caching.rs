//! Caching: no answer with user data may be stored, and static files are immutable.

use crate::support::every_answer::every_answer;
use crate::support::*;

/// Covers: ASVS-14.3.2, RFC9111-3.5-1, RFC9111-7.3-1, DRV-ASSET-CACHE
#[tokio::test]
async fn nothing_but_a_file_of_the_page_may_be_kept() {
    let all = Box::pin(every_answer()).await;
    assert!(
        all.iter()
            .any(|seen| seen.is_asset && seen.answer.status == 304)
    );
    for seen in all {
        let (what, answer) = (&seen.what, &seen.answer);
        let kept = answer.header("cache-control");
        if seen.is_asset && matches!(answer.status, 200 | 304) {
            let wanted = if what.contains("favicon") {
                "no-cache"
            } else {
                "public, max-age=31536000, immutable"
            };
            assert_eq!(kept, Some(wanted), "{what}");
            assert!(answer.header("etag").is_some(), "{what}");
        } else {
            assert_eq!(kept, Some("no-store"), "{what}");
            for name in ["etag", "last-modified", "expires", "age"] {
                assert_eq!(answer.header(name), None, "{name} of {what}");
            }
        }
        if seen.is_asset {
            assert!(answer.all("set-cookie").is_empty(), "{what}");
        }
    }
}

/// The address of the page's script.
async fn script(browser: &Browser) -> String {
    let page = browser.open("/").await.text();
    let script = page.split("src=\"").nth(1).expect("a script");
    let script = script.split('"').next().unwrap_or_default();
    script.replace("&#x2F;", "/")
}

/// Covers: RFC9111-4.1-1
#[tokio::test]
async fn what_a_kept_answer_depends_on_is_named() {
    let program = BINARY.start().await;
    let browser = program.browser();
    let script = script(&browser).await;
    let mut bodies = Vec::new();
    for encoding in ["identity", "gzip", "br", "gzip, br"] {
        let request = fetch("GET", &script).header("Accept-Encoding", encoding);
        let answer = browser.send(request, Initiator::SameOrigin).await;
        assert_eq!(answer.status, 200, "{encoding}");
        let vary = answer.header("vary").map(str::to_ascii_lowercase);
        assert_eq!(vary.as_deref(), Some("accept-encoding"), "{encoding}");
        bodies.push(answer.body);
    }
    assert_ne!(bodies[0], bodies[1], "one of them is compressed");
}

/// Covers: DRV-ASSET-CACHE
#[tokio::test]
async fn a_file_that_is_known_is_not_sent_again() {
    let program = BINARY.start().await;
    let browser = program.browser();
    let script = script(&browser).await;
    for path in [script.as_str(), "/favicon.ico"] {
        let first = browser.fetch("GET", path).await;
        let tag = first.header("etag").expect("a tag").to_owned();
        assert!(tag.starts_with("W/"), "compressed or not, it has one tag");
        for (known, status) in [(tag.as_str(), 304), ("\"other\"", 200)] {
            let request = fetch("GET", path).header("If-None-Match", known);
            let answer = browser.send(request, Initiator::SameOrigin).await;
            assert_eq!(answer.status, status, "{path} {known}");
            assert_eq!(answer.header("etag"), Some(tag.as_str()), "{path} {known}");
            assert_eq!(answer.body.is_empty(), status == 304, "{path} {known}");
        }
    }
    let moved = script.replacen("/static/", "/static/0", 1);
    let answer = browser.fetch("GET", &moved).await;
    assert_eq!(
        answer.header("cache-control"),
        Some("no-cache"),
        "another set's address"
    );
}

/// Covers: ASVS-14.2.5
#[tokio::test]
async fn a_path_that_looks_like_a_file_shows_no_account_data() {
    let program = BINARY.start().await;
    let browser = program.browser();
    browser.sign_in().await;
    for path in [
        "/api/user/info/x.css",
        "/api/user/info%2fx.css",
        "/api/user/info;x.css",
        "/api/user/info%0ax.css",
        "/api/session/a.js",
        "/api/session.js",
        "/;a.css",
        "/index.css",
        "/%2e%2e/x.css",
        "/static/nope.js",
        "/static/%2e%2e/api/session",
        "/api/sessions.png",
    ] {
        for request in [
            fetch("GET", path),
            navigation("GET", path, Initiator::SameOrigin),
        ] {
            let answer = browser.send(request, Initiator::SameOrigin).await;
            assert_eq!(answer.status, 404, "{path}");
            assert_eq!(answer.header("cache-control"), Some("no-store"), "{path}");
            let text = answer.text();
            for personal in ["demo", "750.00", "data-state=\"signed_in\""] {
                assert!(!text.contains(personal), "{path}: {text}");
            }
        }
    }
}
