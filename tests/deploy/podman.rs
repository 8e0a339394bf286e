//! Runs podman, and waits for what it starts.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

use bff_testing::{Browser, client};

pub const LOOK_AGAIN: Duration = Duration::from_millis(50);
/// Number of checks, which together take a minute. It only limits how long a failing test runs.
pub const LOOKS: u32 = 1_200;

/// The image that `scripts/containers` has built.
pub const IMAGE: &str = "localhost/bff-test";

/// Runs a command at the top of the repository to its end.
pub fn run(program: &str, arguments: &[&str]) -> Output {
    Command::new(program)
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap_or_else(|error| panic!("{program}: {error}; run `just containers`"))
}

/// Runs a command that must succeed. Returns what it printed.
pub fn output(program: &str, arguments: &[&str]) -> String {
    let output = run(program, arguments);
    assert!(
        output.status.success(),
        "{program} {arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// Runs podman, which must succeed. Returns what it printed.
pub fn podman(arguments: &[&str]) -> String {
    output("podman", arguments)
}

/// A container. Dropping it removes it with its volumes.
pub struct Container(pub String);

impl Container {
    /// Starts a container with these arguments of `podman run`.
    pub fn start(arguments: &[&str]) -> Self {
        Self(podman(&[&["run", "--detach"], arguments].concat()))
    }

    /// Runs a command in it, which must succeed. Returns what it printed.
    pub fn exec(&self, command: &[&str]) -> String {
        podman(&[&["exec", &self.0], command].concat())
    }

    /// Returns a value of `podman inspect`.
    pub fn inspect(&self, format: &str) -> String {
        podman(&["inspect", "--format", format, &self.0])
    }

    /// Returns this line of the kernel's account of its first process.
    pub fn status_of_process(&self, name: &str) -> String {
        let pid = self.inspect("{{.State.Pid}}");
        let status = fs::read_to_string(format!("/proc/{pid}/status")).expect("it runs");
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        line.expect("the kernel writes it").trim().to_owned()
    }

    /// Returns its log, as podman keeps it.
    pub fn log(&self) -> String {
        let output = run("podman", &["logs", &self.0]);
        let [out, err] = [output.stdout, output.stderr]
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        out + &err
    }
}

impl Drop for Container {
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!("the log of the container:\n{}", self.log());
        }
        // It may have ended already.
        run(
            "podman",
            &["rm", "--force", "--volumes", "--time", "0", &self.0],
        );
    }
}

/// Waits until this URL answers 200.
pub async fn answers(url: &str) {
    for _ in 0..LOOKS {
        if client()
            .get(url)
            .send()
            .await
            .is_ok_and(|it| it.status() == 200)
        {
            return;
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
    panic!("{url} does not answer");
}

/// Signs in and looks at a page, with a new browser.
pub async fn signed_in(origin: &str, address: &str) -> Browser {
    let browser = Browser::new(origin, address);
    browser.sign_in().await;
    assert_eq!(browser.page_state().await, "signed_in");
    browser
}

/// Writes the client and the keys as files for this user, as a secret store mounts them.
pub fn write_secrets(folder: &Path, owner: Option<u32>) {
    let [(_, id), (_, secret)] = crate::CLIENT;
    for (name, value) in [
        ("client_id", id),
        ("client_secret", secret),
        ("session_keys", crate::KEYS),
    ] {
        let file = folder.join(name);
        fs::write(&file, value).expect("it can be written");
        std::os::unix::fs::chown(&file, owner, owner).expect("root runs this");
    }
}
