//! The profile `observability` of the compose file: Prometheus scrapes the app of the same project, with the rules of the repository.

use std::process::{Command, Output};

use bff_testing::{Addresses, client, free_port};
use serde_json::Value;
use tempfile::TempDir;

use crate::podman::{IMAGE, LOOK_AGAIN, LOOKS, answers, write_secrets};

/// A project of compose. Dropping it removes its containers and volumes.
struct Project {
    name: String,
    environment: Vec<(&'static str, String)>,
}

impl Project {
    fn compose(&self, arguments: &[&str]) -> std::io::Result<Output> {
        Command::new("podman-compose")
            .args(["-f", "deploy/compose/compose.yaml", "-p", &self.name])
            .args(["--profile", "observability"])
            .args(arguments)
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .output()
    }
}

impl Drop for Project {
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!("{:?}", self.compose(&["logs"]));
        }
        // It may have ended already.
        drop(self.compose(&["down", "--volumes", "--timeout", "5"]));
    }
}

#[tokio::test]
async fn prometheus_of_compose_scrapes_the_app_and_evaluates_the_rules() {
    let addresses = Addresses::free();
    let port = |address: &str| address.rsplit_once(':').expect("a port").1.to_owned();
    let secrets = TempDir::new().expect("a folder can be made");
    write_secrets(secrets.path(), Some(65_532));
    let prometheus = free_port();
    let project = Project {
        name: format!("watched{}", std::process::id()),
        environment: vec![
            ("APP_IMAGE", IMAGE.to_owned()),
            ("PROMETHEUS_IMAGE", "localhost/bff-prometheus".to_owned()),
            ("APP_PORT", port(&addresses.public)),
            ("SANDBOX_PORT", port(&addresses.sandbox)),
            ("PROMETHEUS_PORT", prometheus.to_string()),
            ("OAUTH_REDIRECT_URI", addresses.redirect_uri()),
            ("SECRETS", secrets.path().display().to_string()),
        ],
    };
    let started = project.compose(&["up", "--detach", "--no-build"]);
    let started = started.expect("podman-compose; run `just containers`");
    assert!(started.status.success(), "{started:?}");
    let base = format!("http://127.0.0.1:{prometheus}");
    answers(&format!("{base}/-/ready")).await;

    // The first scrape is up to an interval later.
    answers(&format!("{}/readyz", addresses.origin())).await;
    let mut scraped = None;
    for _ in 0..LOOKS {
        scraped = number(&base, "count(bff_build_info)").await;
        if scraped.is_some() {
            break;
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
    assert_eq!(scraped, Some(1.0));
    let rules = asked(&format!("{base}/api/v1/rules")).await;
    let groups = rules["data"]["groups"].as_array().expect("a list");
    assert!(!groups.is_empty(), "the rules are loaded");
}

/// Returns the value of an expression that has one series.
async fn number(base: &str, expression: &str) -> Option<f64> {
    let mut url = url::Url::parse(&format!("{base}/api/v1/query")).expect("an address");
    url.query_pairs_mut().append_pair("query", expression);
    let answer = asked(url.as_str()).await;
    answer["data"]["result"][0]["value"][1]
        .as_str()?
        .parse()
        .ok()
}

async fn asked(url: &str) -> Value {
    let answer = client().get(url).send().await.expect("Prometheus answers");
    answer.json().await.expect("JSON")
}
