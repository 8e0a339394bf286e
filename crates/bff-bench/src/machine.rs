//! The machine and the tools of a run, without its name.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::clock::today;

/// What a run depends on.
pub struct Machine {
    /// The date.
    pub date: String,
    /// Number of processors that the run may use.
    pub cpus: usize,
    /// Model of the processors.
    pub model: String,
    /// Memory in GiB.
    pub memory_gib: f64,
    /// Version of the kernel.
    pub kernel: String,
    /// Versions of the program, nginx, Node, Redis, PostgreSQL and wrk.
    pub versions: Vec<String>,
}

impl Machine {
    /// Looks at this machine.
    pub fn look(program: &Path) -> Self {
        let read = |path| fs::read_to_string(path).unwrap_or_default();
        let memory = value_of(&read("/proc/meminfo"), "MemTotal");
        let kib: f64 = memory
            .split(' ')
            .next()
            .and_then(|kib| kib.parse().ok())
            .unwrap_or(0.0);
        let model = value_of(&read("/proc/cpuinfo"), "model name");
        let name = program.file_name().unwrap_or_default().to_string_lossy();
        Self {
            date: today(),
            cpus: crate::cpus::allowed().len(),
            model,
            memory_gib: kib / 1_048_576.0,
            kernel: read("/proc/sys/kernel/osrelease").trim().to_owned(),
            versions: vec![
                format!("{name} {}", version(program, "--version")),
                format!("nginx {}", version("nginx", "-v")),
                format!("Node {}", version("node", "--version")),
                format!("Redis {}", version("redis-server", "--version")),
                format!("PostgreSQL {}", version("psql", "--version")),
                format!("wrk {}", version("wrk", "-v")),
            ],
        }
    }

    /// Returns it as the lines of a list in Markdown.
    pub fn to_markdown(&self) -> String {
        let Self {
            date,
            cpus,
            model,
            kernel,
            ..
        } = self;
        let memory = self.memory_gib;
        let versions = self.versions.join("; ");
        format!(
            "- Last run: {date}\n- Machine: {cpus} processors ({model}), {memory:.0} GiB, Linux {kernel}; other users share it\n- Versions: {versions}\n"
        )
    }

    /// Returns it as JSON.
    pub fn to_json(&self) -> Value {
        json!({
            "date": self.date, "cpus": self.cpus, "model": self.model, "memory_gib": self.memory_gib,
            "kernel": self.kernel, "versions": self.versions,
        })
    }
}

/// Returns the first value of a key in a text of lines `key : value`.
fn value_of(text: &str, key: &str) -> String {
    let pairs = text.lines().filter_map(|line| line.split_once(':'));
    let mut values = pairs.filter(|(name, _)| name.trim() == key);
    values
        .next()
        .map_or_else(String::new, |(_, value)| value.trim().to_owned())
}

/// Returns the version that a tool prints. Some tools write it to standard error.
fn version(tool: impl AsRef<OsStr>, argument: &str) -> String {
    let output = Command::new(tool).arg(argument).output();
    let text = output.map(|output| [output.stdout, output.stderr].concat());
    let text = text.unwrap_or_default();
    version_in(&String::from_utf8_lossy(&text)).unwrap_or_else(|| "not installed".to_owned())
}

/// Returns the first word that begins with a digit, once a prefix such as `v`, `v=` or `nginx/` is gone.
fn version_in(text: &str) -> Option<String> {
    let words = text.split_whitespace();
    let mut words = words.map(|word| word.rsplit(['/', '=', 'v']).next().unwrap_or(word));
    let version = words.find(|word| word.starts_with(|c: char| c.is_ascii_digit()))?;
    Some(version.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_found_in_what_each_tool_prints() {
        for (text, expected) in [
            ("nginx version: nginx/1.22.1", "1.22.1"),
            ("v20.20.2", "20.20.2"),
            ("Redis server v=7.0.15 sha=0:0 malloc=x", "7.0.15"),
            (
                "wrk debian/4.1.0-3+b2 [epoll] Copyright (C) 2012",
                "4.1.0-3+b2",
            ),
            ("my-app 0.1.0", "0.1.0"),
        ] {
            assert_eq!(version_in(text).as_deref(), Some(expected));
        }
    }

    #[test]
    fn a_value_is_found_by_its_key() {
        let text = "model\t\t: 1\nmodel name\t: Some CPU @ 2 GHz\nmodel name : other\n";
        assert_eq!(value_of(text, "model name"), "Some CPU @ 2 GHz");
        assert_eq!(value_of(text, "missing"), "");
    }
}
