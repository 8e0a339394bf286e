//! CSRF, CORS, Fetch Metadata: the cross-site check refuses requests of other sites. The tests send the cookie along, so that nothing depends on
//! `SameSite`.

use crate::support::*;

const EVIL: &str = "https://evil.test";

/// A signed-in browser, and the provider's counters at zero.
async fn signed_in(program: &Program) -> Browser {
    let browser = program.browser();
    browser.sign_in().await;
    program.forget_counts().await;
    browser
}

/// Nothing was asked of the provider, and the session is as it was.
async fn nothing_happened(program: &Program, browser: &Browser) {
    for counter in [
        "userinfo_requests",
        "topup_requests",
        "token_requests",
        "revocations",
    ] {
        assert_eq!(program.count(counter).await, 0, "{counter}");
    }
    assert!(browser.is_signed_in().await);
}

/// Covers: BFF-6.1.3.3-1, ASVS-3.5.2
#[tokio::test]
async fn whatever_another_site_sends_is_refused_before_anything_happens() {
    let program = BINARY.start().await;
    let browser = signed_in(&program).await;
    for (kind, body) in [
        (Some("application/x-www-form-urlencoded"), "everywhere=1"),
        (Some("multipart/form-data; boundary=x"), "--x--"),
        (Some("text/plain"), "{\"code\":\"a\",\"state\":\"b\"}"),
        (Some("application/json"), "{}"),
        (None, ""),
    ] {
        for (method, path) in [
            ("POST", "/auth/logout"),
            ("POST", "/auth/logout?everywhere=1"),
            ("POST", "/api/user/refresh"),
            ("POST", "/api/oauth/refresh-token"),
            ("POST", "/api/oauth/exchange-token"),
            ("DELETE", "/api/sessions/x"),
            ("PUT", "/api/user/info"),
            ("PATCH", "/api/user/info"),
        ] {
            for headers in [
                &[("Origin", EVIL)][..],
                &[("Origin", EVIL), ("X-CSRF", "1")],
                &[("Origin", "null")],
                &[("Sec-Fetch-Site", "cross-site"), ("Origin", EVIL)],
                &[("Sec-Fetch-Site", "cross-site"), ("X-CSRF", "1")],
                &[("Referer", EVIL)],
                &[],
            ] {
                let mut request = Request::new(method, path).body(body);
                if let Some(kind) = kind {
                    request = request.header("Content-Type", kind);
                }
                for (name, value) in headers {
                    request = request.header(name, value);
                }
                let answer = browser.send(request, Initiator::SameOrigin).await;
                assert_eq!(answer.status, 403, "{method} {path} {kind:?} {headers:?}");
                answer.is_problem(403, "csrf_rejected");
            }
        }
    }
    nothing_happened(&program, &browser).await;
}

/// A page opened by a form on another site may choose neither the language nor the theme.
#[tokio::test]
async fn a_refused_page_stores_no_choice_of_its_query() {
    let program = BINARY.start().await;
    let browser = program.browser();
    let post = Request::new("POST", "/static/nowhere?lang=ja&theme=dark");
    let form = post.header("Origin", EVIL).header("Accept", "text/html");
    let answer = browser.send(form, Initiator::CrossSite).await;
    assert!(answer.text().contains("<html"), "{}", answer.text());
    assert!(answer.all("set-cookie").is_empty());
    for path in ["/?lang=ja", "/?theme=dark", "/nowhere?lang=ja&theme=dark"] {
        let visit = || Request::new("GET", path).header("Accept", "text/html");
        let refused = visit().header("Origin", EVIL);
        let answer = browser.send(refused, Initiator::Typed).await;
        assert_eq!(answer.status, 403, "{path}");
        assert!(answer.all("set-cookie").is_empty(), "{path}");
        // The same page from the app's own origin stores it.
        let answer = browser.send(visit(), Initiator::Typed).await;
        assert!(!answer.all("set-cookie").is_empty(), "{path}");
    }
}

/// Covers: BFF-6.1.3.3.2-1, ASVS-3.5.8
#[tokio::test]
async fn a_sibling_subdomain_reads_and_changes_nothing_with_or_without_our_header() {
    a_sibling_subdomain_is_refused(&[
        ("GET", "/api/session"),
        ("GET", "/api/user/info"),
        ("GET", "/api/sessions"),
        ("POST", "/api/user/refresh"),
        ("POST", "/auth/logout"),
    ])
    .await;
}

/// Fails unless each of these routes refuses every request of a sibling subdomain.
pub async fn a_sibling_subdomain_is_refused(routes: &[(&str, &str)]) {
    let program = BINARY.start().await;
    let browser = signed_in(&program).await;
    for (method, path) in routes {
        for site in ["same-site", "cross-site"] {
            for (mode, dest) in [
                ("cors", "empty"),
                ("no-cors", "script"),
                ("no-cors", "image"),
                ("navigate", "iframe"),
                ("websocket", "empty"),
            ] {
                for with_header in [true, false] {
                    let mut request = Request::new(method, path)
                        .header("Sec-Fetch-Site", site)
                        .header("Sec-Fetch-Mode", mode)
                        .header("Sec-Fetch-Dest", dest)
                        .header("Origin", "https://b.app.test");
                    if with_header {
                        request = request.header("X-CSRF", "1");
                    }
                    let answer = browser.send(request, Initiator::SameSite).await;
                    assert_eq!(answer.status, 403, "{method} {path} {site} {mode} {dest}");
                }
            }
        }
        // An old browser that says nothing but where it comes from.
        let old = Request::new(method, path)
            .header("Origin", "https://b.app.test")
            .header("X-CSRF", "1");
        let answer = browser.send(old, Initiator::SameSite).await;
        assert_eq!(answer.status, 403, "{method} {path}");
    }
    nothing_happened(&program, &browser).await;
    // The same calls from our own page, without any header of ours.
    assert_eq!(browser.fetch("GET", "/api/user/info").await.status, 200);
    assert_eq!(browser.fetch("POST", "/api/user/refresh").await.status, 200);
}

