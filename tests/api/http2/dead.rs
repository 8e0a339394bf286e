//! A connection that accepts requests and answers none is given up, whether it answers pings or not.

use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::timeout;

use super::Place;
use crate::support::provider::browser;

/// Short limits, so that a call that is lost is lost soon.
const LIMITS: [(&str, &str); 3] = [
    ("BFF_PROVIDER__CONNECT_TIMEOUT", "3s"),
    ("BFF_PROVIDER__TOTAL_TIMEOUT", "4s"),
    ("BFF_PROVIDER__REFRESH_TIMEOUT", "4s"),
];
const UPSTREAM: &str = "answer_timeout = '3s'\nidle_timeout = '3s'";
/// Bounds a failure, and measures nothing.
const PATIENCE: Duration = Duration::from_secs(60);

impl Place {
    /// The connections that are open die: they say nothing any more, or answer pings only.
    fn kill_connections(&self, answer_pings: bool) {
        if answer_pings {
            self.front.falls_silent();
        } else {
            self.front.dies();
        }
    }
}

#[tokio::test]
async fn a_dead_connection_to_the_provider_costs_the_login_that_was_on_it_and_no_other() {
    let place = Place::with(&LIMITS).await;
    for answer_pings in [false, true] {
        let other = browser(&place.program);
        other.sign_in().await;
        let before = place.program.count("code_exchanges").await;
        let callback = other.come_back("").await;
        place.kill_connections(answer_pings);
        let lost = other.arrive(&callback).await;
        assert_eq!(lost.location(), "/?error=provider_unavailable");
        for _ in 0..3 {
            other.sign_in().await;
        }
        // What was lost was not sent again.
        let exchanges = place.program.count("code_exchanges").await;
        assert_eq!(exchanges, before + 3, "answers pings: {answer_pings}");
    }
}

#[tokio::test]
async fn reading_the_account_survives_a_dead_connection() {
    let place = Place::with(&LIMITS).await;
    for answer_pings in [false, true] {
        assert_eq!(place.account().await, 200);
        place.kill_connections(answer_pings);
        let calls = join_all((0..20).map(|_| place.account())).await;
        assert_eq!(calls, [200; 20], "answers pings: {answer_pings}");
    }
}

/// With the limits as they are.
#[tokio::test]
async fn a_connection_that_answers_no_ping_is_closed_in_time_for_a_second_try() {
    let place = Place::new().await;
    place.front.dies();
    assert_eq!(place.account().await, 200);
}

/// A connection that answers pings is not known to be dead; but who asks later does not wait for it.
#[tokio::test]
async fn a_later_request_does_not_wait_for_an_unanswered_call() {
    let place = Place::new().await;
    assert_eq!(place.echo("GET", 0).await.status, 200);
    place.front.falls_silent();
    let lost = place.echo("GET", 0);
    let later = async {
        place.front.has_unanswered(1).await;
        // Who asks within the first seconds may be on that connection too.
        for seconds in [1, 2, 4, 8, 16] {
            let limit = Duration::from_secs(seconds);
            if let Ok(answer) = timeout(limit, place.echo("GET", 0)).await {
                return answer.status;
            }
        }
        panic!("no call is answered");
    };
    tokio::select! {
        lost = lost => panic!("it ended before a later one was answered: {}", lost.text()),
        later = later => assert_eq!(later, 200),
    }
}

#[tokio::test]
async fn a_dead_connection_to_an_upstream_is_left() {
    let place = Place::over(UPSTREAM, &[]).await;
    for (answer_pings, method, length) in [
        (false, "GET", 0),
        (true, "POST", 10),
        (false, "POST", 300_000),
        (true, "POST", 300_000),
    ] {
        assert_eq!(place.echo(method, length).await.status, 200);
        place.kill_connections(answer_pings);
        let lost = timeout(PATIENCE, place.echo(method, length)).await;
        let lost = lost.expect("it is answered");
        assert!([503, 504].contains(&lost.status), "{}", lost.text());
        for _ in 0..3 {
            let answer = place.echo(method, length).await;
            let expected = (200, format!("{length} bytes"));
            assert_eq!(
                (answer.status, answer.text()),
                expected,
                "{method} {length}"
            );
        }
    }
}

#[tokio::test]
async fn a_stream_goes_on_while_its_connection_gets_no_new_calls() {
    let place = Place::over("answer_timeout = '3s'", &[]).await;
    let stream = place.front.holds_back("/v1/slow");
    let slow = place.browser.fetch("GET", "/api/proxy/models/v1/slow");
    let others = async {
        stream.has_begun().await;
        place.front.falls_silent();
        assert_eq!(place.echo("GET", 0).await.status, 504);
        assert_eq!(place.echo("GET", 0).await.status, 200);
        stream.go_on();
    };
    let (slow, ()) = tokio::join!(slow, others);
    assert_eq!((slow.status, slow.text()), (200, "first, last".to_owned()));
}
