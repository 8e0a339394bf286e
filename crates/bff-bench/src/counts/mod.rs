//! `bff-bench counts`: counts the instructions of the hot paths under callgrind, and compares them with `benches/instructions.json`.
//! Other load of the machine does not change these counts, so that CI can refuse a small increase.

mod baseline;
mod callgrind;
mod comparison;
mod conditions;
mod counting;
mod hot_path;
mod visitor;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::bench::Bench;
use crate::failure::{Outcome, fail};
use crate::number::number;
use crate::table::Table;
use baseline::Baseline;
use comparison::{Comparison, Verdict};
use counting::Counting;
use hot_path::{ALL, HotPath};

/// Where the program runs and callgrind writes. It is emptied before a run.
const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/counts");
/// The stored counts.
const BASELINE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../benches/instructions.json"
);
/// Number of functions that `--profile` prints.
const FUNCTIONS: usize = 30;

/// The settings.
#[derive(Args)]
pub struct Settings {
    /// The binary of the program, built with the profile `profiling`
    #[arg(long)]
    program: PathBuf,
    /// Stores the counts in benches/instructions.json
    #[arg(long)]
    write: bool,
    /// Counts one path, keeps callgrind's file, and prints the functions with the most instructions
    #[arg(long, value_name = "PATH", value_parser = hot_path::find, conflicts_with = "write")]
    profile: Option<HotPath>,
}

/// Counts, and prints the result.
///
/// # Errors
/// [`Failure`](crate::failure::Failure) when a path is over its baseline by more than the slack, and when counting fails.
pub fn run(settings: &Settings) -> Outcome<()> {
    let mut bench = Bench::new(&settings.program, Path::new(FOLDER), 0, false)?;
    match settings.profile {
        Some(path) => profile(&mut bench, path),
        None => count(&mut bench, settings.write),
    }
}

fn profile(bench: &mut Bench, path: HotPath) -> Outcome<()> {
    let mut counting = Counting::start(bench, path.server)?;
    let counted = counting.count(path)?;
    let functions = callgrind::functions(&counted.file, FUNCTIONS)?;
    let each = number(counted.each as f64, 0);
    println!(
        "{}: {each} instructions per request; the functions of {} of them\n\n{functions}",
        path.title, path.batch
    );
    println!("counts: the whole profile is {}", counted.file.display());
    Ok(())
}

fn count(bench: &mut Bench, is_written: bool) -> Outcome<()> {
    let conditions = conditions::look(bench)?;
    let mut counts = BTreeMap::new();
    for paths in ALL.chunk_by(|one, next| one.server == next.server) {
        let mut counting = Counting::start(bench, paths[0].server)?;
        for path in paths {
            let counted = counting.count(*path)?;
            eprintln!("{}: {}", path.name, number(counted.each as f64, 0));
            counts.insert(path.name.to_owned(), counted.each);
        }
    }
    let now = Baseline { conditions, counts };
    let file = Path::new(BASELINE);
    let comparison = Comparison::new(&Baseline::read(file)?, &now);
    println!("\n{}", Table::from_rows(comparison.rows(title)).to_text());
    match comparison.verdict() {
        _ if is_written => {
            now.write(file)?;
            println!("counts: the baseline is written");
        }
        Verdict::Within => println!("counts: {} paths are within their baselines", ALL.len()),
        Verdict::NotCompared(reason) => println!("counts: not compared, because {reason}"),
        Verdict::Over(faults) => return fail(faults),
    }
    bench.clean()
}

fn title(name: &str) -> &'static str {
    let path = ALL.iter().find(|path| path.name == name);
    path.map_or("", |path| path.title)
}
