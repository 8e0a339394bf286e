//! Tests of the output of the `config` command.

use std::collections::BTreeSet;

use toml::Table;

use crate::config::definition;

use super::{PRODUCTION, Place, entries, varied};

fn dotted(table: &Table) -> BTreeSet<String> {
    table
        .iter()
        .flat_map(|(section, value)| {
            let inner = value.as_table().expect("a section");
            inner.keys().map(move |key| format!("{section}.{key}"))
        })
        .collect()
}

#[test]
fn the_typed_tree_and_the_default_file_have_the_same_keys() {
    let defined: BTreeSet<String> = entries().into_iter().map(|entry| entry.key).collect();
    let parsed: Table = definition::DEFAULT_TOML
        .parse()
        .expect("default.toml is TOML");
    assert_eq!(
        dotted(&parsed),
        defined,
        "the entries of these tests are what the TOML parser reads"
    );

    let config = Place::new().config(&[]);
    let mut typed = Table::try_from(&config).expect("the tree is TOML");
    assert!(typed.remove("proxy").is_some());
    assert_eq!(
        dotted(&typed),
        defined,
        "a field without a key, or a key without a field"
    );
}

#[test]
fn the_printed_configuration_is_toml_with_every_key() {
    let place = Place::new();
    place.write(
        "config/development.toml",
        "[[proxy]]\nname = 'a'\nupstream = 'https://a.test'\nmethods = ['GET']\npaths = ['/v1/*']\n",
    );
    let config = place.config(&[]);
    let printed: Table = config.effective().parse().expect("it is TOML");
    assert_eq!(printed, Table::try_from(&config).expect("the tree is TOML"));
}

/// Covers: ASVS-7.1.1
#[test]
fn defaults_are_printed_as_they_stand_in_the_default_file() {
    let printed = Place::new().config(&[]).effective();
    for entry in entries() {
        let (_, name) = entry.key.split_once('.').expect("a section");
        let decided = ["session.store", "session.keys", "sandbox.enabled"];
        if !decided.contains(&entry.key.as_str()) {
            assert!(
                printed.contains(&format!("\n{name} = {}\n", entry.default)),
                "{}",
                entry.key
            );
        }
    }
    assert!(
        printed.contains("\nenabled = true  # by default\n"),
        "{printed}"
    );
}

#[test]
fn every_value_that_is_not_the_default_names_its_source() {
    let place = Place::new();
    place
        .write("config/default.toml", definition::DEFAULT_TOML)
        .write("config/production.toml", "[ui]\ntitle = 'x'\n")
        .write("secret", "secret_kT93hs\n");
    let printed = place
        .config(&varied(
            &PRODUCTION,
            &[
                ("OAUTH_CLIENT_SECRET", ""),
                ("OAUTH_CLIENT_SECRET_FILE", "secret"),
                ("BFF_SESSION__IDLE_TTL", "86400s"),
            ],
        ))
        .effective();
    let file = place.path().join("config/production.toml");
    let secret = place.path().join("secret");
    for line in [
        "# profile: production".to_owned(),
        "client_id = \"client_1\"  # from OAUTH_CLIENT_ID".to_owned(),
        format!(
            "client_secret = \"***\"  # from OAUTH_CLIENT_SECRET_FILE: {}",
            secret.display()
        ),
        "idle_ttl = \"1d\"  # from BFF_SESSION__IDLE_TTL".to_owned(),
        format!("title = \"x\"  # from {}", file.display()),
        "listen = \"127.0.0.1:3000\"".to_owned(),
        "api_server = \"https://provider.test/\"  # by default".to_owned(),
    ] {
        assert!(
            printed.lines().any(|printed| printed == line),
            "{line} in:\n{printed}"
        );
    }
}

#[test]
fn every_key_has_a_comment_and_no_name_that_means_a_file() {
    for entry in entries() {
        assert!(
            entry.comment.ends_with('.'),
            "{} needs a comment",
            entry.key
        );
        assert!(
            !entry.key.ends_with("_file"),
            "{} would read as a _FILE variable",
            entry.key
        );
        assert!(
            !entry.comment.contains('|'),
            "{}: the reference is a table",
            entry.key
        );
    }
}
