//! Which requests the cross-site check lets pass.

use actix_web::http::header::{HeaderName, HeaderValue};

use super::*;

const ORIGIN: &str = "https://app.test";

fn closed() -> ClosedPaths {
    let mut closed = ClosedPaths::default();
    closed.close("/topup");
    closed
}

fn allowed(method: &Method, path: &str, headers: &[(&str, &str)]) -> bool {
    let map = headers
        .iter()
        .map(|(name, value)| {
            (
                HeaderName::from_bytes(name.as_bytes()).unwrap(),
                HeaderValue::from_str(value).unwrap(),
            )
        })
        .collect();
    may_call(method, path, &map, &Url::parse(ORIGIN).unwrap(), &closed())
}

/// Covers: OWASP-CSRF-FM
#[test]
fn an_unsafe_request_passes_only_from_our_own_origin() {
    let sites = [
        Some("same-origin"),
        Some("same-site"),
        Some("cross-site"),
        Some("none"),
        Some("junk"),
        None,
    ];
    let origins = [
        Some(ORIGIN),
        Some("https://evil.test"),
        Some("https://app.test.evil.test"),
        Some("null"),
        None,
    ];
    for site in sites {
        for origin in origins {
            let headers: Vec<(&str, &str)> = site
                .map(|site| ("sec-fetch-site", site))
                .into_iter()
                .chain(origin.map(|o| ("origin", o)))
                .collect();
            let expected = match site {
                Some("same-origin") => true,
                Some("junk") | None => origin == Some(ORIGIN),
                _ => false,
            };
            assert_eq!(
                allowed(&Method::POST, "/auth/logout", &headers),
                expected,
                "{site:?} {origin:?}"
            );
        }
    }
}

/// Covers: BFF-6.1.3.3.2-1
#[test]
fn our_own_header_stands_in_only_where_the_browser_says_nothing() {
    let post = |headers: &[(&str, &str)]| allowed(&Method::POST, "/api/user/refresh", headers);
    assert!(post(&[("x-csrf", "1")]));
    assert!(!post(&[("x-csrf", "0")]));
    assert!(!post(&[("x-csrf", "1"), ("origin", "https://evil.test")]));
    assert!(!post(&[("x-csrf", "1"), ("sec-fetch-site", "same-site")]));
    assert!(!post(&[("referer", "https://app.test/")]));
}

/// Covers: BFF-6.1.3.3.2-1
#[test]
fn plain_reads_work_and_a_sibling_subdomain_reads_nothing() {
    let get = |headers: &[(&str, &str)]| allowed(&Method::GET, "/api/user/info", headers);
    assert!(get(&[]), "curl, an old browser");
    assert!(get(&[
        ("sec-fetch-site", "same-origin"),
        ("sec-fetch-mode", "cors"),
        ("sec-fetch-dest", "empty")
    ]));
    assert!(get(&[
        ("sec-fetch-site", "none"),
        ("sec-fetch-mode", "navigate"),
        ("sec-fetch-dest", "document")
    ]));
    for dest in ["empty", "script", "image", "document", "iframe"] {
        for site in ["same-site", "cross-site"] {
            assert!(
                !get(&[
                    ("sec-fetch-site", site),
                    ("sec-fetch-mode", "navigate"),
                    ("sec-fetch-dest", dest)
                ]),
                "{site} {dest}"
            );
        }
    }
    assert!(!get(&[("origin", "https://sibling.app.test")]));
}

#[test]
fn links_from_other_sites_open_pages_only() {
    let link = [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-mode", "navigate"),
        ("sec-fetch-dest", "document"),
    ];
    for (path, expected) in [
        ("/", true),
        ("/auth/oauth/start", true),
        ("/oauth/callback", true),
        ("/oauth/callback.html", true),
        ("/orders", true),
        ("/topup", false),
        ("/auth/logout", false),
        ("/api/session", false),
        ("/static/x/app.js", true),
        ("/healthz", true),
        ("/csp-report", true),
    ] {
        assert_eq!(allowed(&Method::GET, path, &link), expected, "{path}");
    }
    assert!(!allowed(&Method::POST, "/", &link));
}

/// Covers: FETCHMD-4.1, ASVS-7.6.2
#[test]
fn the_login_routes_refuse_frames_images_and_prefetches() {
    for path in NAVIGATION_ONLY {
        for site in ["same-origin", "cross-site", "none"] {
            for dest in ["iframe", "frame", "object", "embed", "image", "script"] {
                let headers = [
                    ("sec-fetch-site", site),
                    ("sec-fetch-mode", "navigate"),
                    ("sec-fetch-dest", dest),
                ];
                assert!(
                    !allowed(&Method::GET, path, &headers),
                    "{path} {site} {dest}"
                );
            }
            let page = [
                ("sec-fetch-site", site),
                ("sec-fetch-mode", "navigate"),
                ("sec-fetch-dest", "document"),
            ];
            assert!(allowed(&Method::GET, path, &page), "{path} {site}");
            for purpose in [
                "prefetch",
                "prefetch;prerender",
                "prefetch;anonymous-client-ip",
            ] {
                let mut headers = page.to_vec();
                headers.push(("sec-purpose", purpose));
                assert!(
                    !allowed(&Method::GET, path, &headers),
                    "{path} {site} {purpose}"
                );
            }
        }
    }
}