/// Covers: OWASP-CSRF-FM
#[tokio::test]
async fn the_whole_matrix_of_site_origin_and_referer_has_one_answer() {
    let program = BINARY.start().await;
    let browser = program.browser();
    let own = browser.origin.origin().ascii_serialization();
    let longer = format!("{own}.evil.test");
    let sites = [
        Some("same-origin"),
        Some("same-site"),
        Some("cross-site"),
        Some("none"),
        Some("junk"),
        None,
    ];
    let origins = [
        Some(own.as_str()),
        Some(EVIL),
        Some(&longer),
        Some("null"),
        None,
    ];
    let referers = [None, Some(own.as_str()), Some(longer.as_str())];
    for site in sites {
        for origin in origins {
            for referer in referers {
                let mut request = Request::new("POST", "/auth/logout");
                for (name, value) in [
                    ("Sec-Fetch-Site", site),
                    ("Origin", origin),
                    ("Referer", referer),
                ] {
                    if let Some(value) = value {
                        request = request.header(name, value);
                    }
                }
                let passes = match site {
                    Some("same-origin") => true,
                    Some("junk") | None => origin == Some(own.as_str()),
                    Some(_) => false,
                };
                let answer = browser.send_bare(request).await;
                let expected = if passes { 204 } else { 403 };
                assert_eq!(answer.status, expected, "{site:?} {origin:?} {referer:?}");
            }
        }
    }
}

/// Covers: ASVS-3.4.2
#[tokio::test]
async fn no_answer_has_a_cors_header() {
    let program = BINARY.start().await;
    let browser = signed_in(&program).await;
    let own = browser.origin.origin().ascii_serialization();
    let longer = format!("{own}.evil.test");
    for origin in [EVIL, &longer, "https://sub.app.test", "null", &own] {
        for path in [
            "/api/user/info",
            "/api/session",
            "/auth/logout",
            "/",
            "/api/nowhere",
        ] {
            for method in ["OPTIONS", "GET"] {
                let mut request = Request::new(method, path).header("Origin", origin);
                if method == "OPTIONS" {
                    request = request
                        .header("Access-Control-Request-Method", "POST")
                        .header("Access-Control-Request-Headers", "x-csrf, content-type");
                }
                let answer = browser.send(request, Initiator::SameOrigin).await;
                let what = format!("{method} {path} for {origin}");
                for (name, _) in &answer.headers {
                    assert!(!name.starts_with("access-control-"), "{what}: {name}");
                }
                if origin != own {
                    assert_eq!(answer.status, 403, "{what}");
                } else if method == "OPTIONS" {
                    assert!(
                        matches!(answer.status, 404 | 405),
                        "{what}: {}",
                        answer.status
                    );
                }
            }
        }
    }
    assert!(browser.is_signed_in().await);
}

/// Covers: FETCHMD-4.1
#[tokio::test]
async fn a_path_in_another_spelling_is_guarded_like_the_plain_one() {
    let program = BINARY.start().await;
    let browser = program.browser();
    let callback = browser.come_back("").await;
    let query = callback.query().expect("code and state");
    for (path, name, value) in [
        ("/%61uth/oauth/start", "Sec-Fetch-Dest", "iframe"),
        ("/auth/%6fauth/start", "Sec-Purpose", "prefetch"),
        (&format!("/%6fauth/callback?{query}"), "Purpose", "prefetch"),
        (
            &format!("/oauth/callbac%6b?{query}"),
            "Sec-Fetch-Dest",
            "image",
        ),
    ] {
        let request = Request::new("GET", path).header(name, value);
        let answer = browser.send(request, Initiator::SameOrigin).await;
        answer.is_problem(403, "csrf_rejected");
        assert!(answer.all("set-cookie").is_empty(), "{path}");
    }
    // None of them spent the attempt.
    assert_eq!(
        browser.arrive(&callback).await.location(),
        "/?login=success"
    );
    program.forget_counts().await;
    for path in ["/%61pi/user/info", "/ap%69/sessions"] {
        let link = navigation("GET", path, Initiator::CrossSite);
        let answer = browser.send(link, Initiator::SameOrigin).await;
        assert_eq!(answer.status, 403, "{path}");
    }
    nothing_happened(&program, &browser).await;
    // Data stays data: no page, whatever the browser says that it waits for.
    let typed = navigation("GET", "/%61pi/nothing", Initiator::Typed);
    let answer = browser.send(typed, Initiator::Typed).await;
    answer.is_problem(404, "not_found");
}
