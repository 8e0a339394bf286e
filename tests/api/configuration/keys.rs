//! Sealing keys that change while the program runs: a mounted file replaced as Kubernetes does it, and SIGHUP. Only sessions sealed with a removed
//! key end.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::support::*;

pub const FIRST: &str = "AJdSXzfH1AFhZgQycPHeK+syTfbIs0X+xgTyb/szDvI=";
pub const SECOND: &str = "9uaXvHbbJqWVS7OjnMsO5C8aMO5p3bW2xMuIKJu6sCQ=";

/// A folder with the file `keys` in it, mounted as Kubernetes mounts a secret: the file is a link through `..data`, and a new version comes by
/// renaming a new `..data` over the old one.
pub struct Mount {
    folder: TempDir,
    version: u32,
}

impl Mount {
    pub fn holding(keys: &[&str]) -> Self {
        let folder = TempDir::new().expect("a folder can be made");
        symlink("..data/keys", folder.path().join("keys")).expect("a link can be made");
        let mut mount = Self { folder, version: 0 };
        mount.exchange(keys);
        mount
    }

    pub fn exchange(&mut self, keys: &[&str]) {
        self.version += 1;
        let version = format!("..version_{}", self.version);
        let folder = self.folder.path().join(&version);
        fs::create_dir(&folder).expect("a folder can be made");
        fs::write(folder.join("keys"), keys.join("\n")).expect("it can be written");
        let draft = self.folder.path().join("..data_tmp");
        symlink(&version, &draft).expect("a link can be made");
        fs::rename(&draft, self.folder.path().join("..data")).expect("it can be renamed");
    }

    pub fn file(&self) -> PathBuf {
        self.folder.path().join("keys")
    }
}

async fn start_with(file: &Path) -> Program {
    let file = file.to_str().expect("a name in UTF-8");
    BINARY
        .start_with(&[
            ("SESSION_KEYS_FILE", file),
            ("BFF_SESSION__KEY_WARMUP", "1s"),
        ])
        .await
}

#[tokio::test]
async fn a_replaced_key_file_rotates_the_keys_and_ends_no_session() {
    let mut mount = Mount::holding(&[FIRST]);
    let program = start_with(&mount.file()).await;
    let before = program.browser();
    before.sign_in().await;
    let pending = program.browser();
    let callback = pending.come_back("").await;

    mount.exchange(&[SECOND, FIRST]);
    let reloaded = program.logs("keys_reloaded", 1).await;
    assert_eq!(reloaded["keys"], 2, "{reloaded}");
    assert_ne!(reloaded["sealing"], reloaded["newest"], "it only opens");
    let seals = program.logs("key_seals", 1).await;
    assert_eq!(seals["key"], reloaded["newest"]);

    assert_eq!(
        pending.arrive(&callback).await.location(),
        "/?login=success"
    );
    let after = program.browser();
    after.sign_in().await;
    for browser in [&before, &pending, &after] {
        assert_eq!(browser.fetch("GET", "/api/user/info").await.status, 200);
    }

    // The old key goes, and shows who was sealed by which.
    mount.exchange(&[SECOND]);
    program.logs("keys_reloaded", 2).await;
    assert!(program.events("session_record_unreadable").is_empty());
    for browser in [&pending, &after] {
        assert_eq!(browser.fetch("GET", "/api/user/info").await.status, 200);
    }
    assert!(!before.is_signed_in().await);
    assert!(program.events("sealing_key_removed").is_empty());
}

#[tokio::test]
async fn a_session_sealed_by_a_removed_key_ends_without_an_error() {
    let mut mount = Mount::holding(&[FIRST]);
    let program = start_with(&mount.file()).await;
    let browser = program.browser();
    browser.sign_in().await;
    let pending = program.browser();
    let callback = pending.come_back("").await;

    mount.exchange(&[SECOND]);
    program.logs("sealing_key_removed", 1).await;
    program.logs("keys_reloaded", 1).await;
    assert_eq!(browser.page_state().await, "signed_out");
    assert_eq!(program.events("session_record_unreadable").len(), 1);
    let again = browser.copy();
    again
        .fetch("GET", "/api/user/info")
        .await
        .is_problem(401, "not_authenticated");
    assert_eq!(
        pending.arrive(&callback).await.location(),
        "/?error=invalid_state"
    );
    browser.sign_in().await;
    assert!(browser.is_signed_in().await);
}

#[tokio::test]
async fn a_file_that_holds_no_keys_is_refused_once_and_the_keys_stay() {
    let mut mount = Mount::holding(&[FIRST]);
    let program = start_with(&mount.file()).await;
    let browser = program.browser();
    browser.sign_in().await;

    mount.exchange(&[SECOND, "cAnArY"]);
    let refused = program.logs("keys_refused", 1).await;
    let why = refused["why"].as_str().expect("a reason");
    assert!(why.contains("session.keys: entry 2 is not base64"), "{why}");
    assert!(!program.log().contains("cAnArY"));
    assert_eq!(browser.fetch("GET", "/api/user/info").await.status, 200);
    program.browser().sign_in().await;

    mount.exchange(&[SECOND, FIRST]);
    program.logs("key_seals", 1).await;
    assert_eq!(program.events("keys_refused").len(), 1, "it was told once");
    assert!(browser.is_signed_in().await);
}

#[tokio::test]
async fn sighup_reads_the_file_and_says_what_it_found() {
    let mut mount = Mount::holding(&[FIRST]);
    let program = start_with(&mount.file()).await;
    program.signal("-HUP");
    let unchanged = program.logs("keys_unchanged", 1).await;
    let why = unchanged["why"].as_str().expect("a reason");
    assert!(why.contains(&mount.file().display().to_string()), "{why}");

    mount.exchange(&["cAnArY"]);
    program.signal("-HUP");
    program.logs("keys_refused", 1).await;
    mount.exchange(&[FIRST, SECOND]);
    program.signal("-HUP");
    assert_eq!(program.logs("keys_reloaded", 1).await["keys"], 2);
}

#[tokio::test]
async fn sighup_ends_nothing_where_the_keys_stand_in_the_environment() {
    let mut program = BINARY.start_with(&[("SESSION_KEYS", FIRST)]).await;
    let browser = program.browser();
    browser.sign_in().await;
    program.signal("-HUP");
    let unchanged = program.logs("keys_unchanged", 1).await;
    let why = unchanged["why"].as_str().expect("a reason");
    assert!(why.contains("environment"), "{why}");
    assert_eq!(browser.fetch("GET", "/api/user/info").await.status, 200);
    assert_eq!(program.stop().code(), Some(0));
}
