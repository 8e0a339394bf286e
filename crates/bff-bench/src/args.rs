//! The command line.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, Subcommand};

use crate::case::Case;
use crate::counts;
use crate::failure::{Outcome, fail};
use crate::parts::Part;
use crate::run::Pace;
use crate::scaling;

/// The word for all cases.
const FULL: &str = "full";
/// Time that the quick run may take, repetitions included. One minute of the ten is left for what takes longer than expected.
const QUICK_LIMIT: Duration = Duration::from_secs(9 * 60);

/// Measures a program of the engine beside nginx, a bare proxy and Express. Linux only.
#[derive(Parser)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Args {
    /// Counts instructions, or runs a part of the bench: the bench calls itself so
    #[command(subcommand)]
    pub command: Option<Command>,
    /// The binary of the program, such as `target/release/my-app`
    #[arg(long, overrides_with = "program", required_unless_present = "list")]
    pub program: Option<PathBuf>,
    /// The cases; `full` for all of them; without any, those of the quick run
    pub cases: Vec<String>,
    /// Rounds of each case
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// Seconds of each sample
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..))]
    seconds: Option<u64>,
    /// Most repetitions of a sample that other processes disturbed
    #[arg(long, default_value_t = 2)]
    repeats: usize,
    /// Raises the priority of this session during samples, and pauses after them; needs root. Start it with `setsid --wait`
    #[arg(long)]
    pub priority: bool,
    /// A file for every sample, as JSON
    #[arg(long)]
    pub json: Option<PathBuf>,
    /// Writes tables and plots into docs/performance.md
    #[arg(long)]
    pub write: bool,
    /// Divides the numbers of sessions and streams by 100: for tests of the bench itself
    #[arg(long, conflicts_with = "write")]
    pub small: bool,
    /// Lists the cases
    #[arg(long)]
    pub list: bool,
}

/// What else the binary does.
#[derive(Subcommand)]
pub enum Command {
    /// Counts the instructions of the hot paths under callgrind, and compares them with benches/instructions.json
    Counts(counts::Settings),
    /// A part of the bench
    #[command(hide = true)]
    Part {
        /// Which
        #[command(subcommand)]
        part: Part,
    },
    /// Measures what docs/scaling.md computes with
    Scaling(scaling::Settings),
}

impl Args {
    /// Returns the wanted ones of all cases.
    ///
    /// # Errors
    /// [`Failure`](crate::failure::Failure) with the known names when a name is unknown.
    pub fn wanted(&self, all: Vec<Case>) -> Outcome<Vec<Case>> {
        let known: Vec<&str> = all.iter().map(|case| case.name).collect();
        let is_known = |name: &&String| *name == FULL || known.contains(&name.as_str());
        if let Some(unknown) = self.cases.iter().find(|name| !is_known(name)) {
            let known = known.join(", ");
            return fail(format!(
                "{unknown}: unknown case; there are {known}, and full"
            ));
        }
        let is_wanted = |case: &Case| match &*self.cases {
            [] => case.is_quick,
            names => names.iter().any(|name| name == FULL || name == case.name),
        };
        Ok(all.into_iter().filter(is_wanted).collect())
    }

    /// Returns the seconds of a sample: 3 in the quick run, otherwise 5.
    pub fn seconds(&self) -> u64 {
        self.seconds
            .unwrap_or(if self.cases.is_empty() { 3 } else { 5 })
    }

    /// Returns rounds and repetitions.
    pub fn pace(&self) -> Pace {
        Pace {
            rounds: self.rounds.try_into().unwrap_or(usize::MAX),
            repeats: self.repeats,
            limit: self.cases.is_empty().then_some(QUICK_LIMIT),
        }
    }

    /// Returns rounds and seconds in words.
    pub fn settings(&self) -> String {
        format!("{} rounds of {} s", self.rounds, self.seconds())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(cases: &[&str]) -> Outcome<Vec<&'static str>> {
        let line = ["bff-bench", "--program", "x"];
        let args = Args::parse_from(line.iter().chain(cases));
        let wanted = args.wanted(crate::cases::all("program"))?;
        Ok(wanted.iter().map(|case| case.name).collect())
    }

    #[test]
    fn without_names_the_quick_cases_are_run() {
        let quick = names(&[]).expect("no name is unknown");
        assert!(quick.contains(&"userinfo") && !quick.contains(&"sessions"));
        let full = names(&["full"]).expect("it is known");
        assert!(full.len() > quick.len() && full.contains(&"sessions"));
        assert_eq!(names(&["login", "size"]).ok(), Some(vec!["login", "size"]));
    }

    #[test]
    fn an_unknown_case_is_refused_with_the_known_ones() {
        let failure = names(&["logins"]).expect_err("it is unknown");
        assert!(failure.to_string().contains("login, start"), "{failure}");
    }

    #[test]
    fn a_part_needs_no_program() {
        let line = ["bff-bench", "part", "login", "--port", "1"];
        assert!(Args::try_parse_from(line).is_ok());
        assert!(Args::try_parse_from(["bff-bench", "login"]).is_err());
    }
}
