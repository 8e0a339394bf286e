//! Paths with an encoded slash, and with characters that browsers send without encoding them.

use super::Place;
use crate::support::*;

/// Each of these has an encoded slash and leads nowhere but below `/v1/chat/`.
const ENCODED: [&str; 12] = [
    "/v1/chat/org%2Fname",
    "/v1/chat/org%2fname",
    "/v1/chat/org%2Fname%2fversion",
    "/v1/chat/org%2Fname/files",
    "/v1/chat/%2Fname",
    "/v1/chat/%2f",
    "/v1/chat/name%2F",
    "/v1/chat/name%2F/x",
    "/v1/chat/https%3A%2F%2Fexample.com%2Fa",
    "/v1/chat/%2F%2f%2Fx",
    "/v1/chat/a%2F...%2F..b%2Fc..",
    "/v1/chat/a%2F%E4%BD%A0%20;v=1",
];

/// Covers: BFF-6.1.3.6-1
#[tokio::test]
async fn an_encoded_slash_is_refused_unless_the_operator_allows_it() {
    for lines in ["", "encoded_slash = false"] {
        let place = Place::with(lines, &[]).await;
        for path in ENCODED {
            place.ask("GET", path).await.is_problem(400, "bad_request");
            place.is_empty(path);
        }
        // A query is no path.
        let asked = "/v1/models?model=org%2Fname&x=%2f..%2f..";
        assert_eq!(place.ask("GET", asked).await.status, 200);
        let line = format!("GET /base{asked} HTTP/1.1");
        assert_eq!(place.upstream.take().line, line);
    }
}

#[tokio::test]
async fn an_encoded_slash_that_is_allowed_goes_out_as_it_came() {
    let place = Place::with("encoded_slash = true", &[]).await;
    for path in ENCODED {
        for query in ["", "?model=org%2Fname&x=%2f"] {
            let asked = format!("{path}{query}");
            assert_eq!(place.ask("GET", &asked).await.status, 200, "{asked}");
            let line = format!("GET /base{asked} HTTP/1.1");
            assert_eq!(place.upstream.take().line, line);
        }
    }
    // Also with a body, and with other methods.
    let request = fetch("POST", "/api/proxy/models/v1/chat/org%2Fname").body("{}");
    assert_eq!(place.send(request).await.status, 200);
    let seen = place.upstream.take();
    assert_eq!(seen.line, "POST /base/v1/chat/org%2Fname HTTP/1.1");
    assert_eq!(seen.body, b"{}");
}

