//! One user does not block others: with many sessions, with slow uploads, or with answers that are not read.

use std::time::Duration;

use tokio::io::AsyncReadExt as _;

use super::server::{Step, answer};
use super::{Line, PATIENCE, Place};
use crate::support::*;

/// More than any share of these tests, in how many sessions.
const SESSIONS: usize = 4;
/// A second's worth at 9 KB a second, in pieces.
const PIECE: [u8; 900] = [b'x'; 900];
const BETWEEN_PIECES: Duration = Duration::from_millis(100);

fn waits() -> Vec<Step> {
    vec![Step::ReadBody, Step::Wait]
}

fn floods() -> Vec<Step> {
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 10000000000\r\n\r\n";
    vec![
        Step::ReadBody,
        Step::Send(head.as_bytes().to_vec()),
        Step::Flood,
    ]
}

impl Place {
    /// Browsers in which the same person is signed in; the first is the one of the place.
    async fn sessions(&self, count: usize) -> Vec<Browser> {
        let mut browsers = vec![self.browser.copy()];
        while browsers.len() < count {
            let browser = self.program.browser();
            browser.sign_in().await;
            browsers.push(browser);
        }
        browsers
    }

    /// A browser of another person.
    async fn other(&self, name: &str) -> Browser {
        self.program.sign_in_as(name).await;
        let browser = self.program.browser();
        browser.sign_in().await;
        browser
    }

    /// Sends the head of a call of this browser, and what is given of its body.
    async fn call(&self, browser: &Browser, method: &str, lines: &str, body: &[u8]) -> Line {
        let mut line = self.line().await;
        let head = self.head(method, "/v1/models");
        let head = head.replace(&self.browser.session(), &browser.session());
        line.send(format!("{head}{lines}\r\n").as_bytes()).await;
        line.send(body).await;
        line
    }

    /// Takes as many places for these browsers, in turn, as they get, by calls that are answered only when the test says so.
    async fn take_all(&self, browsers: &[Browser], before: usize) -> (Vec<Line>, usize) {
        let mut held = Vec::new();
        let mut refused = 0;
        for browser in browsers.iter().cycle() {
            let mut line = self.call(browser, "GET", "", b"").await;
            let came = tokio::select! {
                () = self.upstream.has_seen(before + held.len() + 1) => true,
                () = line.until("HTTP/1.1 ") => false,
            };
            if came {
                held.push(line);
                continue;
            }
            line.until("\"error\":").await;
            let text = String::from_utf8_lossy(&line.read).into_owned();
            assert!(text.starts_with("HTTP/1.1 429 "), "{text}");
            assert!(text.contains("\"error\":\"rate_limited\""), "{text}");
            assert!(
                text.to_ascii_lowercase().contains("retry-after: 2\r\n"),
                "{text}"
            );
            refused += 1;
            // Each of them was refused.
            if refused == browsers.len() {
                break;
            }
        }
        let count = held.len();
        (held, count)
    }
}

/// Waits until this number of calls of the other person are answered, one after the other. A call is refused while the place of the one before is not
/// free yet: a place is free a moment after its answer has arrived.
async fn is_served(other: &Browser, calls: usize) {
    for nth in 0..calls {
        let asking = async {
            while other
                .fetch("GET", "/api/proxy/models/v1/models")
                .await
                .status
                != 200
            {}
        };
        tokio::time::timeout(PATIENCE, asking)
            .await
            .unwrap_or_else(|_| panic!("call {nth} is refused"));
    }
}

/// Covers: ASVS-15.2.2
#[tokio::test]
async fn one_user_with_many_sessions_takes_half_of_the_places_at_most() {
    for (places, share) in [(2, 1), (3, 2), (8, 4), (9, 5)] {
        let place = Place::with(&format!("max_calls = {places}"), &[]).await;
        let browsers = place.sessions(SESSIONS).await;
        place.upstream.answers(waits());
        let (held, count) = place.take_all(&browsers, 0).await;
        assert_eq!(count, share, "of {places}");
        // A second person gets a share of what is left, and leaves something for a third.
        let other = place.other("ada").await;
        let third = place.other("grace").await;
        if places >= 8 {
            let (theirs, count) = place.take_all(&[other.copy()], share).await;
            assert_eq!(count, 2);
            place.upstream.answers(answer("200 OK", "", "well"));
            is_served(&third, 3).await;
            drop(theirs);
            place.upstream.was_left(2).await;
        }
        place.upstream.answers(answer("200 OK", "", "well"));
        is_served(&other, 10).await;
        drop(held);
        // The first one's places are their own again.
        while place.ask("GET", "/v1/models").await.status != 200 {}
    }
}

