//! [`Callgrind`]: valgrind's tool that counts instructions, and `vgdb`, which controls it while the program runs.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::failure::{Failure, Outcome, fail};
use crate::number::number;

/// Callgrind of one program.
pub struct Callgrind {
    /// Where it writes.
    folder: PathBuf,
    /// Number of files that it has written.
    dumps: usize,
}

impl Callgrind {
    /// Takes a folder, which must be empty.
    pub const fn new(folder: PathBuf) -> Self {
        Self { folder, dumps: 0 }
    }

    /// Returns the command that the command of the program follows.
    pub fn command(&self) -> Vec<OsString> {
        let mut file = OsString::from("--callgrind-out-file=");
        file.push(self.file());
        vec![
            "valgrind".into(),
            "--quiet".into(),
            "--tool=callgrind".into(),
            // The start is not counted, and takes less time so.
            "--instr-atstart=no".into(),
            file,
            self.prefix(),
        ]
    }

    /// Begins to count.
    ///
    /// # Errors
    /// [`Failure`] when `vgdb` cannot reach the process.
    pub fn switch_on(&self, pid: u32) -> Outcome<()> {
        self.control(pid, &["instrumentation", "on"])
    }

    /// Sets all counts to zero.
    ///
    /// # Errors
    /// [`Failure`] when `vgdb` cannot reach the process.
    pub fn reset(&self, pid: u32) -> Outcome<()> {
        self.control(pid, &["zero"])
    }

    /// Writes the counts to a file, sets them to zero, and returns the file.
    ///
    /// # Errors
    /// [`Failure`] when `vgdb` cannot reach the process.
    pub fn dump(&mut self, pid: u32) -> Outcome<PathBuf> {
        self.control(pid, &["dump"])?;
        self.dumps += 1;
        Ok(self.file().with_extension(self.dumps.to_string()))
    }

    /// Runs `vgdb` with the environment of the program, because both derive the names of their pipes from it.
    fn control(&self, pid: u32, command: &[&str]) -> Outcome<()> {
        let mut vgdb = Command::new("vgdb");
        vgdb.env_clear()
            .arg(self.prefix())
            .arg(format!("--pid={pid}"))
            .args(command);
        let output = vgdb.output()?;
        if output.status.success() {
            return Ok(());
        }
        let text = String::from_utf8_lossy(&output.stderr);
        fail(format!("vgdb: {}", text.trim()))
    }

    fn file(&self) -> PathBuf {
        self.folder.join("counts")
    }

    fn prefix(&self) -> OsString {
        let mut prefix = OsString::from("--vgdb-prefix=");
        prefix.push(self.folder.join("vgdb"));
        prefix
    }
}

/// Returns the number of instructions in a file of callgrind.
///
/// # Errors
/// [`Failure`] when the file has none.
pub fn total(file: &Path) -> Outcome<u64> {
    let text = fs::read_to_string(file)?;
    total_in(&text).ok_or_else(|| Failure::new(format!("{}: no totals", file.display())))
}

fn total_in(text: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix("totals:"))?;
    line.trim().parse().ok()
}

/// Returns the functions with the most instructions, one a line, without what they call.
///
/// # Errors
/// [`Failure`] when `callgrind_annotate` fails.
pub fn functions(file: &Path, most: usize) -> Outcome<String> {
    let mut command = Command::new("callgrind_annotate");
    command.args(["--auto=no", "--threshold=100"]).arg(file);
    let output = command.output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let sums = sums_in(&text);
    if sums.is_empty() {
        let text = String::from_utf8_lossy(&output.stderr);
        return fail(format!("callgrind_annotate: {}", text.trim()));
    }
    let all: u64 = sums.iter().map(|(_, count)| count).sum();
    let lines = sums.iter().take(most).map(|(function, count)| {
        let share = *count as f64 * 100.0 / all as f64;
        format!(
            "{share:>5.1} %  {:>12}  {function}\n",
            number(*count as f64, 0)
        )
    });
    Ok(lines.collect())
}

/// Reads the lines `1,234 (5.67%)  FILE:FUNCTION [OBJECT]` of `callgrind_annotate`, and adds up the lines of each function: there is one for
/// each file that code of it was inlined from. The largest sum comes first.
fn sums_in(text: &str) -> Vec<(&str, u64)> {
    let mut sums = BTreeMap::new();
    for line in text.lines() {
        if let Some((function, count)) = function_in(line) {
            *sums.entry(function).or_insert(0) += count;
        }
    }
    let mut sums: Vec<(&str, u64)> = sums.into_iter().collect();
    sums.sort_by_key(|(_, count)| Reverse(*count));
    sums
}

fn function_in(line: &str) -> Option<(&str, u64)> {
    let (count, rest) = line.trim_start().split_once(" (")?;
    let (_, place) = rest.split_once("%)  ")?;
    let (_, function) = place.split_once(':')?;
    let function = function
        .rsplit_once(" [")
        .map_or(function, |(name, _)| name);
    Some((function, count.replace(',', "").parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_total_stands_at_the_end_of_a_file() {
        let text = "version: 1\nevents: Ir\nsummary: 70\n\nfn=(1) main\n1 70\n\ntotals: 70\n";
        assert_eq!(total_in(text), Some(70));
        assert_eq!(total_in("version: 1\n"), None);
    }

    #[test]
    fn the_lines_of_a_function_are_added_up() {
        let text = "Ir                file:function\n----\n\
            1,000 (50.00%)  malloc/malloc.c:malloc [/lib/libc.so.6]\n\
              900 (45.00%)  /a/vec.rs:<alloc::Vec<T> as A>::f [/bin/p]\n\
              101 ( 5.00%)  /a/raw_vec.rs:<alloc::Vec<T> as A>::f\n\
            2,001 (100.0%)  PROGRAM TOTALS\n";
        let expected = [("<alloc::Vec<T> as A>::f", 1_001), ("malloc", 1_000)];
        assert_eq!(sums_in(text), expected);
    }
}
