//! Processes and ports of servers.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

/// Interval between two checks.
pub const LOOK_AGAIN: Duration = Duration::from_millis(10);
/// Number of checks, which together take 30 seconds. It only limits how long a failing test runs.
pub const LOOKS: u32 = 3_000;
/// The user that runs servers when the tests run as root, because PostgreSQL refuses to run as root.
pub const UNPRIVILEGED: &str = "postgres";

/// Makes a command of a program of PostgreSQL, which Debian installs where no PATH leads.
pub fn program(name: &str) -> Command {
    let folders = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten();
    let mut found: Vec<PathBuf> = folders
        .filter_map(|version| Some(version.ok()?.path().join("bin").join(name)))
        .filter(|path| path.exists())
        .collect();
    found.sort();
    let path = found.pop().unwrap_or_else(|| name.into());
    as_unprivileged(&path.display().to_string())
}

/// Makes a command that does not run as root.
pub fn as_unprivileged(program: &str) -> Command {
    let mut command;
    if is_root() {
        command = Command::new("setpriv");
        command.args([
            "--reuid",
            UNPRIVILEGED,
            "--regid",
            UNPRIVILEGED,
            "--clear-groups",
        ]);
        command.arg(program);
    } else {
        command = Command::new(program);
    }
    command.current_dir("/");
    command
}

/// Reports whether the tests run as root.
pub fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|own| {
        use std::os::unix::fs::MetadataExt as _;
        own.uid() == 0
    })
}

/// Returns the ids of the processes that this one started.
pub fn children(id: &str) -> Vec<String> {
    let path = format!("/proc/{id}/task/{id}/children");
    let found = std::fs::read_to_string(path).unwrap_or_default();
    found.split_whitespace().map(str::to_owned).collect()
}

/// Sends a signal to a process.
pub fn send(signal: &str, id: &str) {
    // A process may end meanwhile.
    let mut kill = Command::new("kill");
    drop(kill.args([signal, id]).stderr(Stdio::null()).status());
}

/// Runs a command to its end, which must be a success.
pub fn succeeds(mut command: Command) {
    let output = command.stdin(Stdio::null()).output();
    let output = output.expect("the program must be installed");
    assert!(output.status.success(), "{}", text(&output.stderr));
}

/// Returns output as text.
pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
