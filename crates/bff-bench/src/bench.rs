//! [`Bench`]: what every measurement of a run needs: the program, the folders, the duration of a sample.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use serde::de::DeserializeOwned;

use crate::cpus::{Cpus, pinned};
use crate::failure::{Failure, Outcome, fail};

/// The setting of a run.
pub struct Bench {
    /// The binary of the program that is measured.
    pub program: PathBuf,
    /// The command that runs the program, such as valgrind with its options; empty to run it directly.
    pub wrapper: Vec<OsString>,
    /// The binary of this bench, which also is the provider, the bare proxy and the clients.
    own: PathBuf,
    /// Where servers run. It is emptied before and after a run.
    folder: PathBuf,
    /// Duration of a sample.
    pub seconds: u64,
    /// Whether numbers of sessions and streams are divided by 100.
    is_small: bool,
    /// Whether the run has a raised priority.
    pub is_raised: bool,
    /// The processors that this process may use.
    allowed: Vec<usize>,
    next_folder: AtomicU32,
}

impl Bench {
    /// Prepares a run in this folder, which must be the bench's own.
    ///
    /// # Errors
    /// [`Failure`] when the program does not exist or the folder cannot be made.
    pub fn new(program: &Path, folder: &Path, seconds: u64, is_small: bool) -> Outcome<Self> {
        let program = program
            .canonicalize()
            .map_err(|error| Failure::new(format!("{}: {error}", program.display())))?;
        remove_folder(folder)?;
        fs::create_dir_all(folder)?;
        Ok(Self {
            program,
            wrapper: Vec::new(),
            own: std::env::current_exe()?,
            folder: folder.canonicalize()?,
            seconds,
            is_small,
            is_raised: false,
            allowed: crate::cpus::allowed(),
            next_folder: AtomicU32::new(1),
        })
    }

    /// Removes what the servers wrote.
    ///
    /// # Errors
    /// [`Failure`] when the folder cannot be removed.
    pub fn clean(&self) -> Outcome<()> {
        remove_folder(&self.folder)
    }

    /// Returns the file name of the program.
    pub fn name(&self) -> String {
        let name = self.program.file_name().unwrap_or_default();
        name.to_string_lossy().into_owned()
    }

    /// Returns a number of sessions or streams, which is smaller when the bench itself is tested.
    pub fn scaled(&self, count: usize) -> usize {
        if self.is_small {
            count.div_ceil(100)
        } else {
            count
        }
    }

    /// Returns the processors that this process may use.
    pub fn allowed(&self) -> &[usize] {
        &self.allowed
    }

    /// Returns how the processors are divided for a server with so many workers.
    pub fn cpus(&self, workers: usize) -> Cpus {
        Cpus::divide(&self.allowed, workers)
    }

    /// Returns the folder with this name, and whether it is new.
    ///
    /// # Errors
    /// [`Failure`] when it cannot be made.
    pub fn folder(&self, name: &str) -> Outcome<(PathBuf, bool)> {
        let path = self.folder.join(name);
        let is_new = !path.exists();
        fs::create_dir_all(&path)?;
        Ok((path, is_new))
    }

    /// Makes a folder that no other server uses.
    ///
    /// # Errors
    /// [`Failure`] when it cannot be made.
    pub fn new_folder(&self) -> Outcome<PathBuf> {
        let number = self.next_folder.fetch_add(1, Relaxed);
        Ok(self.folder(&number.to_string())?.0)
    }

    /// Returns the command that runs the program on these processors, under the wrapper if there is one.
    pub fn program_on(&self, cpus: &[usize]) -> Command {
        let program = self.program.as_os_str();
        let mut words = self
            .wrapper
            .iter()
            .map(OsString::as_os_str)
            .chain([program]);
        let mut command = pinned(cpus, words.next().unwrap_or(program));
        command.args(words);
        command
    }

    /// Returns the command that runs a part of this bench on these processors.
    pub fn part(&self, cpus: &[usize], name: &str) -> Command {
        let mut command = pinned(cpus, &self.own);
        command.args(["part", name]);
        command
    }

    /// Runs a part of this bench to its end, and reads the line of JSON that it prints.
    ///
    /// # Errors
    /// [`Failure`] when the part fails.
    pub fn finish<T: DeserializeOwned>(&self, mut part: Command) -> Outcome<T> {
        let output = part.output()?;
        if !output.status.success() {
            return fail(String::from_utf8_lossy(&output.stderr).trim().to_owned());
        }
        Ok(serde_json::from_slice(&output.stdout)?)
    }
}

fn remove_folder(folder: &Path) -> Outcome<()> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    Ok(())
}
