//! Prometheus and promtool. Dropping a server ends it. Without the programs the tests fail: `scripts/bootstrap watch` fetches them.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use bff_testing::{client, free_port, is_answering};
use serde_json::Value;
use tempfile::TempDir;

/// A server that scrapes one program every second.
pub struct Prometheus {
    base: String,
    child: Child,
    _folder: TempDir,
}

impl Prometheus {
    /// Starts a server with the rules of the repository.
    pub async fn start(scraped: &str, rules: &Path) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let configuration = format!(
            "global: {{scrape_interval: 1s, evaluation_interval: 1s}}\n\
             rule_files: ['{}']\n\
             scrape_configs:\n  - job_name: bff\n    static_configs: [{{targets: ['{scraped}']}}]\n",
            rules.display()
        );
        let file = folder.path().join("prometheus.yaml");
        fs::write(&file, configuration).unwrap();
        // Another process may take the port before the server listens: then it is started with another.
        for _ in 0..5 {
            let address = format!("127.0.0.1:{}", free_port());
            let child = Command::new("prometheus")
                .arg(format!("--config.file={}", file.display()))
                .arg(format!(
                    "--storage.tsdb.path={}",
                    folder.path().join("data").display()
                ))
                .arg(format!("--web.listen-address={address}"))
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn();
            let mut child = child.expect("prometheus is installed: scripts/bootstrap watch");
            let base = format!("http://{address}");
            if is_answering(&mut child, &format!("{base}/-/ready")).await {
                return Self {
                    base,
                    child,
                    _folder: folder,
                };
            }
        }
        panic!("prometheus does not start");
    }

    /// The values of the series that this expression gives now.
    pub async fn query(&self, expression: &str) -> Vec<f64> {
        let mut url = url::Url::parse(&format!("{}/api/v1/query", self.base)).unwrap();
        url.query_pairs_mut().append_pair("query", expression);
        let answer: Value = client()
            .get(url)
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap();
        assert_eq!(answer["status"], "success", "{expression}: {answer}");
        let series = answer["data"]["result"].as_array().unwrap();
        let value = |one: &Value| one["value"][1].as_str().unwrap().parse().unwrap();
        series.iter().map(value).collect()
    }
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Runs promtool in the folder of the rules with this standard input. Fails unless it succeeds.
pub fn promtool(arguments: &[&str], input: &str) {
    let Output {
        status,
        stdout,
        stderr,
    } = run(arguments, input);
    let told = [stdout, stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
    assert!(
        status.success(),
        "promtool {arguments:?}: {}",
        told.join("\n")
    );
}

fn run(arguments: &[&str], input: &str) -> Output {
    let given = tempfile::NamedTempFile::new().unwrap();
    fs::write(&given, input).unwrap();
    Command::new("promtool")
        .args(arguments)
        .current_dir(super::documents::folder())
        .stdin(given.reopen().unwrap())
        .output()
        .expect("promtool is installed: scripts/bootstrap watch")
}
