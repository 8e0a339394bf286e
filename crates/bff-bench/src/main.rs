//! Measures a program of the engine beside nginx, a bare proxy of the same libraries, and the provider's sample for Express. `just bench` runs it.
//! docs/performance.md describes what it measures and holds its figures. Linux only, because it reads `/proc`.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "it is a command that prints tables"
)]
#![expect(
    clippy::cast_precision_loss,
    reason = "counts of requests, bytes and rows are far below 2^53"
)]

mod args;
mod bench;
mod case;
mod cases;
mod clock;
mod counts;
mod cpus;
mod document;
mod failure;
mod http;
mod machine;
mod number;
mod parts;
mod plot;
mod postgres;
mod priority;
mod processes;
mod results;
mod run;
mod running;
mod sample;
mod scaling;
mod servers;
mod stand;
mod statistics;
mod table;
mod targets;
mod token;
mod wrk;

use std::path::Path;
use std::process::ExitCode;

use clap::Parser as _;
use serde_json::{Value, json};

use args::{Args, Command};
use bench::Bench;
use failure::{Outcome, fail};
use machine::Machine;
use results::Results;

/// Where servers run. It is emptied before and after a run.
const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/bench");

fn main() -> ExitCode {
    let args = Args::parse();
    let result = match &args.command {
        Some(Command::Part { part }) => part.run(),
        Some(Command::Scaling(settings)) => scaling::run(settings, Path::new(FOLDER)),
        Some(Command::Counts(settings)) => counts::run(settings),
        None if args.list => {
            list();
            Ok(())
        }
        None => measure(&args),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("bench: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn list() {
    for case in cases::all("program") {
        let quick = if case.is_quick { "quick" } else { "" };
        println!("{:<16} {quick:<6} {}", case.name, case.title);
    }
}

fn measure(args: &Args) -> Outcome<()> {
    let program = args.program.as_deref().unwrap_or(Path::new(""));
    let mut bench = Bench::new(program, Path::new(FOLDER), args.seconds(), args.small)?;
    bench.is_raised = args.priority;
    let cases = args.wanted(cases::all(&bench.name()))?;
    let machine = Machine::look(&bench.program);
    println!("{}", machine.to_markdown());
    let results = run::run(&mut bench, cases, args.pace())?;
    if let Some(file) = &args.json {
        std::fs::write(file, format!("{:#}\n", to_json(&results, &machine, args)))?;
    }
    if args.write {
        document::write(&results, &machine, &args.settings())?;
    }
    if results.iter().any(Results::have_failures) {
        return fail("a measurement failed; target/bench has the logs");
    }
    println!("bench: {} cases measured", results.len());
    bench.clean()
}

fn to_json(results: &[Results], machine: &Machine, args: &Args) -> Value {
    let cases: Vec<Value> = results.iter().map(Results::to_json).collect();
    json!({"machine": machine.to_json(), "settings": args.settings(), "cases": cases})
}
