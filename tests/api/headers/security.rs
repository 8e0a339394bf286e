//! Browser security headers: the exact values, once each, on every answer.

use std::collections::BTreeSet;

use serde_json::json;

use crate::support::every_answer::{Seen, every_answer};
use crate::support::*;

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
        // No session counts where only the head is asked for.
        "same-origin-allow-popups"
    } else {
        "same-origin"
    }
}

/// Whether all that must be there is, of a program that browsers know by this origin.
pub fn carries_the_headers(seen: &Seen, origin: &str) {
    let reports = format!("csp=\"{origin}/csp-report\"");
    let (what, answer) = (&seen.what, &seen.answer);
    let page = is_page(answer);
    let has_forms = page && answer.status < 400 && !what.starts_with("callback");
    let policy = if page {
        let nonce = nonce(answer);
        format!(
            "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; img-src 'self'; font-src 'self'; \
             connect-src 'self'; manifest-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; \
             frame-ancestors 'none'; require-trusted-types-for 'script'; report-to csp"
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
        ("reporting-endpoints", page.then_some(reports.as_str())),
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

/// Covers: ASVS-3.2.1, ASVS-3.4.4, ASVS-3.4.1, ASVS-3.4.3, CSP3-6.4.2-1, ASVS-3.4.5, ASVS-3.4.7, ASVS-3.4.8, ASVS-3.5.8
/// Covers: ASVS-13.4.5
#[tokio::test]
async fn every_answer_carries_the_policy_headers_once_each() {
    let all = Box::pin(every_answer()).await;
    let statuses: BTreeSet<u16> = all.iter().map(|seen| seen.answer.status).collect();
    let wanted = [
        200, 204, 303, 304, 308, 400, 401, 403, 404, 405, 413, 502, 503, 504,
    ];
    assert_eq!(statuses, BTreeSet::from(wanted));
    all.iter()
        .for_each(|seen| carries_the_headers(seen, "https://app.test"));
}

/// Covers: ASVS-4.1.1
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
            "text/plain; charset=utf-8",
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

/// Covers: ASVS-3.4.3, CSP3-7.1-1
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

/// Covers: CSP3-7.1-1
#[tokio::test]
async fn a_nonce_is_never_used_twice() {
    let program = BINARY.start().await;
    let browser = program.browser();
    let mut nonces = BTreeSet::new();
    for _ in 0..1_000 {
        let nonce = nonce(&browser.open("/").await);
        assert!(nonce.trim_end_matches('=').len() >= 22, "{nonce}");
        assert!(nonces.insert(nonce));
    }
}

/// Covers: ASVS-3.4.1
#[tokio::test]
async fn an_origin_without_tls_promises_none() {
    let program = BINARY.start().await;
    for path in ["/", "/api/session", "/nowhere", "/favicon.ico"] {
        let answer = program.browser().open(path).await;
        assert_eq!(answer.header("strict-transport-security"), None, "{path}");
    }
}

/// Covers: CSP3-6.4.1-1
#[tokio::test]
async fn the_login_is_a_link_and_a_sent_form_is_answered_with_303() {
    let program = BINARY.start().await;
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

/// Covers: ASVS-3.4.7
#[tokio::test]
async fn a_browser_reports_what_breaks_the_policy_and_only_our_own_words_are_kept() {
    let program = BINARY.start().await;
    let browser = program.browser();
    let page = browser.open("/").await;
    let endpoints = page.header("reporting-endpoints").expect("an endpoint");
    let ours = format!("{}csp-report", browser.origin);
    assert_eq!(endpoints, format!("csp=\"{ours}\""));
    // As Chromium sends it: no cookie, no header of ours.
    let report = |directive: &str, blocked: &str| {
        json!({
            "age": 1, "type": "csp-violation", "url": "https://app.test/?code=zq9mark",
            "user_agent": "zq9mark\r\n",
            "body": {
                "documentURL": "https://app.test/?code=zq9mark", "referrer": "", "sample": "zq9mark()",
                "effectiveDirective": directive, "blockedURL": blocked, "disposition": "enforce",
                "originalPolicy": "default-src 'none'; report-to csp", "statusCode": 200,
            },
        })
    };
    let send = |body: String, kind: &str| {
        let request = Request::new("POST", "/csp-report")
            .header("Sec-Fetch-Site", "same-origin")
            .header("Sec-Fetch-Mode", "no-cors")
            .header("Sec-Fetch-Dest", "report")
            .header("Content-Type", kind)
            .body(body);
        browser.send_bare(request)
    };
    let kind = "application/reports+json";
    let own = format!("{}static/x.js", browser.origin);
    let other = json!({ "type": "deprecation", "body": { "id": "zq9mark" } });
    let told = json!([
        report("script-src-elem", "inline"),
        report("img-src", &own),
        other,
        report("zq9mark\n", "https://evil.test/zq9mark"),
    ]);
    assert_eq!(send(told.to_string(), kind).await.status, 204);
    let events = program.events("csp_violated");
    let said: Vec<_> = events
        .iter()
        .map(|event| (event["directive"].as_str(), event["blocked"].as_str()))
        .collect();
    let expected = [
        ("script-src-elem", "inline"),
        ("img-src", "here"),
        ("other", "elsewhere"),
    ];
    assert_eq!(
        said,
        expected.map(|(directive, blocked)| (Some(directive), Some(blocked)))
    );
    assert!(!program.log().contains("zq9mark"));

    // Many are not many lines, in one request or in several: each kind is told once a minute. What is no report, or what another site could send, is
    // no line at all.
    let begun = tokio::time::Instant::now();
    let are_few = |lines: &[serde_json::Value]| {
        let minutes = 1 + usize::try_from(begun.elapsed().as_secs() / 60).unwrap_or_default();
        (4..=4 * minutes).contains(&lines.len())
    };
    let many = vec![report("img-src", "inline"); 60];
    for _ in 0..20 {
        assert_eq!(send(json!(many).to_string(), kind).await.status, 204);
    }
    let told = program.events("csp_violated");
    assert!(are_few(&told), "{told:?}");
    assert!(
        told[..4].iter().all(|line| line["reports"] == 1),
        "{told:?}"
    );
    for (body, kind) in [
        ("{", kind),
        ("{}", kind),
        ("[{}]", kind),
        ("[]", "text/plain"),
        ("[]", "application/json"),
    ] {
        let answer = send(body.to_owned(), kind).await;
        answer.is_problem(400, "bad_request");
    }
    let long = send(" ".repeat(65 * 1024), kind).await;
    long.is_problem(413, "payload_too_large");
    assert_eq!(browser.fetch("OPTIONS", "/csp-report").await.status, 405);
    // Nor does it matter how they differ: there are 22 directives and 8 kinds of what was blocked.
    let varied: Vec<_> = (0..100)
        .map(|number| {
            let word = format!("zq9mark{number}");
            report(&word, &format!("https://{word}.test/"))
        })
        .collect();
    for _ in 0..10 {
        assert_eq!(send(json!(varied).to_string(), kind).await.status, 204);
    }
    assert!(are_few(&program.events("csp_violated")));
    assert!(!program.log().contains("zq9mark"));
}
