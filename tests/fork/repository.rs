//! A copy of this repository with a history of its own, and the commands that run in it.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::document::edit;

/// A copy of the files of this repository, in a git repository whose branch `main` has one commit.
pub struct Repository {
    pub top: PathBuf,
}

impl Repository {
    /// Copies the files that git knows or would add. `name` is the name of the folder, which stays, so that the next run compiles less.
    pub fn copy(name: &str) -> Self {
        let from = Path::new(env!("CARGO_MANIFEST_DIR"));
        let top = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        if top.exists() {
            fs::remove_dir_all(&top).expect("the copy of the last run can be removed");
        }
        let listed = run(Command::new("git")
            .args(["ls-files", "--cached", "--others", "--exclude-standard"])
            .args(["-z", "--deduplicate"])
            .current_dir(from));
        for file in listed.split_terminator('\0') {
            let (source, target) = (from.join(file), top.join(file));
            if source.exists() {
                fs::create_dir_all(target.parent().expect("a folder")).expect("a folder");
                fs::copy(source, target).expect("a file can be copied");
            }
        }
        let copy = Self { top };
        copy.set_version(name);
        copy.git(["init", "--quiet", "--initial-branch=main"]);
        copy.commit("The base");
        copy
    }

    /// Gives the packages a version of their own. Cargo tells packages of two workspaces in one target folder apart by name and version only, so that
    /// this repository would use what the copy has built.
    fn set_version(&self, name: &str) {
        const VERSION: &str = concat!("\nversion = \"", env!("CARGO_PKG_VERSION"));
        let own = format!("{VERSION}+{name}");
        let crates = std::fs::read_dir(self.top.join("crates")).expect("a folder");
        let crates = crates.map(|entry| {
            let name = entry.expect("a folder").file_name();
            format!("crates/{}/Cargo.toml", name.display())
        });
        for file in crates.chain(["Cargo.toml".to_owned()]) {
            edit(&self.top, &file, VERSION, &own).expect("the version is there once");
        }
        self.cargo("update --workspace --quiet");
    }

    /// Runs git, without the configuration of the user.
    pub fn git<I: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = I>) -> String {
        run(self.command("git").args(arguments))
    }

    pub fn commit(&self, message: &str) {
        self.git(["add", "--all"]);
        self.git(["commit", "--quiet", "--message", message]);
    }

    /// Returns the files that differ between two commits, below these paths.
    pub fn changed(&self, range: &str, paths: &[&str]) -> Vec<String> {
        let fixed = ["diff", "--name-only", range, "--"];
        let listed = self.git(fixed.iter().chain(paths));
        listed.lines().map(str::to_owned).collect()
    }

    /// Runs cargo without network, with the folder `target` of this repository, so that the dependencies are not compiled again.
    pub fn cargo(&self, arguments: &str) -> String {
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent();
        let mut command = self.command(env!("CARGO"));
        command
            .args(arguments.split(' '))
            .env("CARGO_NET_OFFLINE", "true")
            .env("CARGO_TARGET_DIR", target.expect("the folder `target`"));
        run(&mut command)
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(&self.top)
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_SYSTEM", "/dev/null");
        for role in ["AUTHOR", "COMMITTER"] {
            command
                .env(format!("GIT_{role}_NAME"), "A team")
                .env(format!("GIT_{role}_EMAIL"), "team@example.com");
        }
        command
    }
}

/// Runs a command and returns its output. Fails with all that it printed.
fn run(command: &mut Command) -> String {
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().expect("the command starts");
    let stdout = String::from_utf8_lossy(&stdout).into_owned();
    let stderr = String::from_utf8_lossy(&stderr);
    assert!(status.success(), "{command:?}\n{stdout}{stderr}");
    stdout
}
