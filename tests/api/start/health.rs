//! `health`: what a container's health check learns from it.

use std::process::Output;

use tempfile::TempDir;

use crate::support::*;

fn said(output: &Output) -> String {
    assert!(output.stdout.is_empty(), "{output:?}");
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// Fails unless the command has exit code 1 and one line with these words.
fn assert_unhealthy(output: &Output, words: &str) {
    let said = said(output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(
        said.contains("server.admin_listen: ") && said.contains(words),
        "{said}"
    );
}

#[tokio::test]
async fn a_ready_program_is_healthy_and_the_question_needs_no_secret() {
    let program = BINARY.start().await;
    let addresses = &program.addresses;
    let (_, port) = addresses.admin.rsplit_once(':').unwrap();
    let everywhere = format!("0.0.0.0:{port}");
    for arguments in [&["health"][..], &["health", "--live"]] {
        let output = program.run(arguments, "");
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        assert_eq!(said(&output), "");
        let folder = TempDir::new().unwrap();
        let output = BINARY.run(addresses, folder.path(), arguments, "", |command| {
            command
                .env("BFF_PROFILE", "production")
                .env("OAUTH_CLIENT_SECRET_FILE", "/nowhere/secret")
                .env("BFF_SERVER__ADMIN_LISTEN", &everywhere);
        });
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        assert!(!folder.path().join("data").exists(), "it only asks");
    }
}

#[tokio::test]
async fn a_program_without_its_store_is_alive_and_not_ready() {
    let mut redis = RedisServer::start("").await;
    let store = format!("redis://127.0.0.1:{}", redis.port());
    let program = BINARY.start_with(&[("SESSION_STORE", &store)]).await;
    redis.kill();
    assert_unhealthy(&program.run(&["health"], ""), "store does not answer");
    let output = program.run(&["health", "--live"], "");
    assert_eq!(output.status.code(), Some(0), "{output:?}");
}

#[tokio::test]
async fn a_program_that_does_not_run_and_another_program_have_different_messages() {
    let mut program = BINARY.start().await;
    // The sandbox is a server that is not this program.
    let sandbox = program.addresses.sandbox.clone();
    let other = BINARY.run(
        &program.addresses,
        program.folder.path(),
        &["health"],
        "",
        |command| {
            command.env("BFF_SERVER__ADMIN_LISTEN", &sandbox);
        },
    );
    assert_unhealthy(&other, "is not this program");
    program.stop();
    for arguments in [&["health"][..], &["health", "--live"]] {
        assert_unhealthy(&program.run(arguments, ""), "no program listens");
    }
}
