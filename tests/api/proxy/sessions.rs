//! Calls need a live session. Its token is renewed once, and a call ends with the session.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::future::join_all;
use serde_json::json;

use super::Place;
use super::server::{Step, answer};
use crate::support::*;

const LOOK_AGAIN: Duration = Duration::from_millis(50);
const BETWEEN_CALLS: Duration = Duration::from_millis(100);

fn refused() -> Vec<Step> {
    answer(
        "401 Unauthorized",
        "WWW-Authenticate: Bearer error=\"invalid_token\"\r\n",
        "no",
    )
}

fn well() -> Vec<Step> {
    answer("200 OK", "Content-Type: text/plain\r\n", "well")
}

/// The tokens that came to the upstream since the last look.
fn tokens(place: &Place) -> Vec<String> {
    let seen = place.upstream.seen().into_iter();
    seen.map(|seen| seen.header("authorization").expect("a token").to_owned())
        .collect()
}

#[tokio::test]
async fn a_signed_out_client_gets_401_and_no_call_goes_out() {
    let place = Place::new().await;
    let other_user = place.program.browser();
    for path in ["/v1/models", "/v1/nowhere", "/v1/../x"] {
        let given = other_user
            .fetch("GET", &format!("/api/proxy/models{path}"))
            .await;
        given.is_problem(401, "not_authenticated");
        assert_eq!(given.header("location"), None);
    }
    let session = place.browser.session();
    assert_eq!(
        place.browser.fetch("POST", "/auth/logout").await.status,
        204
    );
    let request =
        fetch("GET", "/api/proxy/models/v1/models").header("Cookie", &format!("session={session}"));
    assert_eq!(place.program.browser().send_bare(request).await.status, 401);
    place.is_empty("signed out");
}

#[tokio::test]
async fn at_the_end_of_a_token_all_calls_share_one_refresh() {
    let place = Place::new().await;
    // Longer than the login takes.
    place.program.set(json!({ "token_lifetime": 3 })).await;
    let browser = place.program.browser();
    browser.sign_in().await;
    place.program.set(json!({ "token_lifetime": 7200 })).await;
    place.program.forget_counts().await;
    let mut rounds = 0;
    while place.program.count("refreshes").await == 0 {
        rounds += 1;
        assert!(rounds < 100, "it never refreshes");
        let calls = (0..10).map(|_| browser.fetch("GET", "/api/proxy/models/v1/models"));
        let all = join_all(calls).await;
        assert!(all.iter().all(|given| given.status == 200));
        tokio::time::sleep(BETWEEN_CALLS).await;
    }
    assert_eq!(place.program.count("refreshes").await, 1);
    let given = browser.fetch("GET", "/api/proxy/models/v1/models").await;
    assert_eq!(given.status, 200);
    let tokens: BTreeSet<String> = tokens(&place).into_iter().collect();
    assert_eq!(tokens.len(), 2, "the old one and the new one");
}

/// Covers: RFC6750-3.1-1
#[tokio::test]
async fn a_refused_token_is_renewed_once_and_the_call_repeated_once() {
    let place = Place::new().await;
    place.program.forget_counts().await;
    place.upstream.answers_in_turn(vec![refused(), well()]);
    let request = fetch("POST", "/api/proxy/models/v1/models")
        .header("Content-Type", "application/json")
        .body("{\"a\":1}");
    let given = place.send(request).await;
    assert_eq!((given.status, given.text().as_str()), (200, "well"));
    let seen = place.upstream.seen();
    assert_eq!(seen.len(), 2);
    assert_eq!(
        (seen[0].body.as_slice(), seen[1].body.as_slice()),
        (&b"{\"a\":1}"[..], &b"{\"a\":1}"[..])
    );
    assert_ne!(
        seen[0].header("authorization"),
        seen[1].header("authorization")
    );
    assert_eq!(place.program.count("refreshes_granted").await, 1);
}

#[tokio::test]
async fn many_refusals_at_once_are_one_refresh() {
    let place = Place::new().await;
    assert_eq!(place.ask("GET", "/v1/models").await.status, 200);
    let first = place.upstream.take();
    place
        .upstream
        .refuses(first.header("authorization").expect("a token"));
    place.program.forget_counts().await;
    for given in join_all((0..12).map(|_| place.ask("GET", "/v1/models"))).await {
        assert_eq!(given.status, 200);
    }
    assert_eq!(place.program.count("refreshes").await, 1);
}