/// Covers: BFF-6.1.3.6-1
#[tokio::test]
async fn an_encoded_slash_leads_neither_upwards_nor_past_the_list() {
    let place = Place::with("encoded_slash = true", &[]).await;
    for target in [
        // A server that decodes first would go up, or stay where it is.
        "/api/proxy/models/v1/chat/..%2Fadmin",
        "/api/proxy/models/v1/chat/..%2fadmin",
        "/api/proxy/models/v1/chat/%2F..",
        "/api/proxy/models/v1/chat/%2F../admin",
        "/api/proxy/models/v1/chat/%2F..%2Fadmin",
        "/api/proxy/models/v1/chat/a%2F..%2Fb",
        "/api/proxy/models/v1/chat/a%2F..%2F..%2F..%2Fadmin",
        "/api/proxy/models/v1/chat/a%2F../b",
        "/api/proxy/models/v1/chat/a/..%2Fb",
        "/api/proxy/models/v1/chat/a%2F.%2Fb",
        "/api/proxy/models/v1/chat/.%2Fb",
        "/api/proxy/models/v1/chat/b%2F.",
        "/api/proxy/models/v1/chat/%2e%2e%2Fadmin",
        "/api/proxy/models/v1/chat/%2E.%2fadmin",
        "/api/proxy/models/v1/chat/a%2F%2e%2e%2Fb",
        "/api/proxy/models/v1/chat/a%2F%2e%2Fb",
        "/api/proxy/models/v1/chat/..;x%2Fadmin",
        "/api/proxy/models/v1/chat/a%2F..;x=1%2Fb",
        "/api/proxy/models/v1/chat/a%2F..%3bx/b",
        "/api/proxy/models/v1/chat/;%2F..%2Fb",
        // No other separator comes in with it, and nothing is decoded twice.
        "/api/proxy/models/v1/chat/..%5Cadmin",
        "/api/proxy/models/v1/chat/a%5cb",
        "/api/proxy/models/v1/chat/a%2F..%5Cb",
        "/api/proxy/models/v1/chat/a\\b",
        "/api/proxy/models/v1/chat/a%252Fb",
        "/api/proxy/models/v1/chat/a%252fb",
        "/api/proxy/models/v1/chat/a%25252Fb",
        "/api/proxy/models/v1/chat/%252e%252e%2Fb",
        "/api/proxy/models/v1/chat/a%c0%afb",
        "/api/proxy/models/v1/chat/a%2F%00",
        "/api/proxy/models/v1/chat/a%2F%3f",
        "/api/proxy/models/v1/chat/a%2F%23",
        "/api/proxy/models/v1/chat/a%2",
        "/api/proxy/models/v1/chat/a%2G",
        "/api/proxy/models/v1/chat//org%2Fname",
        // It separates nothing, so these are other paths than those of the list.
        "/api/proxy/models/v1%2Fmodels",
        "/api/proxy/models/v1/models%2F",
        "/api/proxy/models/v1/models%2Fx",
        "/api/proxy/models/%2Fv1/models",
        "/api/proxy/models/v1%2Fchat/x",
        "/api/proxy/models/v1/chat%2Fx",
        "/api/proxy/models/v1/%2Fchat/x",
        // And it is no part of the upstream's name, nor ends it.
        "/api/proxy/models%2Fv1/models",
        "/api/proxy/models%2Fv1%2Fmodels",
        "/api/proxy/models%2F/v1/models",
        "/api/proxy/%2Fmodels/v1/models",
        "/api/proxy%2Fmodels/v1/models",
        "/api%2Fproxy/models/v1/models",
        "%2Fapi/proxy/models/v1/models",
    ] {
        let answer = place.send(fetch("GET", target)).await;
        assert!(
            matches!(answer.status, 400 | 404),
            "{target}: {}",
            answer.status
        );
        place.is_empty(target);
    }
}

#[tokio::test]
async fn what_browsers_do_not_encode_in_a_path_goes_out_as_it_came() {
    let place = Place::new().await;
    for asked in [
        "/v1/chat/[x]",
        "/v1/chat/x]y[z",
        "/v1/chat/a|b",
        "/v1/chat/a^b",
        "/v1/chat/[..]/|/^",
        "/v1/chat/%5Bx%5D%7C%7c%5e%60%7B%7D%22%3C%3E",
        "/v1/chat/!$&'()*+,;=:@~_-.",
        "/v1/models?x[]=1&y={z}|^`\\",
    ] {
        assert_eq!(place.ask("GET", asked).await.status, 200, "{asked}");
        let line = format!("GET /base{asked} HTTP/1.1");
        assert_eq!(place.upstream.take().line, line);
    }
    // Browsers encode these, and no two servers agree about them.
    for path in [
        "/v1/chat/{x}",
        "/v1/chat/a\"b",
        "/v1/chat/a<b",
        "/v1/chat/a`b",
    ] {
        let status = place.ask("GET", path).await.status;
        assert_eq!(status, 400, "{path}");
        place.is_empty(path);
    }
    // None of them makes two readings of where a path leads.
    for path in [
        "/v1/chat/[/../x]",
        "/v1/[chat]/x",
        "/v1|/chat/x",
        "/[::1]/v1/models",
    ] {
        let status = place.ask("GET", path).await.status;
        assert!(matches!(status, 400 | 404), "{path}: {status}");
        place.is_empty(path);
    }
}
