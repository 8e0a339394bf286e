//! The files that operators take over, as they are in the repository.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

/// The folder with the rules.
pub fn folder() -> PathBuf {
    top().join("deploy/prometheus")
}

/// The text of a file of the repository.
pub fn text(path: &str) -> String {
    fs::read_to_string(top().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn top() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// `deploy/prometheus/rules.yaml`.
#[derive(Deserialize)]
pub struct Rules {
    groups: Vec<Group>,
}

#[derive(Deserialize)]
struct Group {
    rules: Vec<Rule>,
}

/// A rule: it records a series or raises an alert.
#[derive(Clone, Deserialize)]
pub struct Rule {
    pub alert: Option<String>,
    pub expr: String,
    #[serde(default)]
    pub labels: Labels,
    #[serde(default)]
    pub annotations: Annotations,
}

#[derive(Clone, Default, Deserialize)]
pub struct Labels {
    pub severity: Option<String>,
}

#[derive(Clone, Default, Deserialize)]
pub struct Annotations {
    pub summary: Option<String>,
    pub description: Option<String>,
    pub runbook_url: Option<String>,
}

/// Every rule.
pub fn rules() -> Vec<Rule> {
    let rules: Rules = serde_saphyr::from_str(&text("deploy/prometheus/rules.yaml")).unwrap();
    rules
        .groups
        .into_iter()
        .flat_map(|group| group.rules)
        .collect()
}

/// The names of our metrics in an expression. Names of recorded series have a colon, and are left out.
pub fn metrics_in(expression: &str) -> Vec<&str> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
    expression
        .split(|c| !is_part(c))
        .filter(|word| !word.contains(':'))
        .filter(|word| word.starts_with("bff_") || word.starts_with("process_"))
        .collect()
}
