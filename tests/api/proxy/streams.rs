//! Streamed answers: forwarded at once, at the browser's speed, and a truncated one is never complete.

use super::Place;
use super::server::{Step, answer};
use crate::support::*;

fn send(text: &str) -> Step {
    Step::Send(text.as_bytes().to_vec())
}

const EVENTS: &str =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";

/// A stream that has begun, and a browser that has read its first event.
async fn begun(place: &Place) -> super::Line {
    place.upstream.answers(vec![
        Step::ReadBody,
        send(EVENTS),
        send("9\r\nfirst one\r\n"),
        Step::Wait,
        send("5\r\nlater\r\n0\r\n\r\n"),
    ]);
    let mut line = place.line().await;
    let head = place.head("GET", "/v1/models");
    line.send(
        format!("{head}Accept: text/event-stream\r\nAccept-Encoding: gzip, br\r\n\r\n").as_bytes(),
    )
    .await;
    line.until("first one").await;
    line
}

/// The memory that the program holds, in bytes.
fn memory(program: &Program) -> usize {
    let status =
        std::fs::read_to_string(format!("/proc/{}/status", program.pid())).expect("it runs");
    let line = status
        .lines()
        .find(|line| line.starts_with("VmRSS:"))
        .expect("a line");
    let kilobytes: usize = line
        .split_whitespace()
        .nth(1)
        .and_then(|size| size.parse().ok())
        .expect("a size");
    kilobytes * 1024
}

#[tokio::test]
async fn an_event_arrives_when_it_is_sent_and_not_when_the_next_one_is() {
    let place = Place::new().await;
    let mut line = begun(&place).await;
    assert!(!String::from_utf8_lossy(&line.read).contains("later"));
    place.upstream.go_on();
    line.until("later\r\n0\r\n\r\n").await;
    let head = String::from_utf8_lossy(&line.read).to_ascii_lowercase();
    assert!(
        head.contains("content-type: text/event-stream\r\n") && !head.contains("content-encoding"),
        "{head}"
    );
    assert!(place.program.events("stream_cut").is_empty());
}

/// Covers: ASVS-15.2.2
#[tokio::test]
async fn an_answer_that_breaks_off_is_never_taken_for_a_whole_one() {
    let place = Place::with("idle_timeout = '1s'", &[]).await;
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nbegun\r\n";
    let sized = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nbegun";
    let ends = [
        (chunked, Some(Step::Close)),
        (sized, Some(Step::Close)),
        (chunked, Some(send("zz\r\nnonsense\r\n"))),
        // It only falls silent.
        (chunked, None),
        (sized, None),
    ];
    for (nth, (beginning, end)) in ends.into_iter().enumerate() {
        let is_silent = end.is_none();
        let steps = [Step::ReadBody, send(beginning), Step::Wait].into_iter();
        place.upstream.answers(steps.chain(end).collect());
        let mut line = place.line().await;
        line.send(format!("{}\r\n", place.head("GET", "/v1/models")).as_bytes())
            .await;
        line.until("begun").await;
        if !is_silent {
            place.upstream.go_on();
        }
        let all = line.rest().await;
        assert!(all.starts_with("HTTP/1.1 200"), "{all}");
        // Closed without the last chunk, or before the promised length.
        assert!(
            !all.contains("\r\n0\r\n") && !all.ends_with("0\r\n\r\n"),
            "{all}"
        );
        let is_sized = all.to_ascii_lowercase().contains("content-length: 100");
        assert_eq!(is_sized, beginning == sized, "{all}");
        let body = all.split("\r\n\r\n").nth(1).expect("a body");
        assert!(body.len() < 100, "{all}");
        place.program.logs("stream_cut", nth + 1).await;
    }
    assert!(place.browser.is_signed_in().await);
}

/// Covers: ASVS-15.2.2
#[tokio::test]
async fn a_client_that_disconnects_cancels_the_call() {
    let place = Place::new().await;
    // While the answer is silent.
    drop(begun(&place).await);
    place.upstream.was_left(1).await;
    // Before it has begun.
    place.upstream.answers(vec![Step::ReadBody, Step::Wait]);
    let mut line = place.line().await;
    line.send(format!("{}\r\n", place.head("GET", "/v1/models")).as_bytes())
        .await;
    place.upstream.has_seen(2).await;
    drop(line);
    place.upstream.was_left(2).await;
    // While it floods.
    place.upstream.answers(vec![
        Step::ReadBody,
        send("HTTP/1.1 200 OK\r\nContent-Length: 10000000000\r\n\r\n"),
        Step::Flood,
    ]);
    let mut line = place.line().await;
    line.send(format!("{}\r\n", place.head("GET", "/v1/models")).as_bytes())
        .await;
    line.until("xxxx").await;
    drop(line);
    place.upstream.was_left(3).await;
}

