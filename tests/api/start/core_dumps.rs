//! No process that holds secrets writes a core dump.

use std::fs::{self, File};
use std::os::unix::fs::{MetadataExt as _, chown};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::running::started_by;
use crate::support::*;

const LOOK_AGAIN: Duration = Duration::from_millis(20);
/// Forty seconds: it bounds a failure, it measures nothing.
const LOOKS: u32 = 2_000;
const ABORT: i32 = 6;
/// The user for the program where the tests are run by root, to whom all files of processes belong.
const NOBODY: u32 = 65_534;

/// Starts a copy of the program, because the way to the original may be closed to other users, in a folder of its own with core dumps allowed.
fn start(binary: &Path, folder: &Path, arguments: &str) -> Child {
    let unused = File::create(folder.join("unused.log")).unwrap();
    let mut command = started_by("sh", &BINARY.command(&Addresses::free(), folder, unused));
    command
        .arg("-c")
        .arg(format!(
            "ulimit -c unlimited; exec {} {arguments}",
            binary.display()
        ))
        .stdin(Stdio::piped());
    if fs::metadata("/proc/self").unwrap().uid() == 0 {
        chown(folder, Some(NOBODY), Some(NOBODY)).unwrap();
        command.uid(NOBODY).gid(NOBODY);
    }
    command.spawn().unwrap()
}

/// Whether the limit on core files is 0 for good, and the process is not dumpable: then its files belong to root, and not to its user.
fn is_forbidden(process: u32) -> bool {
    let limits = fs::read_to_string(format!("/proc/{process}/limits")).unwrap();
    let core = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max core file size"))
        .unwrap();
    let core: Vec<&str> = core.split_whitespace().take(2).collect();
    let status = fs::metadata(format!("/proc/{process}/status")).unwrap();
    core == ["0", "0"] && status.uid() == 0
}

#[tokio::test]
async fn no_command_that_holds_a_secret_can_leave_a_core_dump() {
    let shared = tempfile::tempdir().unwrap();
    let binary = shared.path().join("program");
    // Copied by another process: a file that a thread of this one has open for writing cannot be executed while a process is being started, because
    // that process inherits the open file.
    let copied = Command::new("cp").arg(BINARY.0).arg(&binary).status();
    assert!(copied.unwrap().success());
    fs::set_permissions(
        shared.path(),
        std::os::unix::fs::PermissionsExt::from_mode(0o755),
    )
    .unwrap();
    for arguments in [
        "serve",
        "sandbox",
        // It waits for the developer token.
        "register --name x --redirect-uri https://app.example/oauth/callback",
    ] {
        let folder = tempfile::tempdir().unwrap();
        let mut child = start(&binary, folder.path(), arguments);
        let mut looks = 0;
        loop {
            let ended = child.try_wait().unwrap();
            assert!(looks < LOOKS && ended.is_none(), "{arguments}: {ended:?}");
            if is_forbidden(child.id()) {
                break;
            }
            looks += 1;
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        let aborted = Command::new("kill")
            .args(["-ABRT", &child.id().to_string()])
            .status();
        assert!(aborted.unwrap().success());
        let status = child.wait().unwrap();
        assert_eq!(status.signal(), Some(ABORT), "{arguments}");
        assert!(!status.core_dumped(), "{arguments}");
    }
}
