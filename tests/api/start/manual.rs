//! What helps to set the program up without reading: the schema of the settings, completions and manual pages.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::support::*;

/// Returns the standard output of a command, which must succeed.
fn printed(arguments: &[&str]) -> String {
    let folder = TempDir::new().unwrap();
    let output = BINARY.run(&Addresses::free(), folder.path(), arguments, "", |_| {});
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {output:?}");
    assert!(output.stderr.is_empty(), "{arguments:?}: {output:?}");
    assert!(!folder.path().join("data").exists(), "it only prints");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_schema_of_the_settings_is_the_committed_one_and_has_the_keys_of_the_app() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/config.schema.json");
    let made = printed(&["config", "schema"]);
    #[expect(
        clippy::disallowed_methods,
        reason = "a switch of this test, not a setting of the program"
    )]
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, &made).unwrap();
    }
    let schema: Value = serde_json::from_str(&made).unwrap();
    let committed = fs::read_to_string(&path).unwrap_or_default();
    let committed: Value = serde_json::from_str(&committed).unwrap_or_default();
    assert!(
        committed == schema,
        "docs/config.schema.json is old; run: UPDATE_DOCS=1 cargo test --all-features --test api manual"
    );
    for (section, key, default) in [("session", "idle_ttl", "7d"), ("topup", "fallback_url", "")] {
        assert_eq!(
            schema["properties"][section]["properties"][key]["default"],
            default
        );
    }
}

#[test]
fn bash_completes_commands_and_their_options() {
    let folder = TempDir::new().unwrap();
    let script = folder.path().join("completions");
    fs::write(&script, printed(&["completions", "bash"])).unwrap();
    // What bash does for a line whose last word is to be completed.
    let completes = r#"
        source "$0"
        read -ra specification <<<"$(complete -p "$1")"
        while [ "${specification[0]}" != -F ]; do specification=("${specification[@]:1}"); done
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
        "${specification[1]}" "$1" "${!#}" "${COMP_WORDS[COMP_CWORD - 1]}"
        echo "${COMPREPLY[*]}""#;
    for (line, expected) in [
        ("do", "doctor"),
        ("doctor --j", "--json"),
        ("sessions rev", "revoke"),
        ("sessions revoke --u", "--user"),
        ("completions ba", "bash"),
    ] {
        let output = Command::new("bash")
            .args(["--norc", "-c", completes])
            .arg(&script)
            .arg("aihubmix-bff")
            .args(line.split(' '))
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert_eq!(said.trim(), expected, "{line}: {output:?}");
    }
}

#[test]
fn shells_get_completions_and_the_manual_has_a_page_for_each_command() {
    for shell in ["bash", "zsh", "fish"] {
        let text = printed(&["completions", shell]);
        assert!(
            text.contains("doctor") && text.contains("aihubmix-bff"),
            "{shell}: {text}"
        );
    }
    for (arguments, words) in [
        (&["man"][..], "AIHUBMIX-BFF"),
        (&["man", "doctor"], "\\-\\-json"),
        (&["man", "health"], "\\-\\-live"),
        (&["man", "sessions", "revoke"], "\\-\\-user"),
    ] {
        let page = printed(arguments);
        assert!(
            page.contains(".TH") && page.contains(words),
            "{arguments:?}: {page}"
        );
    }
    let folder = TempDir::new().unwrap();
    let output = BINARY.run(
        &Addresses::free(),
        folder.path(),
        &["man", "nothing"],
        "",
        |_| {},
    );
    assert_eq!(output.status.code(), Some(2));
}
