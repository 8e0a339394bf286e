//! Tests of the key that is generated in development.

use std::cell::RefCell;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use tempfile::TempDir;

use super::{KeyFileError, load_or_generate};

/// A real random key, used only in tests.
const KEY: &str = "9uaXvHbbJqWVS7OjnMsO5C8aMO5p3bW2xMuIKJu6sCQ=";

/// Deterministic bytes in place of random ones.
fn dice(seed: u64) -> impl Fn(&mut [u8]) {
    let rng = RefCell::new(StdRng::seed_from_u64(seed));
    move |bytes| rng.borrow_mut().fill_bytes(bytes)
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn write(path: &Path, text: &str, mode: u32) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn a_key_is_made_once_for_its_owner_only() {
    let place = TempDir::new().unwrap();
    let path = place.path().join("data/session.key");
    let made = load_or_generate(&path, dice(1)).expect("a key");
    assert_eq!(mode(&path), 0o600);
    assert_eq!(mode(path.parent().unwrap()), 0o700);
    let found = load_or_generate(&path, dice(2)).expect("the same key");
    assert_eq!(made, found);
    assert_eq!(
        fs::read_dir(path.parent().unwrap()).unwrap().count(),
        1,
        "no draft is left"
    );
}

#[test]
fn two_concurrent_starts_use_one_key() {
    let place = TempDir::new().unwrap();
    let path = place.path().join("data/session.key");
    let keys: Vec<_> = std::thread::scope(|scope| {
        let starts: Vec<_> = (0..8)
            .map(|seed| {
                let path = &path;
                scope.spawn(move || load_or_generate(path, dice(seed)).expect("a key"))
            })
            .collect();
        starts
            .into_iter()
            .map(|start| start.join().unwrap())
            .collect()
    });
    assert!(keys.windows(2).all(|pair| pair[0] == pair[1]));
}

#[test]
fn a_key_that_others_can_read_is_refused_with_the_fix() {
    let place = TempDir::new().unwrap();
    let path = place.path().join("session.key");
    for bits in [0o640, 0o604, 0o644, 0o620] {
        write(&path, KEY, bits);
        let error = load_or_generate(&path, dice(1)).expect_err("readable by others");
        assert!(matches!(error, KeyFileError::ReadableByOthers(_)));
        assert!(
            error
                .to_string()
                .contains(&format!("chmod 600 {}", path.display()))
        );
    }
}

#[test]
fn a_key_file_that_holds_something_else_is_refused_and_kept() {
    let place = TempDir::new().unwrap();
    let path = place.path().join("session.key");
    let zero = format!("{}=", "A".repeat(43));
    let endless = "A".repeat(10_000);
    for text in [
        "",
        "\n",
        "cAnArY",
        zero.as_str(),
        endless.as_str(),
        &format!("{KEY}\n{KEY}"),
    ] {
        write(&path, text, 0o600);
        let error = load_or_generate(&path, dice(1)).expect_err("malformed");
        assert!(matches!(error, KeyFileError::Malformed(_)), "{text}");
        assert!(!format!("{error} {error:?}").contains("cAnArY"));
        assert_eq!(
            fs::read_to_string(&path).unwrap(),
            text,
            "it is not written over"
        );
    }
}

#[test]
fn a_folder_that_cannot_be_made_is_a_clear_line() {
    let place = TempDir::new().unwrap();
    fs::write(
        place.path().join("data"),
        "a file where the folder should be",
    )
    .unwrap();
    let path = place.path().join("data/session.key");
    let error = load_or_generate(&path, dice(1)).expect_err("no folder");
    assert!(matches!(error, KeyFileError::Unusable { .. }));
    let line = error.to_string();
    assert!(
        line.starts_with("session.keys: ") && line.lines().count() == 1,
        "{line}"
    );
}
