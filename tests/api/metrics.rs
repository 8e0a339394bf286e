//! Metrics of the operator's listener.

use serde_json::json;

use crate::support::*;

/// The lines of `/metrics`, without the buckets.
async fn metrics(program: &Program) -> Vec<String> {
    let request = Request::new("GET", "/metrics").header(
        "Accept",
        "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5",
    );
    let answer = send(&program.addresses.admin, "localhost", &request).await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.header("content-type"),
        Some("application/openmetrics-text; version=1.0.0; charset=utf-8")
    );
    let text = answer.text();
    assert!(text.ends_with("# EOF\n"), "{text}");
    text.lines()
        .filter(|line| !line.contains("_bucket"))
        .map(str::to_owned)
        .collect()
}

/// Covers: ASVS-16.3.1
#[tokio::test]
async fn logins_refreshes_ends_and_answers_are_counted_whatever_the_log_shows() {
    let program = BINARY.start_with(&[("RUST_LOG", "off")]).await;
    let browser = program.browser();
    browser.sign_in().await;
    program.expire_tokens("demo").await;
    assert_eq!(browser.fetch("GET", "/api/user/info").await.status, 200);
    assert_eq!(browser.fetch("POST", "/auth/logout").await.status, 204);
    browser.sign_in().await;
    program
        .sandbox
        .ask(reqwest::Method::POST, "users/demo/revoke", json!({}))
        .await;
    browser
        .fetch("GET", "/api/user/info")
        .await
        .is_problem(401, "session_expired");
    browser
        .arrive(
            &browser
                .origin
                .join("/oauth/callback?code=a&state=b")
                .expect("an address"),
        )
        .await;
    assert_eq!(
        browser
            .send_bare(Request::new("POST", "/auth/logout"))
            .await
            .status,
        403
    );

    let told = metrics(&program).await;
    for line in [
        "bff_logins_total{outcome=\"started\"} 2",
        "bff_logins_total{outcome=\"finished\"} 2",
        "bff_refreshes_total{outcome=\"done\"} 1",
        "bff_refreshes_total{outcome=\"refused\"} 1",
        "bff_sessions_ended_total{cause=\"logged_out\"} 1",
        "bff_sessions_ended_total{cause=\"refresh_refused\"} 1",
        "bff_csrf_rejected_total 1",
        "bff_store_failures_total 0",
        "bff_http_requests_total{method=\"GET\",route=\"/api/user/info\",status=\"200\"} 1",
        "bff_http_requests_total{method=\"GET\",route=\"/api/user/info\",status=\"401\"} 1",
        "bff_http_request_duration_seconds_count{route=\"/api/user/info\"} 2",
    ] {
        assert!(told.iter().any(|told| told == line), "{line}: {told:#?}");
    }
}

/// Covers: ASVS-13.4.5
#[tokio::test]
async fn no_input_of_a_client_becomes_a_metric_label() {
    let program = BINARY.start().await;
    let browser = program.browser();
    for (method, path) in [
        ("ZQ9MARK", "/"),
        ("GET", "/zq9mark"),
        ("GET", "/api/sessions/zq9mark"),
        ("GET", "/static/zq9mark"),
        ("GET", "/?error=zq9mark"),
    ] {
        browser.send_bare(Request::new(method, path)).await;
    }
    let told = metrics(&program).await.join("\n");
    assert!(told.contains("method=\"other\""), "{told}");
    assert!(!told.to_lowercase().contains("zq9mark"), "{told}");
}

#[tokio::test]
async fn calls_to_the_provider_and_the_store_are_measured_and_reads_from_memory_are_not() {
    let program = BINARY.start().await;
    let browser = program.browser();
    browser.sign_in().await;
    program.break_once("userinfo", "html_502").await;
    browser.fetch("GET", "/api/user/info").await;
    browser.fetch("GET", "/api/user/info").await;
    let loads = "bff_store_operation_duration_seconds_count{operation=\"load\",outcome=\"ok\"} ";
    let count = |lines: &[String]| {
        let line = lines.iter().find_map(|line| line.strip_prefix(loads));
        line.map(str::to_owned)
    };
    let told = metrics(&program).await;
    for line in [
        "bff_provider_call_duration_seconds_count{call=\"token\",outcome=\"ok\"} 1",
        "bff_provider_call_duration_seconds_count{call=\"userinfo\",outcome=\"ok\"} 2",
        "bff_provider_call_duration_seconds_count{call=\"userinfo\",outcome=\"unavailable\"} 1",
        "bff_store_operation_duration_seconds_count{operation=\"create\",outcome=\"ok\"} 1",
        "bff_calls_in_flight{callee=\"provider\"} 0",
        "bff_spans_lost_total 0",
    ] {
        assert!(told.iter().any(|told| told == line), "{line}: {told:#?}");
    }
    let before = count(&told);
    for _ in 0..20 {
        assert_eq!(browser.fetch("GET", "/api/session").await.status, 200);
    }
    assert_eq!(count(&metrics(&program).await), before);
}

#[tokio::test]
async fn a_scraper_that_does_not_accept_openmetrics_gets_the_text_format() {
    let program = BINARY.start().await;
    program.browser().sign_in().await;
    for accept in [None, Some("text/plain"), Some("*/*")] {
        let mut request = Request::new("GET", "/metrics");
        if let Some(accept) = accept {
            request = request.header("Accept", accept);
        }
        let answer = send(&program.addresses.admin, "localhost", &request).await;
        assert_eq!(
            answer.header("content-type"),
            Some("text/plain; version=0.0.4; charset=utf-8")
        );
        let text = answer.text();
        assert!(
            !text.contains("# EOF") && !text.contains("# UNIT"),
            "{text}"
        );
        for line in [
            "# TYPE bff_logins_total counter",
            "# TYPE bff_http_request_duration_seconds histogram",
            "# TYPE bff_calls_in_flight gauge",
        ] {
            assert!(text.lines().any(|told| told == line), "{line}: {text}");
        }
        assert!(text.contains("bff_logins_total{outcome=\"finished\"} 1\n"));
        assert!(text.contains("bff_build_info{version=\""));
        if cfg!(target_os = "linux") {
            for name in [
                "process_cpu_seconds_total",
                "process_resident_memory_bytes",
                "process_open_fds",
                "process_start_time_seconds",
            ] {
                let prefix = format!("{name} ");
                let value = text.lines().find_map(|line| line.strip_prefix(&prefix));
                let value: f64 = value.expect(name).parse().expect("a number");
                assert!(value > 0.0, "{name} {value}");
            }
        }
    }
}
