//! What is exported: one span for a request, with its calls as children, and nothing of the user.

use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;

use super::collector::{Collector, Manner, attribute, stopped};
use crate::support::*;

const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const TRACE: [u8; 4] = [0x4b, 0xf9, 0x2f, 0x35];

fn children<'a>(spans: &'a [Span], parent: &Span) -> Vec<&'a Span> {
    let is_child =
        |span: &&Span| span.parent_span_id == parent.span_id && span.trace_id == parent.trace_id;
    spans.iter().filter(is_child).collect()
}

#[tokio::test]
async fn a_request_is_a_span_and_its_calls_are_children_that_hold_nothing_of_the_user() {
    let collector = Collector::start(Manner::Takes).await;
    let service = [("OTEL_SERVICE_NAME", "shop")];
    let mut program = BINARY
        .start_with(&[&collector.variables()[..], &service].concat())
        .await;
    let browser = program.browser();
    browser.sign_in().await;
    let info = browser.fetch("GET", "/api/user/info?secret=zq9mark").await;
    assert_eq!(info.status, 200);
    // The last spans are sent at the stop.
    assert_eq!(stopped(&mut program).await.code(), Some(0));

    let spans = collector.spans();
    let server = &collector.named("GET /api/user/info")[0];
    assert_eq!(server.kind(), SpanKind::Server);
    assert!(server.parent_span_id.is_empty() && server.end_time_unix_nano > 0);
    for (name, value) in [
        ("http.request.method", "GET"),
        ("http.route", "/api/user/info"),
        ("http.response.status_code", "200"),
    ] {
        assert_eq!(attribute(server, name).as_deref(), Some(value), "{name}");
    }
    let call = children(&spans, server);
    let call = call.iter().find(|span| span.name == "GET userinfo");
    let call = call.expect("the call of the provider");
    assert_eq!(call.kind(), SpanKind::Client);
    assert_eq!(
        attribute(call, "server.address").as_deref(),
        Some("127.0.0.1")
    );
    assert_eq!(attribute(call, "error.type"), None);

    let callback = &collector.named("GET /oauth/callback")[0];
    let calls = children(&spans, callback);
    let named = |name| {
        calls
            .iter()
            .find(|span| span.name == name)
            .unwrap_or_else(|| panic!("{name}: {calls:?}"))
    };
    named("POST token");
    let stored = named("create");
    assert_eq!(
        attribute(stored, "db.system.name").as_deref(),
        Some("sqlite")
    );

    assert_eq!(collector.resource("service.name").as_deref(), Some("shop"));
    let head = collector.is_asked().await;
    assert!(head.starts_with("post /v1/traces "), "{head}");
    assert!(
        head.contains("authorization: canary-of-the-collector"),
        "{head}"
    );
    let all = format!("{spans:?}");
    for private in [
        "zq9mark", "demo", "code=", "state=", "session=", "Bearer", "?",
    ] {
        assert!(!all.contains(private), "{private}: {all}");
    }
    assert!(!program.log().contains("canary-of-the-collector"));
}

#[tokio::test]
async fn a_failed_call_and_a_failed_request_are_marked() {
    let collector = Collector::start(Manner::Takes).await;
    let program = BINARY.start_with(&collector.variables()).await;
    let browser = program.browser();
    browser.sign_in().await;
    program.break_once("userinfo", "html_502").await;
    assert_eq!(browser.fetch("GET", "/api/user/info").await.status, 503);
    let server = collector.gets("GET /api/user/info").await;
    assert_eq!(attribute(&server, "error.type").as_deref(), Some("503"));
    let calls = collector.named("GET userinfo");
    let failed = calls
        .iter()
        .find(|call| call.trace_id == server.trace_id)
        .expect("the call");
    assert_eq!(
        attribute(failed, "error.type").as_deref(),
        Some("unavailable")
    );
    assert_eq!(
        attribute(failed, "http.response.status_code").as_deref(),
        Some("502")
    );
}

#[tokio::test]
async fn only_a_trusted_proxy_decides_that_a_trace_is_exported() {
    let trusted = ("BFF_SERVER__TRUSTED_PROXIES", "127.0.0.1");
    let off = ("OTEL_TRACES_SAMPLER", "parentbased_always_off");
    for (more, is_exported) in [(&[trusted, off][..], true), (&[off], false)] {
        let collector = Collector::start(Manner::Takes).await;
        let mut program = BINARY
            .start_with(&[&collector.variables()[..], more].concat())
            .await;
        let request = fetch("GET", "/api/session").header("traceparent", PARENT);
        assert_eq!(program.browser().send_bare(request).await.status, 200);
        program.browser().fetch("GET", "/api/session").await;
        assert_eq!(stopped(&mut program).await.code(), Some(0));
        let spans = collector.named("GET /api/session");
        assert_eq!(spans.len(), usize::from(is_exported), "{spans:?}");
        assert!(spans.iter().all(|span| span.trace_id.starts_with(&TRACE)));
        assert_eq!(
            collector.spans().len(),
            spans.len(),
            "without a decision nothing is exported"
        );
    }
}
