//! The machine and the tools of a run, without its name.

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
    /// Versions of the program, nginx, Node, Redis and wrk.
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
        let program = program.to_string_lossy();
        Self {
            date: today(),
            cpus: crate::cpus::allowed().len(),
            model,
            memory_gib: kib / 1_048_576.0,
            kernel: read("/proc/sys/kernel/osrelease").trim().to_owned(),
            versions: vec![
                version(&program, "--version"),
                version("nginx", "-v"),
                format!("Node {}", version("node", "--version")),
                version("redis-server", "--version"),
                version("wrk", "-v"),
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

/// Returns the first line in which a tool names its version, shortened; some write it to standard error.
fn version(tool: &str, argument: &str) -> String {
    let Ok(output) = Command::new(tool).arg(argument).output() else {
        return format!("{tool}: not installed");
    };
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text);
    let words = text.lines().next().unwrap_or_default().split_whitespace();
    let words = words.map(|word| word.trim_start_matches("v="));
    let kept = words.filter(|word| !matches!(*word, "version:" | "server"));
    kept.take(2).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_found_by_its_key() {
        let text = "model\t\t: 1\nmodel name\t: Some CPU @ 2 GHz\nmodel name : other\n";
        assert_eq!(value_of(text, "model name"), "Some CPU @ 2 GHz");
        assert_eq!(value_of(text, "missing"), "");
    }
}
