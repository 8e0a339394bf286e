//! The command `register`: the credentials that it writes, and their file.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};

use serde_json::json;

use crate::support::*;

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
