//! The commands beside `serve`: output and exit codes.

use std::fs;

use tempfile::TempDir;

use crate::support::*;

/// A secret that must never be shown.
const CANARY: &str = "canary-client-secret-7f3a9c";

#[test]
fn unknown_arguments_are_refused_and_help_explains() {
    for arguments in [
        &["dance"][..],
        &["serve", "--fast"],
        &["sessions"],
        &["sessions", "revoke"],
        &["register"],
    ] {
        let folder = TempDir::new().unwrap();
        let output = BINARY.run(&Addresses::free(), folder.path(), arguments, "", |_| {});
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
    }
    for arguments in [
        &["--help"][..],
        &["serve", "--help"],
        &["sandbox", "--help"],
        &["register", "--help"],
        &["sessions", "--help"],
        &["health", "--help"],
        &["doctor", "--help"],
        &["config", "schema", "--help"],
        &["completions", "--help"],
        &["man", "--help"],
        &["keygen", "--help"],
        &["templates", "--help"],
        &["config", "--help"],
        &["--version"],
    ] {
        let folder = TempDir::new().unwrap();
        let output = BINARY.run(&Addresses::free(), folder.path(), arguments, "", |_| {});
        assert_eq!(output.status.code(), Some(0), "{arguments:?}");
        assert!(!output.stdout.is_empty(), "{arguments:?}");
    }
}

#[test]
fn the_templates_are_checked_in_every_language() {
    let folder = TempDir::new().unwrap();
    let output = BINARY.run(
        &Addresses::free(),
        folder.path(),
        &["templates", "check"],
        "",
        |_| {},
    );
    assert_eq!(output.status.code(), Some(0));
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(
        text,
        "the templates are complete in zh-Hant, zh-Hans, en, ja\n"
    );
    let refused = BINARY.run(
        &Addresses::free(),
        folder.path(),
        &["templates", "check"],
        "",
        |command| {
            command.env("BFF_UI__DEFAULT_LANGUAGE", "fr");
        },
    );
    assert_eq!(refused.status.code(), Some(1));
    let text = String::from_utf8(refused.stderr).unwrap();
    assert!(
        text.contains("ui.default_language: ") && text.contains("one of zh-Hant"),
        "{text}"
    );
}

/// Covers: RFC6749-10.1-1
#[test]
fn the_effective_configuration_is_shown_with_masks() {
    let folder = TempDir::new().unwrap();
    let output = BINARY.run(
        &Addresses::free(),
        folder.path(),
        &["config"],
        "",
        |command| {
            command
                .env("OAUTH_CLIENT_ID", "client_shown")
                .env("OAUTH_CLIENT_SECRET", CANARY)
                .env("OAUTH_AUTH_SERVER", "https://as.example")
                .env(
                    "SESSION_STORE",
                    format!("redis://user:{CANARY}@store.example/1"),
                );
        },
    );
    let told = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{told}");
    assert!(
        told.contains("client_shown") && told.contains("https://as.example"),
        "{told}"
    );
    assert!(!told.contains(CANARY), "{told}");
    assert!(!folder.path().join("data").exists(), "it only looks");
}

