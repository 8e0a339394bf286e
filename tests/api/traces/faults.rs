//! A collector that hangs or is gone: requests are answered, the program stops, and the log says it once.

use super::collector::{Collector, Manner, stopped};
use crate::support::*;

#[tokio::test]
async fn a_collector_that_hangs_delays_neither_a_request_nor_the_stop() {
    let collector = Collector::start(Manner::Hangs).await;
    let forever = [("OTEL_EXPORTER_OTLP_TIMEOUT", "3600000")];
    let mut program = BINARY
        .start_with(&[&collector.variables()[..], &forever].concat())
        .await;
    program.browser().sign_in().await;
    collector.is_asked().await;
    // More than the queue of spans holds.
    let all = "GET /api/session HTTP/1.1\r\nHost: x\r\n\r\n".repeat(3_000);
    let last = "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    let answers = exchange(&program.addresses.public, (all + last).as_bytes()).await;
    let answers = String::from_utf8(answers).expect("text");
    // The rate limit answers a part of them.
    assert_eq!(answers.matches("HTTP/1.1 ").count(), 3_001);
    assert_eq!(stopped(&mut program).await.code(), Some(0));
    assert!(program.events("stopped_early").is_empty());
    assert!(collector.spans().is_empty());
}

#[tokio::test]
async fn a_collector_that_is_gone_is_logged_once_and_its_spans_are_counted() {
    let gone = {
        let collector = Collector::start(Manner::Takes).await;
        collector.base.clone()
    };
    let mut program = BINARY
        .start_with(&[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &gone),
            ("OTEL_BSP_SCHEDULE_DELAY", "20"),
        ])
        .await;
    program.browser().sign_in().await;
    let line = program.logs("traces_not_exported", 1).await;
    assert!(line["spans"].as_u64() > Some(0), "{line}");
    let lost = async || {
        let request = Request::new("GET", "/metrics");
        let text = send(&program.addresses.admin, "x", &request).await.text();
        let line = text
            .lines()
            .find_map(|line| line.strip_prefix("bff_spans_lost_total "));
        line.expect("the metric").parse::<u64>().expect("a number")
    };
    let before = lost().await;
    program.browser().sign_in().await;
    while lost().await == before {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_eq!(stopped(&mut program).await.code(), Some(0));
    assert_eq!(program.events("traces_not_exported").len(), 1);
}
