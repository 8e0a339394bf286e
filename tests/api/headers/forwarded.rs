//! Forwarded headers: those of trusted proxies count, those of clients do not.

use crate::support::*;

/// Where the request with this answer came from, by the log.
fn client(program: &Program, answer: &Answer) -> String {
    let id = answer.header("x-request-id").expect("an id");
    let mut lines = program.events("request");
    lines.retain(|line| line["span"]["request_id"] == id);
    let client = &lines.first().expect("a line of the log")["span"]["client"];
    client.as_str().expect("an address").to_owned()
}

#[tokio::test]
async fn a_byte_that_is_no_text_does_not_hide_the_client_from_its_limit() {
    let program = BINARY
        .start_with(&[
            ("BFF_SERVER__TRUSTED_PROXIES", "127.0.0.1"),
            ("BFF_LIMITS__CLIENT_RATE", "1"),
            ("BFF_LIMITS__CLIENT_BURST", "5"),
        ])
        .await;
    for (number, before) in [&b"\xff, "[..], b"\xff,", b"198.51.100.1\xe9, ", b", \x80 ,"]
        .into_iter()
        .enumerate()
    {
        let client = format!("203.0.113.{number}");
        let line = [before, client.as_bytes()].concat();
        let request = fetch("GET", "/api/session").header_of_bytes("X-Forwarded-For", &line);
        let mut refused = false;
        for _ in 0..100 {
            refused |= send(&program.addresses.public, "x", &request).await.status == 429;
        }
        assert!(refused, "{line:?}");
    }
}

#[tokio::test]
async fn the_client_is_found_beside_what_cannot_be_read() {
    let trusted = ("BFF_SERVER__TRUSTED_PROXIES", "127.0.0.1,10.0.0.0/8");
    let program = BINARY.start_with(&[trusted]).await;
    for (lines, expected) in [
        (&[&b"\xff, 1.2.3.4"[..]][..], "1.2.3.4"),
        (&[b"\xff", b"1.2.3.4"], "1.2.3.4"),
        (&[b"\xff", b"1.2.3.4, 10.0.0.2"], "1.2.3.4"),
        (&[b"9.9.9.9, \xff, 10.0.0.2"], "10.0.0.2"),
        (&[b"9.9.9.9", b"\xff"], "127.0.0.1"),
        (&[b"::ffff:1.2.3.4"], "1.2.3.4"),
    ] {
        let mut request = fetch("GET", "/api/session");
        for line in lines {
            request = request.header_of_bytes("X-Forwarded-For", line);
        }
        let answer = program.browser().send_bare(request).await;
        assert_eq!(client(&program, &answer), expected, "{lines:?}");
    }
}

#[tokio::test]
async fn a_proxy_may_be_named_by_its_address_in_either_form() {
    for trusted in [
        "127.0.0.1",
        "::ffff:127.0.0.1",
        "::FFFF:7f00:1",
        "::ffff:127.0.0.1/128",
        "::ffff:127.0.0.0/104",
    ] {
        let program = BINARY
            .start_with(&[("BFF_SERVER__TRUSTED_PROXIES", trusted)])
            .await;
        let request = fetch("GET", "/api/session").header("X-Forwarded-For", "198.51.100.7");
        let answer = program.browser().send_bare(request).await;
        assert_eq!(client(&program, &answer), "198.51.100.7", "{trusted}");
    }
}

#[tokio::test]
async fn of_several_schemes_that_counts_which_the_first_trusted_proxy_saw() {
    let program = BINARY
        .start_with(&[
            ("OAUTH_REDIRECT_URI", "https://app.test/oauth/callback"),
            ("BFF_SERVER__TRUSTED_PROXIES", "127.0.0.1,10.0.0.0/8"),
        ])
        .await;
    let (one, two) = (
        "203.0.113.9, 198.51.100.7",
        "203.0.113.9, 198.51.100.7, 10.0.0.2",
    );
    for (hops, schemes, is_plain) in [
        (None, &[&b"https"[..]][..], false),
        (None, &[b"http"], true),
        (None, &[b"http, https"], false),
        (None, &[b"https, http"], true),
        (Some(one), &[b"http, https"], false),
        (Some(one), &[b"https, http"], true),
        (Some(one), &[b"http", b"https"], false),
        (Some(one), &[b"https", b"HTTP"], true),
        (Some(one), &[b"\xff, http"], true),
        (Some(one), &[b"\xff", b"https"], false),
        (Some(one), &[b"http, https,"], false),
        (Some(two), &[b"https, http"], false),
        (Some(two), &[b"http, https"], true),
        (Some(two), &[b"http, https, http"], false),
        (Some(two), &[b"https, http, http"], true),
        (Some(two), &[b"https", b"http"], false),
        (Some(two), &[b"https"], false),
        (Some(two), &[b"http"], true),
        (Some(two), &[b"\xff, https"], true),
    ] {
        let with = |request: Request| {
            let request = schemes.iter().fold(request, |request, line| {
                request.header_of_bytes("X-Forwarded-Proto", line)
            });
            match hops {
                Some(hops) => request.header("X-Forwarded-For", hops),
                None => request,
            }
        };
        let browser = Browser::new("https://app.test", &program.addresses.public);
        let page = browser
            .send_bare(with(navigation("GET", "/", Initiator::Typed)))
            .await;
        let call = browser.send_bare(with(fetch("GET", "/api/session"))).await;
        let expected = if is_plain { (308, 400) } else { (200, 200) };
        assert_eq!((page.status, call.status), expected, "{hops:?} {schemes:?}");
        let has_hsts = page.header("strict-transport-security").is_some();
        assert_eq!(has_hsts, !is_plain, "{hops:?} {schemes:?}");
    }
}
