//! `doctor`: a program in order passes, and each planted fault is named.

mod machine;
mod probe;
mod provider;
mod proxy;
mod replicas;
mod store;

use std::process::Output;

use serde_json::Value;

use crate::support::*;

/// The client secret of these programs. It must never be shown.
const SECRET: &str = "canary-secret-of-the-client-4711";

/// The sandbox as a provider with known credentials.
const CLIENT: [(&str, &str); 3] = [
    ("BFF_SANDBOX__ENABLED", "true"),
    ("OAUTH_CLIENT_ID", "client_of_doctor"),
    ("OAUTH_CLIENT_SECRET", SECRET),
];

/// Starts a program that is in order, with these further variables.
async fn start(environment: &[(&str, &str)]) -> Program {
    let environment = [&CLIENT[..], environment].concat();
    BINARY.start_with(&environment).await
}

/// What the command found.
struct Report {
    findings: Vec<Value>,
    shown: String,
}

impl Report {
    /// Reads the output of `doctor --json`, and checks that its exit code is that of its findings.
    fn of(output: &Output) -> Self {
        let shown = String::from_utf8(output.stdout.clone()).expect("text");
        let complaints = String::from_utf8_lossy(&output.stderr);
        assert!(
            !shown.contains("canary") && !complaints.contains("canary"),
            "{shown}"
        );
        let whole: Value = serde_json::from_str(&shown).unwrap_or_else(|_| panic!("{output:?}"));
        let findings = whole["findings"].as_array().expect("findings").clone();
        let report = Self { findings, shown };
        let is_ok = report.failed().is_empty();
        assert_eq!(whole["ok"], is_ok, "{}", report.shown);
        assert_eq!(
            output.status.code(),
            Some(i32::from(!is_ok)),
            "{complaints}"
        );
        for finding in &report.findings {
            let check = finding["check"].as_str().expect("a check");
            assert_eq!(finding["link"], format!("docs/doctor.md#{check}"));
            let fix = finding["fix"].as_str().expect("a fix");
            assert!(finding["ok"] == true || !fix.is_empty(), "{finding}");
        }
        report
    }

    /// Runs the command beside the program, with these variables changed.
    fn beside(program: &Program, changes: &[(&str, &str)]) -> Self {
        Self::of(&program.run_with(&["doctor", "--json"], changes))
    }

    /// Returns the names of the checks that failed.
    fn failed(&self) -> Vec<&str> {
        let failed = self.findings.iter().filter(|found| found["ok"] == false);
        failed.filter_map(|found| found["check"].as_str()).collect()
    }

    /// Fails unless exactly this check failed, with these words.
    #[track_caller]
    fn only(&self, check: &str, words: &str) {
        assert_eq!(self.failed(), [check], "{}", self.shown);
        self.names(check, words);
    }

    /// Fails unless a finding of this check has these words.
    #[track_caller]
    fn names(&self, check: &str, words: &str) {
        let has_words = |found: &Value| {
            found["what"]
                .as_str()
                .is_some_and(|what| what.contains(words))
        };
        let found = self
            .findings
            .iter()
            .any(|found| found["check"] == check && has_words(found));
        assert!(found, "{check}: {words}: {}", self.shown);
    }

    /// Fails unless this check failed with these words. Others may have failed too.
    #[track_caller]
    fn fails(&self, check: &str, words: &str) {
        assert!(self.failed().contains(&check), "{check}: {}", self.shown);
        self.names(check, words);
    }
}

#[tokio::test]
async fn a_program_in_order_passes_every_check_as_lines_and_as_json() {
    let program = start(&[]).await;
    let report = Report::beside(&program, &[]);
    assert_eq!(report.failed(), [""; 0], "{}", report.shown);
    for (check, words) in [
        ("settings", "every setting is valid"),
        ("store", "takes, returns and forgets"),
        ("replicas", "1 running replica"),
        ("provider", "the sandbox of the program"),
        ("clock", "within 1 second"),
        ("client", "accepts the credentials"),
        ("redirect_uri", "accepts http://"),
        ("public_origin", "leads to this program"),
        ("proxy_client", "sees this machine as 127.0.0.1"),
        ("proxy_stream", "arrives as it is sent"),
    ] {
        report.names(check, words);
    }
    let output = program.run(&["doctor"], "");
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(output.stderr.is_empty(), "{output:?}");
    let lines = String::from_utf8(output.stdout).expect("text");
    assert_eq!(lines.lines().count(), report.findings.len(), "{lines}");
    for line in lines.lines() {
        assert!(
            line.starts_with("ok ") || line.starts_with("note "),
            "{line}"
        );
    }
}

#[tokio::test]
async fn before_the_first_start_it_passes_and_makes_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = BINARY.run(
        &Addresses::free(),
        folder.path(),
        &["doctor", "--json"],
        "",
        |_| {},
    );
    let report = Report::of(&output);
    assert_eq!(report.failed(), [""; 0], "{}", report.shown);
    report.names("keys", "no key exists yet");
    report.names("store", "the first start makes it");
    report.names("provider", "which does not run");
    report.names("public_origin", "not measured");
    let made: Vec<_> = std::fs::read_dir(folder.path())
        .expect("a folder")
        .collect();
    // The one file is that of the harness.
    assert_eq!(made.len(), 1, "{made:?}");
}