/// Covers: ASVS-15.2.2
#[tokio::test]
async fn a_flood_passes_through_without_filling_the_memory_and_waits_for_a_slow_reader() {
    const READ: usize = 200 * 1024 * 1024;
    const GROWN: usize = 50 * 1024 * 1024;
    let place = Place::with("idle_timeout = '2s'", &[]).await;
    let before = memory(&place.program);
    place.upstream.answers(vec![
        Step::ReadBody,
        send("HTTP/1.1 200 OK\r\nContent-Length: 10000000000\r\n\r\n"),
        Step::Flood,
    ]);
    let mut line = place.line().await;
    line.send(format!("{}\r\n", place.head("GET", "/v1/models")).as_bytes())
        .await;
    let mut come = 0;
    while come < READ {
        come += line.more().await.expect("it goes on");
        line.read.clear();
    }
    let grown = memory(&place.program).saturating_sub(before);
    assert!(grown < GROWN, "{grown}");
    // It takes no more now: the upstream has to wait, and is not waited for without end.
    let cut = place.program.logs("stream_cut", 1).await;
    assert_eq!(cut["cause"], "the client does not read the response");
    place.upstream.was_left(1).await;
    let grown = memory(&place.program).saturating_sub(before);
    assert!(grown < GROWN, "{grown}");
}

/// Covers: ASVS-15.2.2
#[tokio::test]
async fn no_more_calls_are_under_way_than_may_be() {
    let place = Place::with("max_calls = 3", &[]).await;
    let other = place.program.browser();
    place.program.sign_in_as("ada").await;
    other.sign_in().await;
    let mut first = begun(&place).await;
    let second = begun(&place).await;
    let third =
        tokio::spawn(async move { other.fetch("GET", "/api/proxy/models/v1/models").await });
    place.upstream.has_seen(3).await;
    let given = place.ask("GET", "/v1/models").await;
    given.is_problem(503, "provider_unavailable");
    assert_eq!(given.header("retry-after"), Some("5"));
    assert_eq!(place.upstream.seen().len(), 3);
    drop(second);
    place.upstream.was_left(1).await;
    place.upstream.go_on();
    place.upstream.go_on();
    first.until("later").await;
    assert_eq!(third.await.expect("it is answered").status, 200);
    place.upstream.answers(answer("200 OK", "", "well"));
    // A place is free a moment after its call is over.
    while place.ask("GET", "/v1/models").await.status != 200 {}
}

/// Covers: ASVS-15.2.2
#[tokio::test]
async fn one_session_does_not_take_all_the_places() {
    let place = Place::with("max_session_calls = 2", &[]).await;
    let lines = [begun(&place).await, begun(&place).await];
    let given = place.ask("GET", "/v1/models").await;
    given.is_problem(429, "rate_limited");
    assert_eq!(given.header("retry-after"), Some("2"));
    let other = place.program.browser();
    other.sign_in().await;
    place.upstream.answers(answer("200 OK", "", "well"));
    let given = other.fetch("GET", "/api/proxy/models/v1/models").await;
    assert_eq!(given.status, 200);
    drop(lines);
    place.upstream.was_left(2).await;
    // A place is free a moment after its call is over.
    while place.ask("GET", "/v1/models").await.status != 200 {}
}

#[tokio::test]
async fn a_stream_is_finished_before_an_orderly_end() {
    let mut place = Place::with("", &[("BFF_SERVER__SHUTDOWN_GRACE", "10m")]).await;
    let mut line = begun(&place).await;
    place.program.signal("-TERM");
    place.program.logs("stopping", 1).await;
    place.upstream.go_on();
    line.until("later\r\n0\r\n\r\n").await;
    assert_eq!(place.program.ended().await.code(), Some(0));
    assert!(place.program.events("stopped_early").is_empty());
}

#[tokio::test]
async fn a_stream_without_end_is_cut_in_time_for_everything_else_at_the_end() {
    let short = [
        ("BFF_SERVER__SHUTDOWN_GRACE", "8s"),
        ("BFF_PROVIDER__REFRESH_TIMEOUT", "8s"),
        ("BFF_PROVIDER__TOTAL_TIMEOUT", "8s"),
    ];
    let mut place = Place::with("", &short).await;
    let mut line = begun(&place).await;
    place.program.signal("-TERM");
    let all = line.rest().await;
    assert!(!all.ends_with("0\r\n\r\n"), "{all}");
    assert_eq!(place.program.ended().await.code(), Some(0));
    assert_eq!(
        place.program.events("stream_cut")[0]["cause"],
        "the program is shutting down"
    );
    assert!(place.program.events("stopped_early").is_empty());
}
