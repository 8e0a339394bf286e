//! A folder or file without write permission: the start reports it and changes nothing; the sessions are there again when the permission is back.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::*;
use tempfile::TempDir;

/// The user whom file modes bind: the one who runs the tests. Root is not bound, so there it is this user.
const NOBODY: u32 = 65_534;

/// A folder with the sessions of a program that has been stopped, and a way to start it as a user whom file modes bind.
struct Left {
    folder: TempDir,
    binary: PathBuf,
    is_root: bool,
}

impl Left {
    async fn by_a_program() -> Self {
        let mut program = BINARY.start().await;
        program.browser().sign_in().await;
        assert_eq!(program.stop().code(), Some(0));
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("data")).unwrap();
        let is_root = fs::metadata("/proc/self").is_ok_and(|of| of.uid() == 0);
        let left = Self {
            binary: folder.path().join("program"),
            folder,
            is_root,
        };
        // A copy, because the way to the original may be closed to others.
        fs::copy(BINARY.0, &left.binary).unwrap();
        let kept = program.folder.path().join("data");
        for name in ["sessions.db", "session.key"] {
            fs::copy(kept.join(name), left.data().join(name)).unwrap();
        }
        if is_root {
            for path in [
                left.folder.path(),
                &left.data(),
                &left.file(),
                &left.data().join("session.key"),
            ] {
                chown(path, Some(NOBODY), Some(NOBODY)).unwrap();
            }
        }
        left
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn file(&self) -> PathBuf {
        self.data().join("sessions.db")
    }

    /// How many sessions the program counts; its one line where it does not start.
    fn count(&self) -> Result<usize, String> {
        let mut command = Command::new(&self.binary);
        command
            .current_dir(self.folder.path())
            .env_clear()
            .args(["sessions", "list"]);
        if self.is_root {
            command.uid(NOBODY).gid(NOBODY);
        }
        let output = command.output().unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        match output.status.code() {
            Some(0) => {
                let listed = String::from_utf8(output.stdout).unwrap();
                Ok(listed.matches("demo").count().min(1))
            }
            Some(2) => Err(told),
            other => panic!("{other:?}: {told}"),
        }
    }
}

fn allow(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

#[tokio::test]
async fn an_unwritable_file_is_reported_at_the_start_and_left_unchanged() {
    let left = Left::by_a_program().await;
    let before = fs::read(left.file()).unwrap();
    for (folder, file) in [(0o500, 0o600), (0o700, 0o400), (0o500, 0o400)] {
        allow(&left.file(), file);
        allow(&left.data(), folder);
        let told = left.count().unwrap_err();
        assert!(
            told.contains("session.store: cannot create or write"),
            "{told}"
        );
        assert!(told.contains("sessions.db"), "{told}");
        allow(&left.data(), 0o700);
        assert!(fs::read(left.file()).unwrap() == before, "it was changed");
    }
    allow(&left.file(), 0o600);
    assert_eq!(left.count(), Ok(1), "the session is still there");
}

#[tokio::test]
async fn a_folder_without_write_permission_is_reported_at_the_start() {
    let left = Left::by_a_program().await;
    fs::remove_file(left.file()).unwrap();
    allow(&left.data(), 0o500);
    let told = left.count().unwrap_err();
    assert!(
        told.contains("session.store: cannot create or write"),
        "{told}"
    );
    allow(&left.data(), 0o700);
    assert!(!left.file().exists());
}

#[tokio::test]
async fn rights_that_are_taken_away_while_it_runs_take_no_session() {
    let mut program = BINARY.start().await;
    let browser = program.browser();
    browser.sign_in().await;
    let data = program.folder.path().join("data");
    allow(&data.join("sessions.db"), 0o400);
    allow(&data, 0o500);
    // What is open stays open.
    program.expire_tokens("demo").await;
    assert_eq!(browser.fetch("GET", "/api/user/info").await.status, 200);
    let other = program.browser();
    other.sign_in().await;
    allow(&data, 0o700);
    allow(&data.join("sessions.db"), 0o600);
    program.kill();
    program.start_again(&[]).await;
    assert!(browser.is_signed_in().await && other.is_signed_in().await);
}
