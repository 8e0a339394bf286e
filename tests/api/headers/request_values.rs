//! Other request headers that change the answer, with bytes that are no text or on several lines.

use crate::support::*;

#[tokio::test]
async fn the_cross_site_check_refuses_headers_that_it_cannot_read() {
    let program = BINARY.start().await;
    let browser = program.browser();
    browser.sign_in().await;
    let own = browser.origin.origin().ascii_serialization();
    let own = own.as_bytes();
    for headers in [
        &[("Sec-Fetch-Site", &b"same-origin\xff"[..])][..],
        &[("Sec-Fetch-Site", b"\xff")],
        &[
            ("Sec-Fetch-Site", b"same-origin"),
            ("Sec-Fetch-Site", b"cross-site"),
        ],
        &[
            ("Sec-Fetch-Site", b"cross-site"),
            ("Sec-Fetch-Site", b"same-origin"),
        ],
        &[("Sec-Fetch-Site", b"same-origin, cross-site")],
        &[("Origin", b"https://evil.test/\xff")],
        &[("Origin", own), ("Origin", b"https://evil.test")],
        &[("Origin", b"https://evil.test"), ("Origin", own)],
    ] {
        for (method, path) in [
            ("GET", "/api/user/info"),
            ("GET", "/api/session"),
            ("POST", "/auth/logout"),
            ("POST", "/api/user/refresh"),
        ] {
            let request = headers
                .iter()
                .fold(Request::new(method, path), |request, (name, value)| {
                    request.header_of_bytes(name, value)
                })
                .header("X-CSRF", "1");
            let answer = browser.send(request, Initiator::SameOrigin).await;
            assert_eq!(answer.status, 403, "{method} {path} {headers:?}");
        }
    }
    for marks in [&[&b"1\xff"[..]][..], &[b"1", b"0"]] {
        let request = Request::new("POST", "/auth/logout");
        let request = marks.iter().fold(request, |request, mark| {
            request.header_of_bytes("X-CSRF", mark)
        });
        let answer = browser.send(request, Initiator::SameOrigin).await;
        answer.is_problem(403, "csrf_rejected");
    }
    assert!(browser.is_signed_in().await);
}

#[tokio::test]
async fn a_login_is_not_begun_out_of_sight_however_the_browser_spells_it() {
    let program = BINARY.start().await;
    let browser = program.browser();
    let callback = browser.come_back("").await;
    let path = &callback[url::Position::BeforePath..];
    for target in ["/auth/oauth/start", path] {
        for headers in [
            &[("Sec-Fetch-Dest", &b"iframe\xff"[..])][..],
            &[
                ("Sec-Fetch-Dest", b"document"),
                ("Sec-Fetch-Dest", b"iframe"),
            ],
            &[("Sec-Purpose", b"prefetch;anonymous=\xff")],
            &[("Sec-Purpose", b"\xe9"), ("Sec-Purpose", b"prefetch")],
            &[("Purpose", b"\xff, prefetch")],
        ] {
            let request = headers
                .iter()
                .fold(Request::new("GET", target), |request, (name, value)| {
                    request.header_of_bytes(name, value)
                });
            let answer = browser.send(request, Initiator::SameOrigin).await;
            answer.is_problem(403, "csrf_rejected");
            assert!(answer.all("set-cookie").is_empty(), "{headers:?}");
        }
    }
    assert_eq!(
        browser.arrive(&callback).await.location(),
        "/?login=success"
    );
}

/// What Chromium sends for a navigation that a service worker answers with `fetch(event.request)`.
fn passed_on(path: &str, site: &str) -> Request {
    Request::new("GET", path)
        .header("Accept", "text/html,*/*;q=0.8")
        .header("Sec-Fetch-Site", site)
        .header("Sec-Fetch-Mode", "navigate")
        .header("Sec-Fetch-Dest", "empty")
        .header("Upgrade-Insecure-Requests", "1")
}