#[test]
fn a_reader_that_has_read_enough_makes_nothing_fail() {
    let folder = TempDir::new().unwrap();
    for arguments in [
        &["config"][..],
        &["keygen"],
        &["sessions", "list"],
        &["--help"],
        &["--version"],
    ] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = BINARY.run(
            &Addresses::free(),
            folder.path(),
            arguments,
            "",
            |command| {
                command.stdout(writer);
            },
        );
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {output:?}");
        assert!(output.stderr.is_empty(), "{arguments:?}: {output:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_command_whose_output_is_not_taken_fails_and_says_so() {
    let folder = TempDir::new().unwrap();
    let addresses = Addresses::free();
    let full = || fs::File::options().write(true).open("/dev/full").unwrap();
    let unwritable = || fs::File::open("/dev/null").unwrap();
    let commands = [
        &["--help"][..],
        &["-h"],
        &["help"],
        &["help", "sessions"],
        &["serve", "--help"],
        &["health", "--help"],
        &["keygen", "--help"],
        &["sessions", "revoke", "--help"],
        &["--version"],
        &["-V"],
        &["keygen"],
        &["config"],
        &["sessions", "list"],
        &["sessions", "revoke", "--all"],
        &["sandbox"],
    ];
    for (arguments, output) in commands
        .into_iter()
        .flat_map(|command| [(command, full()), (command, unwritable())])
    {
        let output = BINARY.run(&addresses, folder.path(), arguments, "", |command| {
            command.env("RUST_LOG", "off").stdout(output);
        });
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {told}");
        assert!(
            told.starts_with(concat!(
                env!("CARGO_PKG_NAME"),
                ": standard output cannot be written: "
            )),
            "{arguments:?}: {told}"
        );
        assert_eq!(told.lines().count(), 1, "{arguments:?}: {told}");
    }
    // Where the reason cannot be printed either, the exit code alone tells.
    for arguments in [&["dance"][..], &["sessions"], &["register"]] {
        let output = BINARY.run(&addresses, folder.path(), arguments, "", |command| {
            command.stdout(full()).stderr(full());
        });
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
    }
}

#[test]
fn a_new_key_is_32_bytes_and_never_the_same() {
    let folder = TempDir::new().unwrap();
    let make = || {
        let output = BINARY.run(&Addresses::free(), folder.path(), &["keygen"], "", |_| {});
        assert_eq!(output.status.code(), Some(0));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    let (one, other) = (make(), make());
    assert_eq!(one.len(), 44);
    assert_ne!(one, other);
}

/// Covers: ASVS-7.4.2
#[tokio::test]
async fn an_operator_ends_sessions_beside_the_running_program() {
    let program = BINARY.start().await;
    let (first, second) = (program.browser(), program.browser());
    first.sign_in().await;
    second.sign_in().await;
    program.sign_in_as("ada").await;
    let third = program.browser();
    third.sign_in().await;

    let list = |arguments: &[&str]| {
        let output = program.run(arguments, "");
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        let told = String::from_utf8(output.stdout).unwrap();
        for browser in [&first, &second, &third] {
            assert!(!told.contains(&browser.session()), "{told}");
        }
        told.lines().skip(1).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(list(&["sessions", "list"]).len(), 3);
    let ada = list(&["sessions", "list", "--user", "12346"]);
    assert_eq!(ada.len(), 1);
    assert!(
        ada[0].contains("ada") && ada[0].contains("Firefox on Linux"),
        "{ada:?}"
    );
    let handle = ada[0].split_whitespace().next().unwrap().to_owned();

    // A handle or an id that begins with a hyphen is none of the options.
    for unknown in ["-AAAAAAAAAAAAAAA", "-hAAAAAAAAAAAAAA", "--AAAAAAAAAAAAAA"] {
        let output = program.run(&["sessions", "revoke", unknown], "");
        assert_eq!(output.status.code(), Some(1), "{output:?}");
    }
    let output = program.run(&["sessions", "list", "--user", "-1"], "");
    assert_eq!(output.status.code(), Some(0), "{output:?}");

    program.forget_counts().await;
    assert_eq!(
        program
            .run(&["sessions", "revoke", &handle], "")
            .status
            .code(),
        Some(0)
    );
    // At once, although the running program has just read it.
    third
        .fetch("GET", "/api/user/info")
        .await
        .is_problem(401, "not_authenticated")
        .tells_cause("revoked");
    assert!(first.is_signed_in().await);
    assert_eq!(
        program
            .run(&["sessions", "revoke", "--user", "12345"], "")
            .status
            .code(),
        Some(0)
    );
    first
        .fetch("GET", "/api/user/info")
        .await
        .is_problem(401, "not_authenticated");
    second
        .fetch("GET", "/api/user/info")
        .await
        .is_problem(401, "not_authenticated");
    let none = program.run(&["sessions", "revoke", "--all"], "");
    assert_eq!(String::from_utf8(none.stdout).unwrap().trim(), "0 ended");
}

#[tokio::test]
async fn the_sandbox_runs_alone_for_another_app() {
    let addresses = Addresses::free();
    let folder = TempDir::new().unwrap();
    let log = fs::File::create(folder.path().join("log")).unwrap();
    let redirect_uri = "http://127.0.0.1:9/back";
    let mut child = BINARY
        .command(&addresses, folder.path(), log)
        .args([
            "sandbox",
            "--client-id",
            "other",
            "--redirect-uri",
            redirect_uri,
        ])
        .spawn()
        .unwrap();
    let base = format!("http://{}", addresses.sandbox);
    let ask = |path: &str| client().get(format!("{base}{path}")).send();
    while ask("/sandbox").await.is_err() {
        assert!(child.try_wait().unwrap().is_none(), "it ended");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    SandboxControl::new(base.as_str()).sign_in_as("demo").await;
    let mut authorize = url::Url::parse(&format!("{base}/api/oauth2/authorize")).unwrap();
    authorize.query_pairs_mut().extend_pairs([
        ("client_id", "other"),
        ("redirect_uri", redirect_uri),
        ("response_type", "code"),
        ("auto_authorize", "true"),
        ("state", "s"),
    ]);
    let back = approve(&authorize).await;
    let form = [
        ("grant_type", "authorization_code"),
        ("code", &parameter(&back, "code").unwrap()),
        ("redirect_uri", redirect_uri),
        ("client_id", "other"),
        ("client_secret", "secret_sandbox"),
    ];
    let tokens = client()
        .post(format!("{base}/api/oauth2/token"))
        .form(&form)
        .send()
        .await
        .unwrap();
    let tokens: serde_json::Value = tokens.json().await.unwrap();
    assert!(tokens["access_token"].is_string(), "{tokens}");
    let told = std::process::Command::new("kill")
        .args(["-TERM", &child.id().to_string()])
        .status();
    assert!(told.unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}
