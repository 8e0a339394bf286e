//! A connection that takes requests and answers none: it is left, whether it answers pings or not.

use std::time::Duration;

use tokio::time::timeout;

use super::Place;
use crate::support::fetch;
use crate::support::{Answer, Initiator};

/// Short limits, so that a call that is lost is lost soon.
const LIMITS: [(&str, &str); 3] = [
    ("BFF_PROVIDER__CONNECT_TIMEOUT", "1s"),
    ("BFF_PROVIDER__TOTAL_TIMEOUT", "1s"),
    ("BFF_PROVIDER__REFRESH_TIMEOUT", "1s"),
];
/// Bounds a failure, and measures nothing.
const PATIENCE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn a_dead_connection_to_the_provider_costs_the_calls_that_were_on_it_and_no_other() {
    let place = Place::with(&LIMITS).await;
    for dies in [true, false] {
        assert_eq!(place.account().await, 200);
        if dies {
            place.front.dies();
        } else {
            place.front.falls_silent();
        }
        assert_eq!(place.account().await, 504);
        for _ in 0..3 {
            assert_eq!(place.account().await, 200, "dies: {dies}");
        }
    }
}

#[tokio::test]
async fn calls_that_wait_together_on_a_dead_connection_take_it_away_once() {
    let place = Place::with(&LIMITS).await;
    place.front.falls_silent();
    let before = place.front.seen().len();
    let calls = futures_util::future::join_all((0..20).map(|_| place.account())).await;
    assert!(
        calls.iter().all(|status| [200, 504].contains(status)),
        "{calls:?}"
    );
    assert_eq!(place.account().await, 200);
    assert!(place.front.seen().len() > before);
    // Each of those that the connection took is lost, and none went out twice.
    let lost = calls.iter().filter(|status| **status == 504).count();
    let silent = place.front.unanswered();
    assert_eq!(lost, silent);
}

/// With the limits as they are, the account is read although the connection says nothing any more: the call is made again on a new one.
#[tokio::test]
async fn reading_the_account_survives_a_connection_that_answers_no_ping() {
    let place = Place::new().await;
    place.front.dies();
    assert_eq!(place.account().await, 200);
}

/// A connection that answers pings is not known to be dead; but nobody who asks later waits for it.
#[tokio::test]
async fn who_asks_later_does_not_wait_for_a_call_that_is_not_answered() {
    let place = Place::new().await;
    place.front.falls_silent();
    let lost = place.account();
    let later = async {
        place.front.has_unanswered(1).await;
        // Whoever asks within the first seconds may be on that connection too.
        while !matches!(
            timeout(Duration::from_millis(500), place.account()).await,
            Ok(200)
        ) {}
    };
    let lost = tokio::select! {
        status = lost => Some(status),
        () = later => None,
    };
    assert_eq!(
        lost, None,
        "the first call ended before a later one was answered"
    );
}

#[tokio::test]
async fn a_login_after_a_dead_connection_was_noticed_is_not_lost() {
    let place = Place::with(&LIMITS).await;
    place.front.dies();
    assert_eq!(place.account().await, 504);
    let other = crate::support::provider::browser(&place.program);
    other.sign_in().await;
    assert_eq!(place.program.count("code_exchanges").await, 2);
}

#[tokio::test]
async fn a_dead_connection_to_an_upstream_is_left() {
    let place = Place::over("answer_timeout = '1s'\nidle_timeout = '1s'", &LIMITS).await;
    for dies in [true, false] {
        for (method, length) in [("GET", 0), ("POST", 10), ("POST", 300_000)] {
            assert_eq!(ask(&place, method, length).await.status, 200);
            if dies {
                place.front.dies();
            } else {
                place.front.falls_silent();
            }
            let lost = timeout(PATIENCE, ask(&place, method, length)).await;
            let lost = lost.expect("it is answered");
            assert!([503, 504].contains(&lost.status), "{}", lost.text());
            for _ in 0..3 {
                let answer = ask(&place, method, length).await;
                assert_eq!(answer.status, 200, "{method} {length}, dies: {dies}");
                assert_eq!(answer.text(), format!("{length} bytes"));
            }
        }
    }
}

#[tokio::test]
async fn a_stream_goes_on_while_its_connection_gets_no_new_calls() {
    let place = Place::over("answer_timeout = '1s'", &LIMITS).await;
    let stream = place.front.holds_back("/v1/slow");
    let slow = place.browser.fetch("GET", "/api/proxy/models/v1/slow");
    let others = async {
        stream.has_begun().await;
        place.front.falls_silent();
        assert_eq!(ask(&place, "GET", 0).await.status, 504);
        assert_eq!(ask(&place, "GET", 0).await.status, 200);
        stream.go_on();
    };
    let (slow, ()) = tokio::join!(slow, others);
    assert_eq!((slow.status, slow.text()), (200, "first, last".to_owned()));
}

/// Calls the upstream with a body of so many bytes.
async fn ask(place: &Place, method: &str, length: usize) -> Answer {
    let request = fetch(method, "/api/proxy/models/v1/echo").body(vec![b'x'; length]);
    place.browser.send(request, Initiator::SameOrigin).await
}