#[tokio::test]
async fn a_login_goes_through_a_service_worker_that_passes_navigations_on() {
    let program = BINARY.start().await;
    for site in ["cross-site", "same-site", "same-origin"] {
        let browser = program.browser();
        let start = passed_on("/auth/oauth/start", "same-origin");
        let answer = browser.send(start, Initiator::SameOrigin).await;
        let authorize = url::Url::parse(answer.location()).expect("the provider's address");
        let callback = approve(&authorize).await;
        let path = &callback[url::Position::BeforePath..];
        for (name, value) in [
            ("Sec-Purpose", "prefetch"),
            ("Sec-Purpose", "prefetch;prerender"),
        ] {
            let request = passed_on(path, site).header(name, value);
            let answer = browser.send(request, Initiator::CrossSite).await;
            assert_eq!(answer.status, 403, "{value}");
        }
        let arrival = browser
            .send(passed_on(path, site), Initiator::CrossSite)
            .await;
        assert_eq!(arrival.location(), "/?login=success", "{site}");
        // With the cookie or, where it stays behind on this step, by way of the page that goes on by itself.
        let landing = passed_on("/?login=success", site);
        let landing = browser.send(landing, Initiator::CrossSite).await;
        assert_eq!(landing.status, 200, "{site}");
        assert!(browser.is_signed_in().await, "{site}");
    }
    // A frame of a sibling subdomain loses its destination in a service worker too.
    for site in ["same-site", "cross-site", "none"] {
        let start = passed_on("/auth/oauth/start", site);
        let answer = program.browser().send_bare(start).await;
        assert_eq!(answer.status, 403, "{site}");
        assert!(answer.all("set-cookie").is_empty(), "{site}");
    }
    let script = fetch("GET", "/auth/oauth/start");
    let answer = program.browser().send_bare(script).await;
    answer.is_problem(403, "csrf_rejected");
}

#[tokio::test]
async fn the_language_is_found_beside_headers_that_cannot_be_read() {
    let program = BINARY.start().await;
    let ask = async |headers: &[(&str, &[u8])], path: &str| {
        let request = headers
            .iter()
            .fold(Request::new("GET", path), |request, (name, value)| {
                request.header_of_bytes(name, value)
            });
        program.browser().send_bare(request).await
    };
    for languages in [
        &[&b"\xe4\xb8\xad, ja"[..]][..],
        &[b"ja;q=0.9, x\xff;q=0.8"],
        &[b"\xff", b"ja"],
    ] {
        let headers: Vec<_> = languages
            .iter()
            .map(|line| ("Accept-Language", *line))
            .collect();
        let page = ask(&headers, "/").await;
        assert!(page.text().contains("lang=\"ja\""), "{languages:?}");
    }
    // Who waits for a page gets one, also where it is an error.
    for accept in [
        &[&b"\xff, text/html"[..]][..],
        &[b"text/html;x=\xe9"],
        &[b"\xff", b"TEXT/HTML"],
    ] {
        let headers: Vec<_> = accept.iter().map(|line| ("Accept", *line)).collect();
        let page = ask(&headers, "/nowhere").await;
        assert_eq!(page.status, 404);
        assert_eq!(
            page.header("content-type"),
            Some("text/html; charset=utf-8"),
            "{accept:?}"
        );
    }
    let icon = ask(&[], "/favicon.ico").await;
    let tag = icon.header("etag").expect("a tag").as_bytes();
    for tags in [
        vec![[b"\"\xff\", ", tag].concat()],
        vec![b"\"\xff\"".to_vec(), tag.to_vec()],
    ] {
        let headers: Vec<_> = tags
            .iter()
            .map(|line| ("If-None-Match", &line[..]))
            .collect();
        assert_eq!(ask(&headers, "/favicon.ico").await.status, 304, "{tags:?}");
    }
}

#[tokio::test]
async fn a_body_of_a_type_that_cannot_be_read_is_no_form() {
    let program = BINARY.start().await;
    let browser = program.browser();
    browser.sign_in().await;
    for kinds in [
        &[&b"text/plain\xff"[..]][..],
        &[b"text/plain; x=\xff"],
        &[b"application/x-www-form-urlencoded", b"text/plain"],
    ] {
        let request = kinds
            .iter()
            .fold(fetch("POST", "/auth/logout"), |request, kind| {
                request.header_of_bytes("Content-Type", kind)
            });
        let answer = browser
            .send(request.body("everywhere=1"), Initiator::SameOrigin)
            .await;
        answer.is_problem(400, "bad_request");
    }
    assert!(browser.is_signed_in().await);
    let form = fetch("POST", "/auth/logout")
        .header_of_bytes("Content-Type", b"Application/X-WWW-Form-Urlencoded; x=\xe9")
        .body("everywhere=1");
    assert_eq!(browser.send(form, Initiator::SameOrigin).await.status, 204);
    assert!(!browser.is_signed_in().await);
}

#[tokio::test]
async fn a_device_is_recognised_beside_what_cannot_be_read() {
    let program = BINARY.start().await;
    let browser = program.browser();
    let callback = browser.come_back("").await;
    let path = &callback[url::Position::BeforePath..];
    let arrival = Request::new("GET", path)
        .header_of_bytes("User-Agent", b"\xff (Windows NT 10.0) Firefox/140.0 \xe9");
    assert_eq!(
        browser
            .send(arrival, Initiator::SameOrigin)
            .await
            .location(),
        "/?login=success"
    );
    let sessions = browser.fetch("GET", "/api/sessions").await.json();
    assert_eq!(sessions["sessions"][0]["device"], "Firefox on Windows");
}
