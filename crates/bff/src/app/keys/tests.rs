//! Tests of the key ring when the file that contains its keys changes. The time is a parameter; the files are real.

use std::fs;
use std::time::Duration;

use tempfile::TempDir;
use tokio::time::Instant;

use super::{KeyKeeper, key_ring};
use crate::config::{Config, KeyBytes, Sources};
use crate::domain::{Entropy as _, KeyId, SystemEntropy};

const WARMUP: Duration = Duration::from_secs(120);

struct Place {
    folder: TempDir,
    keeper: KeyKeeper,
    now: Instant,
}

impl Place {
    /// A keeper of these keys, newest first.
    fn holding(keys: &[&str]) -> Self {
        let folder = TempDir::new().unwrap();
        fs::write(folder.path().join("keys"), keys.join("\n")).unwrap();
        Self::over(folder, Sources::default().with("SESSION_KEYS_FILE", "keys"))
    }

    /// A keeper of the keys in this folder and environment.
    fn over(folder: TempDir, environment: Sources) -> Self {
        let sources = Sources {
            directory: folder.path().to_owned(),
            ..environment
        };
        let config = Config::load(&sources).unwrap().config;
        assert_eq!(config.session.key_warmup, WARMUP);
        let ring = key_ring(&config).unwrap();
        let keeper = KeyKeeper::new(ring, &config, sources);
        let now = Instant::now();
        let mut place = Self {
            folder,
            keeper,
            now,
        };
        place.look_twice();
        place
    }

    fn write(&self, keys: &[&str]) {
        fs::write(self.folder.path().join("keys"), keys.join("\n")).unwrap();
    }

    fn look(&mut self) {
        self.now += Duration::from_secs(1);
        self.keeper.check(false, self.now);
    }

    /// Checks twice, because a change counts only when two checks see it.
    fn look_twice(&mut self) {
        self.look();
        self.look();
    }

    fn ids(&self) -> Vec<KeyId> {
        self.keeper.ring.ids()
    }
}

fn new_key() -> String {
    KeyBytes::generate(|bytes| SystemEntropy.fill(bytes))
        .to_base64()
        .to_string()
}

/// The id that a ring gives to this key.
fn id(key: &str) -> KeyId {
    Place::holding(&[key]).ids()[0]
}

#[tokio::test]
async fn a_new_first_key_opens_at_once_and_seals_when_every_replica_has_read_it() {
    let (old, new) = (new_key(), new_key());
    let mut place = Place::holding(&[&old]);
    place.write(&[&new, &old]);
    place.look_twice();
    assert_eq!(place.ids(), [id(&old), id(&new)], "it only opens");

    place.now += WARMUP - Duration::from_secs(2);
    place.look();
    assert_eq!(place.ids(), [id(&old), id(&new)]);
    place.look();
    assert_eq!(place.ids(), [id(&new), id(&old)], "it seals");
}

#[tokio::test]
async fn another_change_does_not_make_a_new_key_wait_again() {
    let (oldest, old, new) = (new_key(), new_key(), new_key());
    let mut place = Place::holding(&[&old, &oldest]);
    place.write(&[&new, &old, &oldest]);
    place.look_twice();
    place.now += WARMUP - Duration::from_secs(4);
    place.write(&[&new, &old]);
    place.look_twice();
    assert_eq!(place.ids(), [id(&old), id(&new)]);
    place.look_twice();
    assert_eq!(place.ids(), [id(&new), id(&old)]);
}

#[tokio::test]
async fn a_key_that_opened_before_seals_as_soon_as_it_is_first() {
    let (old, new) = (new_key(), new_key());
    let mut place = Place::holding(&[&old, &new]);
    place.write(&[&new, &old]);
    place.look_twice();
    assert_eq!(place.ids(), [id(&new), id(&old)]);
}

#[tokio::test]
async fn a_removed_key_opens_nothing_and_its_follower_seals_at_once() {
    let (old, new) = (new_key(), new_key());
    let mut place = Place::holding(&[&old]);
    place.write(&[&new]);
    place.look_twice();
    assert_eq!(place.ids(), [id(&new)]);
}

#[tokio::test]
async fn a_file_that_is_being_written_is_left_alone_until_it_stays_the_same() {
    let (old, older, new) = (new_key(), new_key(), new_key());
    let mut place = Place::holding(&[&old, &older]);
    place.write(&[&new]);
    place.look();
    place.write(&[&new, &old, &older]);
    place.look();
    assert_eq!(place.ids(), [id(&old), id(&older)], "not yet");
    place.look();
    assert_eq!(place.ids(), [id(&old), id(&new), id(&older)]);
}

#[tokio::test]
async fn an_invalid_list_of_keys_is_refused_and_changes_nothing() {
    let old = new_key();
    let mut place = Place::holding(&[&old]);
    let twice = [old.as_str(), &old];
    let guessable = "A".repeat(43) + "=";
    for bad in [&["cAnArY"][..], &[""], &twice, &[&old, &guessable]] {
        place.write(bad);
        place.look_twice();
        assert_eq!(place.ids(), [id(&old)], "{bad:?}");
    }
    fs::remove_file(place.folder.path().join("keys")).unwrap();
    place.look_twice();
    assert_eq!(place.ids(), [id(&old)], "no file");

    let new = new_key();
    place.write(&[&new]);
    place.look_twice();
    assert_eq!(place.ids(), [id(&new)], "and the next good one is taken");
}

#[tokio::test]
async fn a_setting_that_was_emptied_does_not_fall_back_to_the_key_of_development() {
    // It was made once, before the keys were set.
    let folder = TempDir::new().unwrap();
    let place = Place::over(folder, Sources::default());
    let Place { folder, .. } = place;
    let set = new_key();
    fs::write(folder.path().join(".env"), format!("SESSION_KEYS={set}\n")).unwrap();
    let mut place = Place::over(folder, Sources::default());
    assert_eq!(place.ids(), [id(&set)]);

    fs::write(place.folder.path().join(".env"), "SESSION_KEYS=\n").unwrap();
    place.look_twice();
    assert_eq!(place.ids(), [id(&set)]);
}

#[tokio::test]
async fn the_key_that_development_made_can_be_exchanged_too() {
    let mut place = Place::over(TempDir::new().unwrap(), Sources::default());
    let new = new_key();
    fs::write(place.folder.path().join("data/session.key"), &new).unwrap();
    place.look_twice();
    assert_eq!(place.ids(), [id(&new)]);
}
