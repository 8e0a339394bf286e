//! Faults that stop the start: one line each, exit code 2, no secret.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Output;

use crate::support::*;
use tempfile::TempDir;

/// A secret that must never be shown.
const CANARY: &str = "canary-client-secret-7f3a9c";

/// Runs `serve` in a fresh folder with these variables; it must not start.
fn refused(environment: &[(&str, &str)]) -> Output {
    let folder = TempDir::new().expect("a folder can be made");
    BINARY.run(
        &Addresses::free(),
        folder.path(),
        &["serve"],
        "",
        |command| {
            command.envs(environment.iter().copied());
        },
    )
}

/// Fails unless this is one line on standard error that names this, with exit code 2 and no secret.
fn is_refusal(output: &Output, names: &str) {
    let told = String::from_utf8(output.stderr.clone()).expect("text");
    assert_eq!(output.status.code(), Some(2), "{told}");
    let lines: Vec<&str> = told
        .lines()
        .filter(|line| line.starts_with(concat!(env!("CARGO_PKG_NAME"), ": ")))
        .collect();
    assert_eq!(lines.len(), 1, "{told}");
    assert!(lines[0].contains(names), "{names}: {told}");
    assert!(!told.contains(CANARY), "{told}");
    assert!(output.stdout.is_empty());
}

/// Covers: BFF-6.1.3.2-1, RFC6749-10.5-1, DRV-CONFIG
#[test]
fn what_cannot_be_configured_is_one_line_that_names_the_key() {
    for (variable, value, names) in [
        ("BFF_SERVER__LISTEN", "nonsense", "server.listen"),
        (
            "BFF_SERVER__LISTEN_ADDRESS",
            "127.0.0.1:1",
            "BFF_SERVER__LISTEN_ADDRESS",
        ),
        ("BFF_SESION__IDLE_TTL", "1d", "BFF_SESION__IDLE_TTL"),
        ("BFF_SESSION__IDLE_TTL", "90d", "session.idle_ttl"),
        ("BFF_SESSION__IDLE_TTL", "soon", "session.idle_ttl"),
        ("SESSION_KEYS", CANARY, "session.keys"),
        (
            "OTEL_EXPORTER_OTLP_ENDPOINT",
            "collector:4318",
            "OTEL_EXPORTER_OTLP_ENDPOINT",
        ),
        ("SESSION_STORE", "mysql://x", "session.store"),
        (
            "OAUTH_REDIRECT_URI",
            "http://app.example/oauth/callback",
            "oauth.redirect_uri",
        ),
        ("BFF_OAUTH__ISSUER", "http://as.example", "oauth.issuer"),
        ("SESSION_KEYS_FILE", "/nowhere/secret", "session.keys"),
        (
            "BFF_SERVER__TRUSTED_PROXIES",
            "0.0.0.0/0",
            "server.trusted_proxies",
        ),
    ] {
        is_refusal(&refused(&[(variable, value)]), names);
    }
}

/// Covers: RFC6749-10.1-1, DRV-CONFIG
#[test]
fn several_faults_are_reported_at_once() {
    let output = refused(&[
        ("SESSION_STORE", "mysql://x"),
        ("BFF_SESSION__IDLE_TTL", "soon"),
        ("BFF_NOTHING", "1"),
        ("OAUTH_CLIENT_SECRET", CANARY),
    ]);
    assert_eq!(output.status.code(), Some(2));
    let told = String::from_utf8(output.stderr).unwrap();
    for key in [
        "session.store",
        "session.idle_ttl",
        "BFF_NOTHING",
        "oauth.client_id",
    ] {
        assert!(told.contains(key), "{told}");
    }
    assert!(!told.contains(CANARY), "{told}");
}

/// Covers: DRV-CONFIG
#[test]
fn production_starts_with_nothing_left_to_chance() {
    let output = refused(&[("BFF_PROFILE", "production")]);
    assert_eq!(output.status.code(), Some(2));
    let told = String::from_utf8(output.stderr).unwrap();
    for key in ["oauth.client_id", "oauth.auth_server", "session.keys"] {
        assert!(told.contains(key), "{key}: {told}");
    }
    let output = refused(&[
        ("BFF_PROFILE", "production"),
        ("BFF_SANDBOX__ENABLED", "true"),
    ]);
    assert!(
        String::from_utf8(output.stderr)
            .unwrap()
            .contains("sandbox.enabled")
    );
}

#[test]
fn a_taken_address_is_one_line_whichever_it_is() {
    for (variable, key) in [
        ("BFF_SERVER__LISTEN", "server.listen"),
        ("BFF_SERVER__ADMIN_LISTEN", "server.admin_listen"),
        ("BFF_SANDBOX__LISTEN", "sandbox"),
    ] {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = taken.local_addr().unwrap().to_string();
        is_refusal(&refused(&[(variable, &address)]), key);
    }
}

#[test]
fn a_folder_that_cannot_be_used_is_one_line() {
    is_refusal(
        &refused(&[("SESSION_STORE", "sqlite:/proc/nowhere/sessions.db")]),
        "session",
    );
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("data"), "a file in the way").unwrap();
    let output = BINARY.run(&Addresses::free(), folder.path(), &["serve"], "", |_| {});
    is_refusal(&output, "");
}

#[test]
fn a_sealing_key_that_is_none_stops_the_start_and_is_left_as_it_is() {
    let folder = TempDir::new().unwrap();
    let data = folder.path().join("data");
    fs::create_dir(&data).unwrap();
    fs::set_permissions(&data, fs::Permissions::from_mode(0o700)).unwrap();
    let key = data.join("session.key");
    fs::write(&key, CANARY).unwrap();
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    let output = BINARY.run(&Addresses::free(), folder.path(), &["serve"], "", |_| {});
    is_refusal(&output, "session.key");
    assert_eq!(fs::read_to_string(&key).unwrap(), CANARY);
}