#[tokio::test]
async fn an_upstream_that_refuses_every_token_ends_no_session_and_spends_no_more_of_them() {
    let place = Place::new().await;
    place.program.forget_counts().await;
    place.upstream.answers(refused());
    for _ in 0..3 {
        place
            .ask("GET", "/v1/models")
            .await
            .is_problem(502, "provider_error");
    }
    assert_eq!(place.program.count("refreshes_granted").await, 1);
    assert_eq!(tokens(&place).len(), 4);
    assert!(place.browser.is_signed_in().await);
    assert_eq!(
        place.browser.fetch("GET", "/api/user/info").await.status,
        200
    );
}

/// Covers: RFC6750-3.1-1
#[tokio::test]
async fn a_body_that_is_spent_is_not_repeated_and_the_next_try_has_the_new_token() {
    let place = Place::new().await;
    place.program.forget_counts().await;
    place.upstream.answers_in_turn(vec![refused(), well()]);
    let large = || fetch("POST", "/api/proxy/models/v1/models").body(vec![b'x'; 200_000]);
    let given = place.send(large()).await;
    given.is_problem(503, "provider_unavailable");
    assert_eq!(given.header("retry-after"), Some("5"));
    assert_eq!(place.send(large()).await.status, 200);
    assert_eq!(place.program.count("refreshes_granted").await, 1);
    let tokens = tokens(&place);
    assert_eq!(tokens.len(), 2);
    assert_ne!(tokens[0], tokens[1]);
}

/// Covers: ASVS-15.4.2
#[tokio::test]
async fn a_logout_wins_over_a_call_that_waits_for_its_token() {
    let place = Place::new().await;
    place.upstream.answers(refused());
    place.program.break_always("token.refresh", "hang").await;
    let other = place.browser.copy();
    let logout = async {
        place
            .program
            .wait_for(json!({ "endpoint": "token.refresh", "outcome": "held" }))
            .await;
        assert_eq!(other.fetch("POST", "/auth/logout").await.status, 204);
        place.program.mend().await;
    };
    let (given, ()) = tokio::join!(place.ask("GET", "/v1/models"), logout);
    assert_eq!(given.status, 401, "{}", given.text());
    assert_eq!(
        place.upstream.seen().len(),
        1,
        "nothing went out after the logout"
    );
}

#[tokio::test]
async fn a_logout_wins_over_a_body_that_is_still_coming() {
    let place = Place::new().await;
    let mut line = place.line().await;
    let head = place.head("POST", "/v1/models");
    line.send(format!("{head}Connection: close\r\nContent-Length: 10\r\n\r\nhello").as_bytes())
        .await;
    // The program has the head by now: what comes on another connection is answered after it, or the call below finds no session anyway.
    assert_eq!(
        place.browser.fetch("POST", "/auth/logout").await.status,
        204
    );
    line.send(b"world").await;
    assert!(line.rest().await.starts_with("HTTP/1.1 401"));
    place.is_empty("signed out");
}

/// Covers: ASVS-15.4.2
#[tokio::test]
async fn a_logout_cuts_what_streams_and_answers_what_waits() {
    let place = Place::new().await;
    let begin = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n";
    place.upstream.answers_in_turn(vec![
        vec![
            Step::ReadBody,
            Step::Send(begin.as_bytes().to_vec()),
            Step::Wait,
        ],
        vec![Step::ReadBody, Step::Wait],
    ]);
    let mut stream = place.line().await;
    stream
        .send(format!("{}\r\n", place.head("GET", "/v1/models")).as_bytes())
        .await;
    stream.until("first").await;
    let mut waiting = place.line().await;
    waiting
        .send(
            format!(
                "{}Connection: close\r\n\r\n",
                place.head("GET", "/v1/models")
            )
            .as_bytes(),
        )
        .await;
    place.upstream.has_seen(2).await;
    assert_eq!(
        place.browser.fetch("POST", "/auth/logout").await.status,
        204
    );
    let all = stream.rest().await;
    assert!(!all.ends_with("0\r\n\r\n"), "{all}");
    let all = waiting.rest().await;
    assert!(
        all.starts_with("HTTP/1.1 401") && !all.contains("session="),
        "{all}"
    );
    place.upstream.was_left(2).await;
    assert_eq!(place.program.events("stream_cut")[0]["cause"], "no session");
}

#[tokio::test]
async fn a_call_keeps_the_session_alive_like_any_other() {
    let place = Place::with("", &[("BFF_SESSION__IDLE_TTL", "3s")]).await;
    let left =
        async || place.browser.fetch("GET", "/api/session").await.json()["expires_in"].as_u64();
    for _ in 0..2 {
        // `expires_in` goes down while the browser only asks.
        while left().await.expect("it lives") > 1 {
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        assert_eq!(place.ask("GET", "/v1/models").await.status, 200);
        // The use is written down in the background.
        while left().await.expect("it lives") <= 1 {
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }
}
