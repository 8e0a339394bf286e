//! The processors that a sample uses: some for the server, the others for load, provider and store.

use std::fs;
use std::process::Command;

/// The division of the processors between the server and all other processes of a sample.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cpus {
    /// Those of the server.
    pub server: Vec<usize>,
    /// Those of the load, the provider and the store.
    pub load: Vec<usize>,
}

impl Cpus {
    /// Gives the server `workers` processors and all others to the load. With too few processors both share all of them.
    pub fn divide(allowed: &[usize], workers: usize) -> Self {
        if allowed.len() <= workers {
            return Self {
                server: allowed.to_vec(),
                load: allowed.to_vec(),
            };
        }
        let (server, load) = allowed.split_at(workers);
        Self {
            server: server.to_vec(),
            load: load.to_vec(),
        }
    }

    /// Returns whether server and load share processors.
    pub fn are_shared(&self) -> bool {
        self.server == self.load
    }
}

/// Returns the command `program`, to be run on these processors. The process ends when this one does.
pub fn pinned(cpus: &[usize], program: impl AsRef<std::ffi::OsStr>) -> Command {
    let list: Vec<String> = cpus.iter().map(usize::to_string).collect();
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "TERM", "taskset", "-c", &list.join(",")]);
    command.arg(program);
    command
}

/// Returns the processors that this process may use.
pub fn allowed() -> Vec<usize> {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let list = status
        .lines()
        .find_map(|line| line.strip_prefix("Cpus_allowed_list:"));
    parse_list(list.unwrap_or("0").trim())
}

/// Reads a list such as `0-3,8`.
fn parse_list(list: &str) -> Vec<usize> {
    let ranges = list.split(',').filter_map(|part| {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        Some(first.parse().ok()?..=last.parse().ok()?)
    });
    ranges.flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_processors_has_ranges_and_single_ones() {
        assert_eq!(parse_list("0-2,5,7-8"), [0, 1, 2, 5, 7, 8]);
        assert_eq!(parse_list("3"), [3]);
    }

    #[test]
    fn the_load_gets_what_the_server_leaves() {
        let cpus = Cpus::divide(&[0, 1, 2], 1);
        assert_eq!((cpus.server, cpus.load), (vec![0], vec![1, 2]));
        assert!(Cpus::divide(&[0, 1], 2).are_shared());
        assert!(Cpus::divide(&[0], 1).are_shared());
    }
}
