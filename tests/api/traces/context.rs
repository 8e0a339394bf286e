//! The ids of a trace: in every line of the log, and in every call to the provider.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::support::*;

fn is_trace_id(id: &str) -> bool {
    id.len() == 32
        && id
            .bytes()
            .all(|digit| digit.is_ascii_digit() || (b'a'..=b'f').contains(&digit))
}

/// The id of the trace of each request, by the log. Every line of a request has the same.
fn traces(program: &Program) -> BTreeMap<String, String> {
    let mut traces = BTreeMap::new();
    for line in program.log().lines() {
        let Ok(line) = serde_json::from_str::<Value>(line) else {
            continue;
        };
        let Some(request) = line["span"]["request_id"].as_str() else {
            continue;
        };
        let trace = line["span"]["trace_id"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        assert!(is_trace_id(&trace), "{line}");
        let known = traces
            .entry(request.to_owned())
            .or_insert_with(|| trace.clone());
        assert_eq!(*known, trace, "{line}");
    }
    traces
}

#[tokio::test]
async fn each_call_to_the_provider_names_the_trace_of_its_request_and_a_span_of_its_own() {
    let (sandbox, recorder, program) = provider::behind_a_recorder(BINARY).await;
    let browser = provider::browser(&program);
    browser.sign_in().await;
    let control = SandboxControl::new(sandbox.base_url());
    control.expire_tokens("demo").await;
    assert_eq!(browser.fetch("GET", "/api/user/info").await.status, 200);
    assert_eq!(browser.fetch("POST", "/auth/logout").await.status, 204);
    program.logs("session_ended", 1).await;

    let ids = traces(&program);
    let known: BTreeSet<&str> = ids.values().map(String::as_str).collect();
    assert_eq!(
        known.len(),
        ids.len(),
        "each request has a trace of its own"
    );
    let sent = recorder.values(&["traceparent: "]);
    // A login, a refused token, a refresh, and the repeated call.
    assert!(sent.len() >= 5, "{sent:?}");
    for traceparent in &sent {
        let parts: Vec<&str> = traceparent.split('-').collect();
        assert_eq!(
            (parts.len(), parts[0], parts[3]),
            (4, "00", "00"),
            "{traceparent}"
        );
        assert!(known.contains(parts[1]), "{traceparent} is of no request");
    }
    let spans: BTreeSet<&str> = sent.iter().filter_map(|it| it.split('-').nth(2)).collect();
    assert_eq!(spans.len(), sent.len());
}
