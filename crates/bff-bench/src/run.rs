//! Runs cases: in each round every row once, forwards and then backwards, so that a slow change of the machine meets all rows alike.

use std::time::Duration;

use crate::bench::Bench;
use crate::case::Case;
use crate::clock::Stopwatch;
use crate::failure::Outcome;
use crate::http;
use crate::number::short;
use crate::priority::raised;
use crate::results::{Results, is_disturbed};
use crate::sample::Sample;
use crate::servers::Server;
use crate::stand::Stand;
use crate::table::Table;

/// How often and how long a run measures.
#[derive(Clone, Copy)]
pub struct Pace {
    /// Rounds of each case.
    pub rounds: usize,
    /// Most repetitions of a disturbed sample.
    pub repeats: usize,
    /// Time of the run. Samples are repeated only while the rest fits into it.
    pub limit: Option<Duration>,
}

/// Progress of a run.
struct Progress {
    watch: Stopwatch,
    /// Measurements, with repetitions.
    tries: usize,
    /// Rows of rounds that are done.
    done: usize,
    all: usize,
    limit: Option<Duration>,
}

/// Runs the cases and prints the table of each.
///
/// # Errors
/// [`Failure`](crate::failure::Failure) when the program does not start at all.
pub fn run(bench: &mut Bench, cases: Vec<Case>, pace: Pace) -> Outcome<Vec<Results>> {
    save_page(bench)?;
    let mut progress = Progress {
        watch: Stopwatch::start(),
        tries: 0,
        done: 0,
        all: cases.iter().map(|case| steps(case, pace)).sum(),
        limit: pace.limit,
    };
    let mut all = Vec::new();
    for case in cases {
        let results = run_case(bench, case, pace, &mut progress);
        println!(
            "\n{}\n{}",
            results.case.title,
            Table::new(&results).to_text()
        );
        all.push(results);
    }
    Ok(all)
}

/// Saves the program's page for the servers that have no templates.
fn save_page(bench: &Bench) -> Outcome<()> {
    let (folder, _) = bench.folder("page")?;
    let stand = Stand::start(bench, Server::program().into())?;
    let page = http::get(stand.server.port, "/", None)?;
    std::fs::write(folder.join("index.html"), page.body())?;
    Ok(())
}

fn steps(case: &Case, pace: Pace) -> usize {
    case.rows.len() * pace.rounds.min(case.most_rounds)
}

fn run_case(bench: &Bench, case: Case, pace: Pace, progress: &mut Progress) -> Results {
    let (rows, rounds) = (case.rows.len(), pace.rounds.min(case.most_rounds));
    let mut results = Results::new(case);
    for round in 0..rounds {
        let forwards = round.is_multiple_of(2);
        for step in 0..rows {
            let row = if forwards { step } else { rows - 1 - step };
            measure(bench, &mut results, row, pace, progress);
            progress.done += 1;
        }
    }
    results
}

/// Measures a row, again when the sample was disturbed or failed.
fn measure(bench: &Bench, results: &mut Results, row: usize, pace: Pace, progress: &mut Progress) {
    let mut failed = None;
    for attempt in 0..=pace.repeats {
        if attempt > 0 && !progress.has_time() {
            break;
        }
        let Some(subject) = results.case.rows.get(row) else {
            break;
        };
        let label = format!("{}: {}", results.case.name, subject.label);
        let measured = raised(bench, || subject.measure(bench));
        progress.tries += 1;
        match measured {
            Ok(sample) => {
                progress.show(&label, &summary(results, &sample));
                failed = None;
                let is_clean = !is_disturbed(&sample);
                results.add(row, sample);
                if is_clean {
                    break;
                }
            }
            Err(failure) => {
                progress.show(&label, &format!("FAILED: {failure}"));
                failed = Some(failure);
            }
        }
    }
    if let Some(failure) = failed {
        results.fail(row, &failure.to_string());
    }
}

fn summary(results: &Results, sample: &Sample) -> String {
    let columns = results.case.columns.iter();
    let figures = columns.filter_map(|column| {
        let value = sample.figures.get(column.key)?;
        Some(format!("{} {}", short(*value), column.heading))
    });
    let figures: Vec<String> = figures.collect();
    let mut summary = figures.join(", ");
    if is_disturbed(sample) {
        summary.push_str(&format!("; disturbed, {:.0} %", sample.foreign * 100.0));
    }
    summary
}

impl Progress {
    /// Returns whether a repetition leaves enough time for the rest.
    fn has_time(&self) -> bool {
        let expected = self.watch.seconds() + self.rest(self.all - self.done);
        self.limit
            .is_none_or(|limit| expected < limit.as_secs_f64())
    }

    /// Returns the seconds that so many measurements will take.
    fn rest(&self, count: usize) -> f64 {
        self.watch.seconds() / self.tries.max(1) as f64 * count as f64
    }

    /// Prints a line: the steps, the time, the time that the rest will take, and what was measured.
    fn show(&self, label: &str, what: &str) {
        println!(
            "[{}/{}] {}, {} left  {label}: {what}",
            self.done + 1,
            self.all,
            minutes(self.watch.seconds()),
            minutes(self.rest(self.all - self.done - 1)),
        );
    }
}

/// Returns a duration such as `3:07`.
fn minutes(seconds: f64) -> String {
    format!(
        "{:.0}:{:02.0}",
        (seconds / 60.0).floor(),
        (seconds % 60.0).floor()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_has_minutes_and_two_digits_of_seconds() {
        assert_eq!(minutes(187.9), "3:07");
        assert_eq!(minutes(59.99), "0:59");
    }
}
