//! The real program, as built, on ports of its own, in an empty folder: beside its sandbox provider,
//! or in front of a provider that is not ours. Ended with the value. What it logs, at the finest
//! level, is kept under `target/test-artefacts/program/`.

use std::fs::File;
use std::path::PathBuf;
use std::process::Child;

pub use bff_testing::{Addresses, client};
use bff_testing::{Binary, SandboxControl, assert_log_keeps_secrets, is_ready};
use tempfile::TempDir;

use crate::pictures::artefacts;

pub const BINARY: Binary = Binary(env!(concat!("CARGO_BIN_EXE_", env!("CARGO_PKG_NAME"))));

/// A started program that answers.
pub struct Program {
    /// Where browsers reach it, without a slash at the end.
    pub origin: String,
    pub sandbox: SandboxControl,
    addresses: Addresses,
    child: Child,
    folder: TempDir,
}

impl Program {
    /// With nothing configured but its addresses: the sandbox is the provider.
    pub async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// With further environment variables.
    pub async fn start_with(environment: &[(&str, &str)]) -> Self {
        // Another process may take a port between our look and the program's start: then again.
        for _ in 0..5 {
            if let Some(program) = Self::start_at(&Self::elsewhere(), environment).await {
                return program;
            }
        }
        panic!("the program does not start: see target/test-artefacts/program/")
    }

    /// Addresses on another site than the provider's, so that a `SameSite=Strict` cookie stays behind on the way back from there.
    pub fn elsewhere() -> Addresses {
        Addresses {
            name: "localhost",
            ..Addresses::free()
        }
    }

    /// The same at these addresses; `None` when it ends before it answers.
    pub async fn start_at(addresses: &Addresses, environment: &[(&str, &str)]) -> Option<Self> {
        let folder = TempDir::new().expect("a folder can be made");
        let child = BINARY
            .command(addresses, folder.path(), log_file())
            .arg("serve")
            .envs(environment.iter().copied())
            .spawn()
            .expect("the program can be run");
        let mut program = Self {
            origin: addresses.origin(),
            sandbox: SandboxControl::new(format!("http://{}", addresses.sandbox)),
            addresses: addresses.clone(),
            child,
            folder,
        };
        is_ready(&mut program.child, &program.origin)
            .await
            .then_some(program)
    }

    /// Ends every session, as an operator does with the command beside the program.
    pub fn revoke_all(&self) {
        let arguments = ["sessions", "revoke", "--all"];
        let folder = self.folder.path();
        let ended = BINARY.run(&self.addresses, folder, &arguments, "", |_| {});
        assert!(ended.status.success(), "{ended:?}");
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // Nothing is left to do where it has ended already.
        drop(self.child.kill());
        drop(self.child.wait());
        if !std::thread::panicking() {
            let log = std::fs::read_to_string(log_path()).expect("the log can be read");
            assert_log_keeps_secrets(&log);
        }
    }
}

/// One file for each test, named after it.
fn log_path() -> PathBuf {
    let thread = std::thread::current();
    let test = thread.name().unwrap_or("unnamed").replace("::", "-");
    artefacts("program").join(format!("{test}.log"))
}

fn log_file() -> File {
    File::options()
        .create(true)
        .append(true)
        .open(log_path())
        .expect("the log can be written")
}
