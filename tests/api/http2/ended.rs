//! A server that ends a connection after some requests (GOAWAY), as nginx does after `keepalive_requests`: requests that it did not accept are sent
//! again on another connection, and no other.

use std::time::Duration;

use futures_util::future::join_all;

use super::{Place, upstream};
use crate::support::provider::{self, program_with, sandbox};
use crate::support::*;

/// Bounds a failure, and measures nothing.
const PATIENCE: Duration = Duration::from_secs(60);
/// How many calls there are at a time.
const AT_ONCE: usize = 20;
/// How often each kind of call is made by all.
const ROUNDS: usize = 5;

/// nginx as the way to a provider, and as an upstream that reads a request whole and answers it.
async fn nginx(listen: &str, certificate: &Certificate, provider: &str, limits: &str) -> Nginx {
    let plain = Addresses::free().public;
    let (file, key) = (certificate.file(), certificate.key());
    let lines = format!(
        "client_max_body_size 20m;
         server {{
             listen {listen} ssl http2;
             ssl_certificate {file};
             ssl_certificate_key {key};
             {limits}
             location / {{ proxy_pass {provider}; }}
             location /v1/ {{ proxy_pass http://{plain}; }}
         }}
         server {{
             listen {plain};
             location / {{ return 200 'well'; }}
         }}"
    );
    Nginx::serve(listen, &lines).await
}

async fn no_call_is_lost(limits: &str) {
    let provider = sandbox().await;
    let (certificate, listen) = (Certificate::new(), Addresses::free().public);
    let nginx = nginx(&listen, &certificate, &provider.base_url(), limits).await;
    let base = format!("https://{listen}");
    let trusted = certificate.file();
    let environment = [("SSL_CERT_FILE", trusted.as_str())];
    let program = program_with(BINARY, &provider, &base, &upstream(&base, ""), &environment).await;

    let browsers: Vec<Browser> = (0..AT_ONCE).map(|_| provider::browser(&program)).collect();
    let mut logins = 0;
    for _ in 0..3 {
        join_all(browsers.iter().map(Browser::sign_in)).await;
        logins += AT_ONCE;
    }
    // Each code went to the provider once.
    assert_eq!(program.count("code_exchanges").await, logins as u64);

    for (method, path, length) in [
        ("GET", "/api/user/info", 0),
        ("GET", "/api/proxy/models/v1/x", 0),
        ("POST", "/api/proxy/models/v1/x", 10),
        ("POST", "/api/proxy/models/v1/x", 200_000),
    ] {
        for _ in 0..ROUNDS {
            // So that the account is asked for, refused, asked for a new token, and asked again.
            program.expire_tokens("demo").await;
            let calls = browsers.iter().map(|browser| async {
                let request = fetch(method, path).body(vec![b'x'; length]);
                browser.send(request, Initiator::SameOrigin).await
            });
            for answer in join_all(calls).await {
                assert_eq!(
                    answer.status,
                    200,
                    "{method} {path}, {length} bytes: {}\n{}",
                    answer.text(),
                    nginx.complaints()
                );
            }
        }
    }
    let passed = nginx.passed();
    let answered = |one: &&Passed| one.method == "POST" && one.path == "/v1/x" && one.status == 200;
    // Once at the front and once behind it: nothing was taken twice.
    let answered = passed.iter().filter(answered).count();
    assert_eq!(answered, 2 * 2 * ROUNDS * AT_ONCE);
}

#[tokio::test]
async fn a_server_that_ends_each_connection_after_a_hundred_requests_loses_no_call_and_no_login() {
    no_call_is_lost("keepalive_requests 100;").await;
}

#[tokio::test]
async fn a_server_that_ends_each_connection_after_seven_requests_loses_no_call_and_no_login() {
    no_call_is_lost("keepalive_requests 7;").await;
}

/// Calls that wait for their turn on a connection are not out yet when it ends.
#[tokio::test]
async fn calls_that_wait_for_their_turn_on_a_connection_that_ends_are_not_lost() {
    no_call_is_lost("keepalive_requests 7; http2_max_concurrent_streams 3;").await;
}

#[tokio::test]
async fn a_request_that_was_refused_unread_is_sent_again() {
    let place = Place::new().await;
    place.front.refuses();
    assert_eq!(place.account().await, 200);
    let other = provider::browser(&place.program);
    place.front.refuses();
    other.sign_in().await;
    assert_eq!(place.program.count("code_exchanges").await, 2);
    for length in [0, 10, 300_000] {
        assert_eq!(place.echo("POST", length).await.status, 200);
        place.front.refuses();
        let answer = place.echo("POST", length).await;
        assert_eq!(
            (answer.status, answer.text()),
            (200, format!("{length} bytes"))
        );
    }
}

/// A GOAWAY that names a request as taken leaves open what became of it.
#[tokio::test]
async fn what_was_taken_before_the_connection_ended_is_not_sent_again() {
    let place = Place::new().await;
    let count = |path: &str| {
        let seen = place.front.seen();
        seen.iter().filter(|one| one.path == path).count()
    };
    for length in [0, 10, 300_000] {
        assert_eq!(place.echo("POST", length).await.status, 200);
        place.front.breaks();
        let before = count("/v1/echo");
        let answer = place.echo("POST", length).await;
        answer.is_problem(503, "provider_unavailable");
        assert_eq!(count("/v1/echo"), before + 1, "{length} bytes");
    }
    let other = provider::browser(&place.program);
    let callback = other.come_back("").await;
    place.front.breaks();
    let before = count("/api/oauth2/token");
    let landed = other.arrive(&callback).await;
    assert_eq!(landed.location(), "/?error=provider_unavailable");
    assert_eq!(count("/api/oauth2/token"), before + 1);
    // Reading changes nothing, so it may be asked for once more.
    // Each worker of the program has a connection of its own.
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    for _ in 0..2 * workers {
        assert_eq!(place.account().await, 200);
    }
    place.front.breaks();
    let before = count("/api/oauth2/userinfo");
    assert_eq!(place.account().await, 200);
    assert_eq!(count("/api/oauth2/userinfo"), before + 2);
}

/// The trust store is read again, so that a certificate of another authority needs no restart.
#[tokio::test]
async fn a_certificate_of_another_authority_is_accepted_once_the_trust_store_names_it() {
    let mut place = Place::new().await;
    let renewed = Certificate::new();
    let trusted = place.front.certificate.file();
    std::fs::copy(renewed.file(), trusted).expect("it can be written");
    let _former = place.front.renews(renewed);
    let accepted = async { while place.account().await != 200 {} };
    let accepted = tokio::time::timeout(PATIENCE, accepted).await;
    assert!(accepted.is_ok(), "it is never accepted");
}
