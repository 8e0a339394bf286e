//! Who may call: requests from other sites are refused before anything happens.
//!
//! Fetch Metadata first, then `Origin`, then a header of our own that no form and no link can send. Nothing here looks at cookies.

use actix_web::http::Method;
use actix_web::http::header::{HeaderMap, ORIGIN};
use url::Url;

use super::csp_report;

/// Places that are no pages: from another site nobody navigates to them.
const NO_PAGES: [&str; 3] = ["/api/", "/auth/", "/oauth/"];
/// Routes that only a person's own navigation may open: not a frame, not an image, not a prefetch.
const NAVIGATION_ONLY: [&str; 3] = [
    "/auth/oauth/start",
    "/oauth/callback",
    "/oauth/callback.html",
];

/// Whether a request may go on. `path` is the one that the router reads.
pub fn may_call(method: &Method, path: &str, headers: &HeaderMap, public_origin: &Url) -> bool {
    if is_for_everybody(path) || path == csp_report::PATH {
        return true;
    }
    let header = |name: &str| {
        headers
            .get(name)
            .map(|value| value.to_str().unwrap_or_default())
    };
    let is_document = header("sec-fetch-dest").is_none_or(|dest| dest == "document");
    if NAVIGATION_ONLY.contains(&path) && (!is_document || is_prefetch(headers)) {
        return false;
    }
    let is_safe = method.is_safe();
    let is_navigation =
        is_safe && is_document && header("sec-fetch-mode").is_none_or(|mode| mode == "navigate");
    match header("sec-fetch-site") {
        Some("same-origin") => return true,
        Some("none") => return is_navigation,
        Some("same-site" | "cross-site") => {
            return is_navigation && is_open_to_links(path);
        }
        // Absent, or a value that no standard knows: the older signals decide.
        Some(_) | None => {}
    }
    match header(ORIGIN.as_str()) {
        Some(origin) => origin == public_origin.origin().ascii_serialization(),
        None => is_safe || header("x-csrf") == Some("1"),
    }
}

/// What a top-level navigation from another site may open: the pages, because links to them are a feature and a login ends on one of them; and
/// the two steps of a login.
fn is_open_to_links(path: &str) -> bool {
    is_page(path) || NAVIGATION_ONLY.contains(&path)
}

/// Whether people read what is there.
pub fn is_page(path: &str) -> bool {
    path != "/topup" && !NO_PAGES.iter().any(|prefix| path.starts_with(prefix))
}

/// Whether a login begins or ends there.
pub fn is_login_step(path: &str) -> bool {
    NAVIGATION_ONLY.contains(&path) || path == "/api/oauth/exchange-token"
}

/// Nothing personal, nothing that changes: assets and health.
pub fn is_for_everybody(path: &str) -> bool {
    path.starts_with("/static/") || ["/healthz", "/readyz", "/favicon.ico"].contains(&path)
}

fn is_prefetch(headers: &HeaderMap) -> bool {
    ["sec-purpose", "purpose", "x-purpose", "x-moz"]
        .iter()
        .any(|name| {
            headers
                .get(*name)
                .and_then(|value| value.to_str().ok())
                .is_some_and(|value| {
                    let value = value.to_ascii_lowercase();
                    value.contains("prefetch") || value.contains("preview")
                })
        })
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderName, HeaderValue};

    use super::*;

    const ORIGIN: &str = "https://app.test";

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
        may_call(method, path, &map, &Url::parse(ORIGIN).unwrap())
    }

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

    #[test]
    fn our_own_header_stands_in_only_where_the_browser_says_nothing() {
        let post = |headers: &[(&str, &str)]| allowed(&Method::POST, "/api/user/refresh", headers);
        assert!(post(&[("x-csrf", "1")]));
        assert!(!post(&[("x-csrf", "0")]));
        assert!(!post(&[("x-csrf", "1"), ("origin", "https://evil.test")]));
        assert!(!post(&[("x-csrf", "1"), ("sec-fetch-site", "same-site")]));
        assert!(!post(&[("referer", "https://app.test/")]));
    }

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
    fn links_from_other_sites_open_the_front_door_only() {
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

    #[test]
    fn the_login_routes_refuse_frames_images_and_prefetches() {
        for path in NAVIGATION_ONLY {
            for site in ["same-origin", "cross-site", "none"] {
                for dest in [
                    "iframe", "frame", "object", "embed", "image", "empty", "script",
                ] {
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
}
