//! The alert rules: valid, tested by their own unit tests, and explained in the runbook.

use std::collections::BTreeSet;

use super::documents::{metrics_in, rules, text};
use super::load::Watched;
use super::prometheus::promtool;

const RUNBOOK: &str = "docs/runbook.md";

#[test]
fn promtool_accepts_the_rules_and_their_tests() {
    promtool(&["check", "config", "prometheus.yaml"], "");
    promtool(&["test", "rules", "rules_test.yaml"], "");
}

#[test]
fn each_alert_says_what_to_do_in_a_section_of_the_runbook() {
    let sections: BTreeSet<String> = text(RUNBOOK)
        .lines()
        .filter_map(|line| line.strip_prefix("## Bff"))
        .map(|name| format!("Bff{name}"))
        .collect();
    let mut alerts = BTreeSet::new();
    for rule in rules() {
        let Some(alert) = rule.alert else {
            continue;
        };
        let anchor = format!("/runbook.md#{}", alert.to_lowercase());
        let leads_there = rule
            .annotations
            .runbook_url
            .is_some_and(|url| url.ends_with(&anchor));
        assert!(
            leads_there,
            "{alert}: its runbook_url does not end with {anchor}"
        );
        let texts = [rule.annotations.summary, rule.annotations.description];
        assert!(
            texts.iter().all(Option::is_some),
            "{alert}: without summary or description"
        );
        let severity = rule.labels.severity.unwrap_or_default();
        assert!(
            ["page", "ticket", "info"].contains(&severity.as_str()),
            "{alert}: {severity}"
        );
        alerts.insert(alert);
    }
    assert_eq!(alerts, sections, "alerts, and sections of {RUNBOOK}");
}

#[test]
fn each_alert_fires_in_a_unit_test() {
    let tests = text("deploy/prometheus/rules_test.yaml");
    for rule in rules() {
        if let Some(alert) = rule.alert {
            let fires = format!("alertname=\"{alert}\"");
            assert!(tests.contains(&fires), "{alert} fires in no test");
        }
    }
}

#[tokio::test]
async fn the_program_has_every_metric_that_a_rule_reads_and_promtool_finds_no_fault() {
    let watched = Watched::start().await;
    watched.use_everything().await;
    let metrics = watched.metrics().await;
    for rule in rules() {
        for name in metrics_in(&rule.expr) {
            let base = name.trim_end_matches("_bucket").trim_end_matches("_count");
            let is_there = [name, base]
                .iter()
                .any(|name| metrics.contains(&format!("# TYPE {name} ")));
            assert!(is_there, "{name} is not a metric: {}", rule.expr);
        }
    }
    promtool(&["check", "metrics"], &metrics);
}
