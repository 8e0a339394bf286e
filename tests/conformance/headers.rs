//! L. Browser security headers: the exact values, once each, on every answer there is.

use std::collections::BTreeSet;

use crate::support::*;
use crate::sweep::{Seen, every_answer};

const HSTS: &str = "max-age=63072000; includeSubDomains";

fn is_page(answer: &Answer) -> bool {
    let kind = answer.header("content-type");
    kind.is_some_and(|kind| kind.starts_with("text/html"))
}

/// The nonce in the policy of a page.
fn nonce(answer: &Answer) -> String {
    let policy = answer.header("content-security-policy").unwrap_or_default();
    let nonce = policy.split("'nonce-").nth(1).expect("a nonce");
    nonce.split('\'').next().unwrap_or_default().to_owned()
}

/// The page that opens a pop-up, and the one in which a pop-up ends, may hear of each other; every other page stands alone.
fn openers(page: &Answer) -> &'static str {
    let text = page.text();
    if text.contains("data-popup") {
        "unsafe-none"
    } else if text.is_empty() || text.contains("data-state=\"signed_out\"") {
        // Nobody is signed in where only the head is asked for.
        "same-origin-allow-popups"
    } else {
        "same-origin"
    }
}

pub fn carries_the_headers(seen: &Seen) {
    let (what, answer) = (&seen.what, &seen.answer);
    let page = is_page(answer);
    let has_forms = page && answer.status < 400 && !what.starts_with("callback");
    let policy = if page {
        let nonce = nonce(answer);
        format!(
            "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; img-src 'self'; font-src 'self'; \
             connect-src 'self'; manifest-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; \
             frame-ancestors 'none'; require-trusted-types-for 'script'"
        )
    } else {
        "default-src 'none'; frame-ancestors 'none'".to_owned()
    };
    for (name, value) in [
        ("x-content-type-options", Some("nosniff")),
        ("cross-origin-resource-policy", Some("same-origin")),
        // A form under `no-referrer` would be sent with `Origin: null`.
        (
            "referrer-policy",
            Some(if has_forms {
                "same-origin"
            } else {
                "no-referrer"
            }),
        ),
        ("content-security-policy", Some(policy.as_str())),
        (
            "strict-transport-security",
            (!seen.is_unencrypted).then_some(HSTS),
        ),
        ("cross-origin-opener-policy", page.then(|| openers(answer))),
        (
            "permissions-policy",
            page.then_some("camera=(), geolocation=(), microphone=()"),
        ),
        ("server", None),
        ("x-powered-by", None),
        ("x-xss-protection", None),
    ] {
        assert_eq!(answer.header(name), value, "{name} of {what}");
    }
    for (name, _) in &answer.headers {
        assert!(!name.starts_with("access-control-"), "{name} of {what}");
    }
}

#[tokio::test]
async fn every_answer_carries_the_policy_headers_once_each() {
    let all = Box::pin(every_answer()).await;
    let statuses: BTreeSet<u16> = all.iter().map(|seen| seen.answer.status).collect();
    let wanted = [
        200, 204, 303, 304, 308, 400, 401, 403, 404, 405, 413, 502, 503, 504,
    ];
    assert_eq!(statuses, BTreeSet::from(wanted));
    all.iter().for_each(carries_the_headers);
}

#[tokio::test]
async fn every_body_says_what_it_is_and_no_body_says_nothing() {
    for seen in Box::pin(every_answer()).await {
        let (what, answer) = (&seen.what, &seen.answer);
        let kind = answer.header("content-type");
        if matches!(answer.status, 204 | 303 | 304 | 308) {
            assert_eq!((kind, answer.body.len()), (None, 0), "{what}");
            continue;
        }
        let known = [
            "text/html; charset=utf-8",
            "text/javascript; charset=utf-8",
            "text/css; charset=utf-8",
            "image/svg+xml; charset=utf-8",
            "application/json",
            "application/problem+json",
        ];
        let kind = kind.unwrap_or_else(|| panic!("{what} does not say what it is"));
        assert!(known.contains(&kind), "{what}: {kind}");
        if kind.ends_with("json") && !answer.body.is_empty() {
            assert!(answer.json().is_object(), "{what}: {}", answer.text());
        }
    }
}

#[tokio::test]
async fn no_page_holds_what_its_policy_forbids() {
    let mut pages = 0;
    for seen in Box::pin(every_answer()).await {
        let is_read =
            !seen.answer.body.is_empty() && seen.answer.header("content-encoding").is_none();
        if !is_page(&seen.answer) || !is_read {
            continue;
        }
        pages += 1;
        let (what, text, nonce) = (&seen.what, seen.answer.text(), nonce(&seen.answer));
        for tag in text.split('<').skip(1) {
            let tag = tag.split('>').next().unwrap_or_default();
            for forbidden in [
                " style=",
                " onclick=",
                " onload=",
                " onerror=",
                "javascript:",
                "data:",
            ] {
                assert!(!tag.contains(forbidden), "{what}: <{tag}>");
            }
            let needs_nonce = tag.starts_with("script")
                || tag.starts_with("style")
                || (tag.starts_with("link") && tag.contains("stylesheet"));
            if needs_nonce {
                let own = tag
                    .split("nonce=\"")
                    .nth(1)
                    .map(|rest| rest.replace("&#x2F;", "/"));
                let own = own.as_deref().and_then(|rest| rest.split('"').next());
                assert_eq!(own, Some(nonce.as_str()), "{what}: <{tag}>");
            }
        }
    }
    assert!(pages > 10, "{pages} pages");
}

#[tokio::test]
async fn a_nonce_is_never_used_twice() {
    let program = Program::start().await;
    let browser = program.browser();
    let mut nonces = BTreeSet::new();
    for _ in 0..1_000 {
        let nonce = nonce(&browser.open("/").await);
        assert!(nonce.trim_end_matches('=').len() >= 22, "{nonce}");
        assert!(nonces.insert(nonce));
    }
}

#[tokio::test]
async fn an_origin_without_tls_promises_none() {
    let program = Program::start().await;
    for path in ["/", "/api/session", "/nowhere", "/favicon.ico"] {
        let answer = program.browser().open(path).await;
        assert_eq!(answer.header("strict-transport-security"), None, "{path}");
    }
}

#[tokio::test]
async fn the_login_is_a_link_and_a_sent_form_is_answered_with_303() {
    let program = Program::start().await;
    let browser = program.browser();
    let page = browser.open("/").await;
    assert!(
        page.text().contains("href=\"/auth/oauth/start\"")
            && !page.text().contains("<form method=\"post\"")
    );
    browser.sign_in().await;
    let page = browser.open("/").await;
    assert!(
        page.text()
            .contains("<form method=\"post\" action=\"/auth/logout\">")
    );
    assert_eq!(page.header("referrer-policy"), Some("same-origin"));
    assert_eq!(browser.submit("/auth/logout", "").await.status, 303);
}
