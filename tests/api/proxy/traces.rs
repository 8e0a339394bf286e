//! The trace of a call: continued from a trusted proxy, begun anew for any other client, and sent on to the upstream.

use super::Place;
use super::server::{Step, answer};
use crate::support::*;
use crate::traces::collector::{Collector, Manner};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN: &str = "00f067aa0ba902b7";

/// Sends a call with what a proxy or another client says about its trace. Returns what the upstream got, and what the log says.
async fn call(place: &Place) -> (Vec<String>, serde_json::Value) {
    let request = fetch("GET", "/api/proxy/models/v1/models")
        .header("traceparent", &format!("00-{TRACE}-{SPAN}-01"))
        .header("tracestate", "vendor=zq9mark")
        .header("baggage", "user=zq9mark");
    let answer = place.send(request).await;
    assert_eq!(answer.status, 200);
    let seen = place.upstream.take();
    assert!(!format!("{seen:?}").contains("zq9mark"));
    let sent = seen.header("traceparent").expect("a trace");
    let sent = sent.split('-').map(str::to_owned).collect();
    let id = answer.header("x-request-id");
    let mut lines = place.program.events("request");
    lines.retain(|line| line["span"]["request_id"].as_str() == id);
    (sent, lines[0]["span"]["trace_id"].clone())
}

#[tokio::test]
async fn the_trace_of_a_trusted_proxy_goes_on_to_the_upstream_with_a_span_of_its_own() {
    let place = Place::with("", &[("BFF_SERVER__TRUSTED_PROXIES", "127.0.0.1")]).await;
    let (one, logged) = call(&place).await;
    let (other, _) = call(&place).await;
    for sent in [&one, &other] {
        assert_eq!(
            (sent[0].as_str(), sent[1].as_str(), sent[3].as_str()),
            ("00", TRACE, "01")
        );
        assert_ne!(sent[2], SPAN);
    }
    assert_ne!(one[2], other[2]);
    assert_eq!(logged, TRACE);
}

#[tokio::test]
async fn the_trace_of_an_untrusted_client_is_not_taken_over() {
    let place = Place::new().await;
    let (one, logged) = call(&place).await;
    let (other, _) = call(&place).await;
    assert_ne!(one[1], TRACE);
    assert_ne!(one[1], other[1]);
    assert_eq!(one[3], "00", "nothing is exported");
    assert_eq!(logged, one[1].as_str());
}

#[tokio::test]
async fn the_span_of_a_streamed_answer_ends_with_the_stream() {
    let collector = Collector::start(Manner::Takes).await;
    let place = Place::with("", &collector.variables()).await;
    let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n";
    place.upstream.answers_in_turn(vec![
        vec![
            Step::ReadBody,
            Step::Send(head.into()),
            Step::Wait,
            Step::Send(b"4\r\nlast\r\n0\r\n\r\n".to_vec()),
        ],
        answer("200 OK", "", "later"),
    ]);
    let mut line = place.line().await;
    line.send(format!("{}\r\n", place.head("GET", "/v1/models")).as_bytes())
        .await;
    line.until("first").await;
    // A request that begins and ends meanwhile is exported first.
    assert_eq!(place.browser.fetch("GET", "/api/session").await.status, 200);
    collector.gets("GET /api/session").await;
    let of_stream = "GET /api/proxy/models/{path:.*}";
    assert!(collector.named(of_stream).is_empty() && collector.named("GET models").is_empty());
    place.upstream.go_on();
    line.until("last").await;
    let server = collector.gets(of_stream).await;
    let call = collector.gets("GET models").await;
    assert_eq!(call.trace_id, server.trace_id);
    assert_eq!(call.parent_span_id, server.span_id);
}