#[test]
fn a_request_of_a_service_worker_starts_a_login_unless_it_may_come_from_a_frame() {
    let passed_on = |path: &str, site: &str, more: &[(&str, &str)]| {
        let mut headers = vec![
            ("sec-fetch-site", site),
            ("sec-fetch-mode", "navigate"),
            ("sec-fetch-dest", "empty"),
            ("upgrade-insecure-requests", "1"),
        ];
        headers.extend(more);
        allowed(&Method::GET, path, &headers)
    };
    for (path, site, expected) in [
        (LOGIN_START, "same-origin", true),
        // A frame of a sibling subdomain sends these values.
        (LOGIN_START, "same-site", false),
        (LOGIN_START, "cross-site", false),
        (LOGIN_START, "none", false),
        // The provider sends the browser back.
        ("/oauth/callback", "same-origin", true),
        ("/oauth/callback", "same-site", true),
        ("/oauth/callback", "cross-site", true),
        ("/oauth/callback.html", "cross-site", true),
        ("/", "cross-site", true),
        ("/", "same-site", true),
        ("/topup", "cross-site", false),
        ("/api/session", "cross-site", false),
    ] {
        assert_eq!(passed_on(path, site, &[]), expected, "{path} {site}");
    }
    for path in NAVIGATION_ONLY {
        for site in ["same-site", "cross-site"] {
            let headers = [
                ("sec-fetch-site", site),
                ("sec-fetch-mode", "navigate"),
                ("sec-fetch-dest", "empty"),
            ];
            assert!(!allowed(&Method::GET, path, &headers), "{path} {site}");
        }
        for mode in ["cors", "no-cors", "same-origin", ""] {
            let headers = [
                ("sec-fetch-site", "same-origin"),
                ("sec-fetch-mode", mode),
                ("sec-fetch-dest", "empty"),
            ];
            assert!(!allowed(&Method::GET, path, &headers), "{path} {mode}");
        }
        for name in ["sec-purpose", "purpose", "x-moz"] {
            assert!(!passed_on(path, "same-origin", &[(name, "Prefetch")]));
        }
    }
}

#[test]
fn a_header_that_is_there_and_cannot_be_read_is_not_absent() {
    let ask = |method: &Method, path: &str, headers: &[(&str, &[u8])]| {
        let line = |(name, value): &(&str, &[u8])| {
            (
                HeaderName::from_bytes(name.as_bytes()).unwrap(),
                HeaderValue::from_bytes(value).unwrap(),
            )
        };
        let map = headers.iter().map(line).collect();
        may_call(method, path, &map, &Url::parse(ORIGIN).unwrap(), &closed())
    };
    let (get, post) = (&Method::GET, &Method::POST);
    let own = ORIGIN.as_bytes();
    for headers in [
        &[("sec-fetch-site", &b"\xff"[..])][..],
        &[("sec-fetch-site", b"same-origin\xff")],
        &[("sec-fetch-site", b"same-origin, cross-site")],
        &[
            ("sec-fetch-site", b"same-origin"),
            ("sec-fetch-site", b"cross-site"),
        ],
        &[("origin", b"\xff")],
        &[("origin", own), ("origin", b"https://evil.test")],
        &[("origin", b"https://evil.test"), ("origin", own)],
    ] {
        assert!(!ask(get, "/api/user/info", headers), "{headers:?}");
        let with_header = [headers, &[("x-csrf", b"1")]].concat();
        assert!(!ask(post, "/auth/logout", &with_header), "{headers:?}");
    }
    for headers in [
        &[("sec-fetch-dest", &b"iframe\xff"[..])][..],
        &[
            ("sec-fetch-dest", b"document"),
            ("sec-fetch-dest", b"iframe"),
        ],
        &[("sec-purpose", b"prefetch;x=\xff")],
        &[("sec-purpose", b"x"), ("sec-purpose", b"prefetch")],
        &[("purpose", b"\xe9, prefetch")],
    ] {
        for path in NAVIGATION_ONLY {
            assert!(!ask(get, path, headers), "{path} {headers:?}");
        }
    }
    assert!(!ask(post, "/auth/logout", &[("x-csrf", b"1\xff")]));
    assert!(!ask(
        post,
        "/auth/logout",
        &[("x-csrf", b"1"), ("x-csrf", b"0")]
    ));
}
