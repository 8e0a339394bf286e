//! Targets of the audit log: standard output, which then carries nothing else, a file, and a file that accepts no data.

use std::fs::File;

use serde_json::Value;
use tempfile::TempDir;

use super::in_form;
use crate::support::*;

#[tokio::test]
async fn on_standard_output_there_is_nothing_but_the_audit_log() {
    let addresses = Addresses::free();
    let folder = TempDir::new().expect("a folder can be made");
    let [out, log] = ["out", "log"].map(|name| folder.path().join(name));
    let mut command = BINARY.command(&addresses, folder.path(), File::create(&log).unwrap());
    let mut child = command
        .env("BFF_LOG__AUDIT", "stdout")
        .env("BFF_LOG__FORMAT", "text")
        .stdout(File::create(&out).unwrap())
        .spawn()
        .expect("the program can be run");
    assert!(is_ready(&mut child, &addresses.origin()).await);
    let browser = Browser::new(&addresses.origin(), &addresses.public);
    browser.start("").await;
    child.kill().expect("it runs");
    child.wait().expect("it is our child");
    let told = std::fs::read_to_string(out).unwrap();
    let names: Vec<Value> = told
        .lines()
        .map(|line| in_form(line)["event"].clone())
        .collect();
    assert_eq!(names, ["configuration_loaded", "login_started"]);
    let log = std::fs::read_to_string(log).unwrap();
    assert!(log.contains("and click once."), "{log}");
}

#[tokio::test]
async fn an_audit_log_that_cannot_be_written_stops_the_start() {
    let addresses = Addresses::free();
    let folder = TempDir::new().expect("a folder can be made");
    let place = "file:missing/audit.jsonl";
    let output = BINARY.run(&addresses, folder.path(), &["serve"], "", |command| {
        command.env("BFF_LOG__AUDIT", place);
    });
    assert_eq!(output.status.code(), Some(2));
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(
        told.contains("log.audit: file:") && told.contains("missing/audit.jsonl"),
        "{told}"
    );
    assert_eq!(told.lines().count(), 1, "{told}");
}

#[tokio::test]
async fn a_full_disk_is_reported_once_and_ends_no_session() {
    let program = BINARY
        .start_with(&[("BFF_LOG__AUDIT", "file:/dev/full")])
        .await;
    let browser = program.browser();
    browser.sign_in().await;
    browser.fetch("POST", "/auth/logout").await;
    for event in ["session_ended", "audit_not_written"] {
        program.logs(event, 1).await;
        assert_eq!(program.events(event).len(), 1, "{event}");
    }
}
