//! The board: every panel asks something that Prometheus can answer about the running program.

use std::time::Duration;

use serde_json::Value;

use super::documents::{folder, text};
use super::load::Watched;
use super::prometheus::Prometheus;

/// Bounds a failure, and measures nothing. A few of them suffice: a rate needs two scrapes.
const ROUNDS: usize = 60;

/// The titles and expressions of all panels, with Grafana's variables filled in.
fn expressions() -> Vec<(String, String)> {
    let board: Value = serde_json::from_str(&text("deploy/grafana/dashboard.json")).unwrap();
    let panels = board["panels"].as_array().unwrap().iter();
    let of_panel = |panel: &Value| {
        let title = panel["title"].as_str().unwrap().to_owned();
        let targets = panel["targets"].as_array().cloned().unwrap_or_default();
        let expression = |target: Value| {
            let expression = target["expr"].as_str().unwrap().to_owned();
            expression
                .replace("$__rate_interval", "1m")
                .replace("$job", ".+")
        };
        let expressions = targets.into_iter().map(expression);
        expressions
            .map(|it| (title.clone(), it))
            .collect::<Vec<_>>()
    };
    panels.flat_map(of_panel).collect()
}

#[tokio::test]
async fn prometheus_answers_every_panel_of_the_board() {
    let watched = Watched::start().await;
    let rules = folder().join("rules.yaml");
    let prometheus = Prometheus::start(&watched.program.addresses.admin, &rules).await;
    let mut waiting = expressions();
    assert!(waiting.len() > 25, "the board was not read");
    for _ in 0..ROUNDS {
        watched.use_everything().await;
        tokio::time::sleep(Duration::from_millis(500)).await;
        let mut empty = Vec::new();
        for (title, expression) in waiting {
            let values = prometheus.query(&expression).await;
            if !values.iter().any(|value| value.is_finite()) {
                empty.push((title, expression));
            }
        }
        waiting = empty;
        if waiting.is_empty() {
            break;
        }
    }
    assert!(waiting.is_empty(), "without an answer: {waiting:#?}");
    assert_eq!(prometheus.query("up").await, [1.0]);
    let recorded = "job_operation:bff_store_operation_duration_seconds:p99_rate5m";
    assert!(
        !prometheus.query(recorded).await.is_empty(),
        "rules are evaluated"
    );
}

#[test]
fn a_panel_shows_its_own_data_source_and_job() {
    let board = text("deploy/grafana/dashboard.json");
    let read: Value = serde_json::from_str(&board).unwrap();
    let mut ids = Vec::new();
    for panel in read["panels"].as_array().unwrap() {
        ids.push(panel["id"].as_u64().unwrap());
        for target in panel["targets"].as_array().into_iter().flatten() {
            assert_eq!(target["datasource"]["uid"], "${datasource}", "{panel}");
            let expression = target["expr"].as_str().unwrap();
            assert!(expression.contains("job=~\"$job\""), "{expression}");
        }
    }
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), count, "ids of panels are unique");
}
