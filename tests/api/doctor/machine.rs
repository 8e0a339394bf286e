//! Faults of the settings and of the machine.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;

use super::{Report, start};
use crate::support::*;

#[tokio::test]
async fn every_fault_of_the_settings_is_a_finding() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = BINARY.run(
        &Addresses::free(),
        folder.path(),
        &["doctor", "--json"],
        "",
        |command| {
            command
                .env("BFF_SESSION__IDLE_TTL", "canary")
                .env("SESSION_STORE", "canary://nowhere")
                .env("BFF_SERVER__LISTNE", "canary");
        },
    );
    let report = Report::of(&output);
    assert_eq!(report.failed(), ["settings"; 3], "{}", report.shown);
    for key in [
        "session.idle_ttl: ",
        "session.store: ",
        "BFF_SERVER__LISTNE: ",
    ] {
        report.names("settings", key);
    }
}

#[tokio::test]
async fn files_that_others_can_read_are_named() {
    let program = start(&[]).await;
    let data = program.folder.path().join("data");
    fs::set_permissions(&data, Permissions::from_mode(0o755)).expect("it is ours");
    Report::beside(&program, &[]).only("folders", "data is open to other users");
    fs::set_permissions(&data, Permissions::from_mode(0o700)).expect("it is ours");
    let file = program.folder.path().join(".env");
    fs::write(&file, "").expect("it can be written");
    fs::set_permissions(&file, Permissions::from_mode(0o644)).expect("it is ours");
    Report::beside(&program, &[]).only("folders", ".env is open to other users");
}

#[tokio::test]
async fn a_key_file_that_others_can_read_is_named() {
    let program = start(&[]).await;
    let key = program.folder.path().join("data/session.key");
    fs::set_permissions(&key, Permissions::from_mode(0o644)).expect("it is ours");
    let report = Report::beside(&program, &[]);
    report.fails("keys", "can be read by others");
    report.fails("folders", "session.key is open to other users");
}

#[tokio::test]
async fn a_low_limit_missing_roots_and_a_wrong_collector_are_named() {
    let program = start(&[]).await;
    let few = [("BFF_LIMITS__CONNECTIONS", "900000")];
    let (_, hard) = rlimit_of_files();
    assert!(
        hard < 900_000,
        "this machine has no limit that could be too low"
    );
    Report::beside(&program, &few).only(
        "open_files",
        "and limits.connections with the upstreams needs 9000",
    );
    let roots = [("SSL_CERT_FILE", "/nowhere/roots.pem")];
    Report::beside(&program, &roots).fails("root_certificates", "SSL_CERT_FILE names no file");
    let collector = [("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4317")];
    let report = Report::beside(&program, &collector);
    assert_eq!(report.failed(), [""; 0], "{}", report.shown);
    report.names("telemetry", "has port 4317");
}

/// The soft and the hard limit on open files of this process, from its own file.
fn rlimit_of_files() -> (u64, u64) {
    let limits = fs::read_to_string("/proc/self/limits").expect("Linux");
    let line = limits
        .lines()
        .find(|line| line.starts_with("Max open files"))
        .expect("a limit");
    let numbers: Vec<u64> = line
        .split_whitespace()
        .filter_map(|word| word.parse().ok())
        .collect();
    (numbers[0], numbers[1])
}
