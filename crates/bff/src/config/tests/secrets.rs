//! Tests that no fault, no `Debug` output and no output of the `config` command contains a secret.

use crate::config::{Config, Sources};

use super::{KEY, PRODUCTION, Place, entries, varied};

const CANARY: &str = "cAnArY7319";

/// Fails when the text contains five consecutive characters of a secret.
fn assert_hidden(shown: &str, secret: &str) {
    for start in 0..=secret.len() - 5 {
        let part = &secret[start..start + 5];
        assert!(!shown.contains(part), "{part} of a secret in: {shown}");
    }
}

/// Covers: RFC6749-10.1-1
#[test]
fn a_fault_shows_no_value_whichever_key_it_was_written_to() {
    let names = entries()
        .into_iter()
        .flat_map(|entry| crate::config::definition::variables(&entry.key))
        .flat_map(|name| [format!("{name}_FILE"), name]);
    let place = Place::new();
    for name in names {
        for value in [
            CANARY.to_owned(),
            format!("{CANARY}\n…"),
            format!("https://{CANARY}:{CANARY}@host.test/#{CANARY}"),
            format!("redis://{CANARY}:{CANARY}@ho st/{CANARY}"),
            format!("postgres://{CANARY}:{CANARY}@ho st/{CANARY}?sslmode={CANARY}"),
            format!("postgres://{CANARY}:{CANARY}@host.test/{CANARY}?{CANARY}={CANARY}"),
            format!("{CANARY},{CANARY}"),
        ] {
            if let Err(faults) = place.load(&[(&name, &value)]) {
                assert_hidden(&faults.to_string(), CANARY);
                assert_hidden(&format!("{faults:?}"), CANARY);
            }
        }
    }
}

#[test]
fn a_broken_file_is_not_quoted() {
    for text in [
        format!("[oauth]\nclient_secret = {CANARY}\n"),
        format!("[oauth]\nclient_secret = \"{CANARY}\n"),
        format!("[oauth]\nclient_secret = '{CANARY}' '{CANARY}'\n"),
        format!("[oauth]\nclient_secret = ['{CANARY}']\n"),
        format!("[oauth]\nclient_secret = '{CANARY}'\nclient_secret = '{CANARY}'\n"),
        format!("[session]\nkeys = '{CANARY}'\n"),
        format!("[session]\nkeys = ['{CANARY}', 3]\n"),
        format!("[session]\nstore = ['{CANARY}']\n"),
        format!("oauth = '{CANARY}'\n"),
        format!("\u{0}{CANARY}"),
    ] {
        let place = Place::new();
        place.write("config/development.toml", &text);
        assert_hidden(&place.faults(&[]).to_string(), CANARY);
    }
}

#[test]
fn a_broken_dot_env_or_named_file_is_not_quoted() {
    let place = Place::new();
    place
        .write(
            ".env",
            &format!(
                "OAUTH_CLIENT_SECRET '{CANARY}'\nSESSION_KEYS='{CANARY}\nSESSION_KEYS={CANARY}\n"
            ),
        )
        .write("secret", &format!("{CANARY} …"));
    let faults = place.faults(&[("OAUTH_CLIENT_SECRET_FILE", "secret")]);
    assert_hidden(&faults.to_string(), CANARY);
}

/// Covers: ASVS-16.2.5
#[test]
fn a_loaded_configuration_prints_secrets_masked() {
    let place = Place::new();
    let store = format!("rediss://app:{CANARY}@cache.test/1");
    let variables = varied(
        &PRODUCTION,
        &[("OAUTH_CLIENT_SECRET", CANARY), ("SESSION_STORE", &store)],
    );
    let loaded = place.load(&variables).expect("it loads");
    let effective = loaded.config.effective();
    for shown in [
        effective.clone(),
        format!("{loaded:?}"),
        format!("{loaded:#?}"),
    ] {
        assert_hidden(&shown, CANARY);
        assert_hidden(&shown, KEY);
    }
    assert!(effective.contains("client_secret = \"***\""), "{effective}");
    assert!(effective.contains("keys = [\"***\"]"), "{effective}");
    assert!(
        effective.contains("store = \"rediss://***@cache.test:6379/1\""),
        "{effective}"
    );
}

#[test]
fn sources_print_names_only() {
    let sources = Sources::new("/nowhere").with("OAUTH_CLIENT_SECRET", CANARY);
    assert_hidden(&format!("{sources:?}"), CANARY);
    assert!(format!("{sources:?}").contains("OAUTH_CLIENT_SECRET"));
}

#[test]
fn a_name_from_outside_cannot_break_the_line() {
    let place = Place::new();
    place.write("config/development.toml", "\"a\\nb\\u001b[31m\" = 1\n");
    let sources = place.sources(&[("BFF_X\nY", "1")]);
    let faults = Config::load(&sources)
        .expect_err("two unknown names")
        .to_string();
    assert_eq!(faults.lines().count(), 2, "{faults}");
    assert!(!faults.contains('\u{1b}'));
}
