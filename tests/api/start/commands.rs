//! The commands beside `serve`: output and exit codes.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};

use serde_json::json;
use tempfile::TempDir;

use crate::support::*;

/// A secret that must never be shown.
const CANARY: &str = "canary-client-secret-7f3a9c";

#[test]
fn arguments_that_mean_nothing_are_refused_and_help_explains() {
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

#[tokio::test]
async fn an_app_is_registered_and_its_credentials_are_written_and_not_shown() {
    let program = BINARY.start().await;
    let env = program.folder.path().join(".env");
    fs::write(&env, "# mine\nRUST_LOG=debug\nOAUTH_CLIENT_ID=old\n").unwrap();
    fs::set_permissions(&env, fs::Permissions::from_mode(0o644)).unwrap();
    let arguments = register_at(&program.sandbox.base);
    let wrong = program.run(&arguments, "not-the-token\n");
    assert_eq!(wrong.status.code(), Some(1), "{wrong:?}");
    assert!(
        fs::read_to_string(&env)
            .unwrap()
            .contains("OAUTH_CLIENT_ID=old"),
        "nothing is written"
    );

    let output = program.run(&arguments, "dev-sandbox\n");
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let written = fs::read_to_string(&env).unwrap();
    assert!(written.starts_with("# mine\nRUST_LOG=debug\n"), "{written}");
    assert!(!written.contains("OAUTH_CLIENT_ID=old"), "{written}");
    assert!(
        written.contains("OAUTH_REDIRECT_URI='https://app.example/oauth/callback'"),
        "{written}"
    );
    let secret = written
        .split("OAUTH_CLIENT_SECRET='")
        .nth(1)
        .and_then(|rest| rest.split('\'').next())
        .unwrap();
    assert!(secret.len() > 20);
    let told = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert!(
        !told.contains(secret) && !told.contains("dev-sandbox"),
        "{told}"
    );
    assert_eq!(
        fs::metadata(&env).unwrap().permissions().mode() & 0o777,
        0o600
    );

    let empty = program.run(&arguments, "\n");
    assert_eq!(empty.status.code(), Some(2), "{empty:?}");
    let plain = program.run(
        &[
            "register",
            "--name",
            "x",
            "--redirect-uri",
            "https://a.example/cb",
            "--api",
            "http://api.example",
        ],
        "t\n",
    );
    assert_eq!(
        plain.status.code(),
        Some(2),
        "the token would travel in clear: {plain:?}"
    );
}

fn register_at(sandbox: &str) -> [&str; 7] {
    [
        "register",
        "--name",
        "My app",
        "--redirect-uri",
        "https://app.example/oauth/callback",
        "--api",
        sandbox,
    ]
}

#[tokio::test]
async fn a_secret_is_written_into_a_file_that_only_its_owner_can_read() {
    let program = BINARY.start().await;
    let folder = program.folder.path();
    let (env, elsewhere) = (folder.join(".env"), folder.join("elsewhere"));
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    // What an earlier try or another user left under the name of a draft takes no part.
    let drafts = [".env.env.new", ".env.new", ".env.tmp", ".env~"];
    for (before, mode_before) in [(None, 0), (Some("A=1"), 0o644), (Some("A=1\r\n"), 0o666)] {
        for (number, name) in drafts.iter().enumerate() {
            let draft = folder.join(name);
            drop(fs::remove_file(&draft));
            if number % 2 == 0 {
                fs::write(&draft, "left").unwrap();
                fs::set_permissions(&draft, fs::Permissions::from_mode(0o666)).unwrap();
            } else {
                std::os::unix::fs::symlink(&elsewhere, &draft).unwrap();
            }
        }
        if let Some(before) = before {
            fs::write(&env, before).unwrap();
            fs::set_permissions(&env, fs::Permissions::from_mode(mode_before)).unwrap();
        }
        let output = program.run(&register_at(&program.sandbox.base), "dev-sandbox\n");
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        assert_eq!(mode(&env), 0o600, "{mode_before:o}");
        let written = fs::read_to_string(&env).unwrap();
        assert!(written.contains("\nOAUTH_CLIENT_SECRET='"), "{written}");
        assert!(written.starts_with(before.unwrap_or_default()), "{written}");
        assert_eq!(
            fs::read_to_string(folder.join(drafts[0])).unwrap(),
            "left",
            "it is not touched"
        );
        assert!(!elsewhere.exists());
    }
}

#[tokio::test]
async fn a_linked_file_keeps_its_link_and_its_owner() {
    let program = BINARY.start().await;
    let folder = program.folder.path();
    let (env, shared) = (folder.join(".env"), folder.join("config/shared.env"));
    fs::write(&shared, "A=1\n").unwrap();
    fs::set_permissions(&shared, fs::Permissions::from_mode(0o644)).unwrap();
    let is_root = fs::metadata("/proc/self").is_ok_and(|of| of.uid() == 0);
    if is_root {
        chown(&shared, Some(65_534), Some(65_534)).unwrap();
    }
    let owner = fs::metadata(&shared).unwrap().uid();
    std::os::unix::fs::symlink("config/shared.env", &env).unwrap();
    let output = program.run(&register_at(&program.sandbox.base), "dev-sandbox\n");
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(fs::symlink_metadata(&env).unwrap().is_symlink());
    let written = fs::metadata(&shared).unwrap();
    assert_eq!((written.mode() & 0o777, written.uid()), (0o600, owner));
    let written = fs::read_to_string(&shared).unwrap();
    assert!(written.starts_with("A=1\nOAUTH_CLIENT_ID="), "{written}");
}

#[tokio::test]
async fn nothing_is_registered_that_cannot_be_written_down() {
    let program = BINARY.start().await;
    let env = program.folder.path().join(".env");
    program.forget_counts().await;
    for make in [
        (|env| fs::create_dir(env).unwrap()) as fn(&std::path::Path),
        |env| {
            fs::remove_dir(env).unwrap();
            std::os::unix::fs::symlink("nowhere/env", env).unwrap();
        },
    ] {
        make(&env);
        let output = program.run(&register_at(&program.sandbox.base), "dev-sandbox\n");
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(told.contains("not registered: .env "), "{told}");
        assert_eq!(told.lines().count(), 1, "{told}");
    }
    let log = program
        .sandbox
        .ask(reqwest::Method::GET, "log", serde_json::Value::Null)
        .await;
    assert_eq!(log["events"], json!([]), "the provider was not asked");
}

#[tokio::test]
async fn a_redirect_uri_is_registered_and_kept_as_it_was_typed() {
    let program = BINARY.start().await;
    let env = program.folder.path().join(".env");
    let register = |redirect_uri: &str| {
        let api = program.sandbox.base.as_str();
        let arguments = ["--name", "x", "--redirect-uri", redirect_uri, "--api", api];
        program.run(&[&["register"], &arguments[..]].concat(), "dev-sandbox\n")
    };
    for typed in [
        "https://App.Test:443/oauth/callback",
        "https://應用.test/oauth/./callback?a=%7e",
        "https://app.test",
        "https://app.test/oauth/callback?a='x'",
        " https://app.test/oauth/callback ",
    ] {
        let output = register(typed);
        assert_eq!(output.status.code(), Some(0), "{typed}: {output:?}");
        // `config` reads the file as the program does.
        let folder = program.folder.path();
        let output = BINARY.run(&program.addresses, folder, &["config"], "", |command| {
            command
                .env_remove("OAUTH_REDIRECT_URI")
                .env("OAUTH_AUTH_SERVER", "https://as.test");
        });
        let told = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(told.contains(typed.trim()), "{typed}: {output:?}");
    }
    let before = fs::read_to_string(&env).unwrap();
    for refused in [
        "http://app.test/oauth/callback",
        "https://app.test/oauth/callback#top",
        "https:///app.test/oauth/callback",
        "https://me@app.test/oauth/callback",
        "mailto:me@app.test",
        "/oauth/callback",
    ] {
        let output = register(refused);
        assert_eq!(output.status.code(), Some(2), "{refused}: {output:?}");
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(told.contains("--redirect-uri"), "{refused}: {told}");
    }
    assert_eq!(fs::read_to_string(&env).unwrap(), before);
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