#[tokio::test]
async fn when_all_places_are_taken_other_users_get_503_and_retry_after() {
    let place = Place::with("max_calls = 2", &[]).await;
    place.upstream.answers(waits());
    let (_own, count) = place.take_all(&[place.browser.copy()], 0).await;
    assert_eq!(count, 1);
    let ada = place.other("ada").await;
    let _theirs = place.call(&ada, "GET", "", b"").await;
    place.upstream.has_seen(2).await;
    for browser in [&place.other("grace").await, &ada, &place.browser] {
        let given = browser.fetch("GET", "/api/proxy/models/v1/models").await;
        given.is_problem(503, "provider_unavailable");
        assert_eq!(given.header("retry-after"), Some("5"));
    }
    assert_eq!(place.upstream.seen().len(), 2);
}

/// Covers: ASVS-15.2.2
#[tokio::test]
async fn slow_uploads_of_one_user_leave_places_to_others() {
    for sessions in [1, 8] {
        let place = Place::with("max_calls = 8", &[]).await;
        let browsers = place.sessions(sessions).await;
        let other = place.other("ada").await;
        place.upstream.answers(answer("200 OK", "", "well"));
        let mut uploads = Vec::new();
        for browser in browsers.iter().cycle().take(8) {
            let length = "Content-Length: 10000000\r\n";
            // So much is read before a place is taken.
            uploads.push(place.call(browser, "POST", length, &[b'x'; 66_000]).await);
        }
        // Those that have a place have been seen; those that have none are answered.
        place.upstream.has_seen(4).await;
        let trickle = async {
            loop {
                for upload in &mut uploads {
                    // Who is refused is not listened to.
                    drop(upload.stream.try_write(&PIECE));
                }
                tokio::time::sleep(BETWEEN_PIECES).await;
            }
        };
        tokio::select! {
            () = trickle => {}
            () = is_served(&other, 60) => {}
        }
    }
}

/// Covers: ASVS-15.2.2
#[tokio::test]
async fn answers_that_one_user_does_not_read_leave_places_to_others() {
    let place = Place::with("max_calls = 32", &[]).await;
    let browsers = place.sessions(2).await;
    let other = place.other("ada").await;
    place.upstream.answers(floods());
    let mut held = Vec::new();
    for browser in browsers.iter().cycle().take(32) {
        held.push(place.call(browser, "GET", "", b"").await);
    }
    place.upstream.has_seen(16).await;
    place.upstream.answers(answer("200 OK", "", "well"));
    is_served(&other, 60).await;
    drop(held);
}

/// Takes this many bytes, so many at a time.
async fn read_slowly(line: &mut Line, at_once: usize, most: usize) {
    let mut piece = vec![0; at_once];
    let mut come = 0;
    while come < most {
        let read = line.stream.read(&mut piece).await.expect("it is open");
        assert_ne!(read, 0, "it ends after {come} bytes");
        come += read;
        tokio::time::sleep(BETWEEN_PIECES).await;
    }
}

/// Covers: ASVS-15.2.2
#[tokio::test]
async fn a_slow_reader_gets_the_answer_and_one_below_the_minimum_is_cut() {
    /// A poor line: 32 KB a second.
    const SLOW: usize = 3_200;
    /// For longer than an answer may be left alone.
    const MOST: usize = 36 * 10 * SLOW;
    let place = Place::new().await;
    let begin = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n";
    let end = "5\r\nlater\r\n0\r\n\r\n";
    let send = |text: &str| Step::Send(text.as_bytes().to_vec());
    place
        .upstream
        .answers_in_turn(vec![vec![send(begin), Step::Wait, send(end)], floods()]);
    // An event stream without events waits for the upstream and not for the browser.
    let mut events = place.call(&place.browser, "GET", "", b"").await;
    events.until("first").await;
    let mut slow = place.call(&place.browser, "GET", "", b"").await;
    let mut hardly = place.call(&place.browser, "GET", "", b"").await;
    place.upstream.has_seen(3).await;
    let goes_on = async {
        tokio::join!(
            read_slowly(&mut slow, SLOW, MOST),
            place.upstream.was_left(1)
        )
    };
    tokio::select! {
        () = read_slowly(&mut hardly, 10, usize::MAX) => {}
        _ = goes_on => {}
    }
    assert_eq!(place.upstream.left(), 1, "the slow one is cut");
    place.upstream.go_on();
    events.until("later\r\n0\r\n\r\n").await;
}

/// Covers: ASVS-15.2.2
#[tokio::test]
async fn a_sender_that_was_fast_may_not_be_silent_for_long() {
    let place = Place::new().await;
    place.upstream.answers(waits());
    let length = "Content-Length: 9000000\r\n";
    let mut upload = place
        .call(&place.browser, "POST", length, &vec![b'x'; 4_000_000])
        .await;
    place.upstream.has_seen(1).await;
    let given = upload.rest().await;
    assert!(given.starts_with("HTTP/1.1 400"), "{given}");
    place.upstream.was_left(1).await;
}
