//! Tests of reading one setting alone: its source, and errors in other keys.

use std::fs;
use std::path::PathBuf;

use super::{KEY, OLDER_KEY, PRODUCTION, Place, keys, varied};
use crate::config::{SealingKeys, client_secret, fingerprint, sealing_keys};

/// The file that holds the keys, or none.
fn file(place: &Place, variables: &[(&str, &str)]) -> Option<PathBuf> {
    sealing_keys(&place.sources(variables)).unwrap().file
}

#[test]
fn the_file_that_holds_the_keys_is_named_wherever_it_is() {
    let place = Place::new();
    let in_place = |name: &str| Some(place.path().join(name));
    assert_eq!(file(&place, &[]), in_place("data/session.key"));
    assert_eq!(file(&place, &PRODUCTION), None, "a variable");

    place.write(
        "config/development.toml",
        &format!("[session]\nkeys = ['{KEY}']\n"),
    );
    assert_eq!(file(&place, &[]), in_place("config/development.toml"));
    place.write(".env", &format!("SESSION_KEYS={OLDER_KEY}\n"));
    assert_eq!(file(&place, &[]), in_place(".env"));
    place.write("keys", KEY);
    let named = varied(
        &PRODUCTION,
        &[("SESSION_KEYS", ""), ("SESSION_KEYS_FILE", "keys")],
    );
    assert_eq!(file(&place, &named), in_place("keys"));
}

#[test]
fn a_fault_of_another_key_does_not_block_a_key_rotation() {
    let place = Place::new();
    place.write("keys", &format!("{KEY}\n{OLDER_KEY}"));
    let variables = varied(
        &PRODUCTION,
        &[
            ("SESSION_KEYS", ""),
            ("SESSION_KEYS_FILE", "keys"),
            ("OAUTH_CLIENT_SECRET", ""),
            ("OAUTH_CLIENT_SECRET_FILE", "gone"),
            ("BFF_SESSION__IDLE_TTL", "soon"),
        ],
    );
    let setting = sealing_keys(&place.sources(&variables)).unwrap();
    assert!(matches!(setting.value, SealingKeys::Given(keys) if keys.len() == 2));
}

#[test]
fn a_broken_file_that_the_keys_might_stand_in_is_a_fault_and_no_fall_back_to_another() {
    let place = Place::new();
    place.write(
        "config/default.toml",
        &format!("[session]\nkeys = ['{OLDER_KEY}']\n"),
    );
    place.write("config/production.toml", "[session]\nkeys = [\n");
    let variables = varied(&PRODUCTION, &[("SESSION_KEYS", "")]);
    let faults = sealing_keys(&place.sources(&variables)).expect_err("not TOML");
    assert_eq!(keys(&faults).len(), 1);
    assert!(faults.to_string().contains("is not valid TOML"), "{faults}");
}

#[test]
fn a_fingerprint_follows_the_name_and_differs_for_other_contents() {
    let place = Place::new();
    place.write("one", KEY).write("other", OLDER_KEY);
    let link = place.path().join("link");
    std::os::unix::fs::symlink("one", &link).unwrap();
    let first = fingerprint(&link);
    assert_eq!(first, fingerprint(&place.path().join("one")));
    fs::remove_file(&link).unwrap();
    assert_eq!(fingerprint(&link), None);
    std::os::unix::fs::symlink("other", &link).unwrap();
    assert!(fingerprint(&link).is_some_and(|now| Some(now) != first));
}

#[test]
fn the_client_secret_is_read_alone_with_the_file_that_holds_it() {
    use secrecy::ExposeSecret as _;

    let place = Place::new();
    let in_variable = client_secret(&place.sources(&PRODUCTION)).unwrap();
    assert!(in_variable.value.is_some());
    assert_eq!(in_variable.file, None, "a variable");
    place.write("secret", "kT93hs-second-secret\n");
    let variables = varied(
        &PRODUCTION,
        &[
            ("OAUTH_CLIENT_SECRET", ""),
            ("OAUTH_CLIENT_SECRET_FILE", "secret"),
            ("SESSION_KEYS", "broken"),
        ],
    );
    let in_file = client_secret(&place.sources(&variables)).unwrap();
    assert_eq!(in_file.file, Some(place.path().join("secret")));
    let value = in_file.value.expect("it is set");
    assert_eq!(value.expose_secret(), "kT93hs-second-secret");
    place.write("secret", "changeme");
    let faults = client_secret(&place.sources(&variables)).expect_err("an example");
    assert_eq!(keys(&faults), ["oauth.client_secret"]);
}
