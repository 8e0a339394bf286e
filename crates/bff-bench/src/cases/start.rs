//! Starts: from the start of the process to the first page.

use std::path::Path;

use super::stored;
use crate::bench::Bench;
use crate::case::{Case, Column, NGINX, Plot, Row};
use crate::failure::Outcome;
use crate::sample::{Figures, Sample, foreign_during};
use crate::servers::Server;
use crate::stand::{Order, Stand};
use crate::statistics::Spread;

/// Starts in one sample.
const STARTS: usize = 5;
const STORED: usize = 100_000;

/// How long a start takes, and what an idle server holds in memory.
pub fn start(program: &str) -> Case {
    let program_row = |with: &str| format!("{program}, {with}");
    Case {
        name: "start",
        title: "Start to the first 200 for GET /",
        about: "Each sample is the median of five starts. Memory is that after the first page.",
        is_quick: true,
        most_rounds: usize::MAX,
        subject: "server",
        columns: vec![
            Column::spread("start", "ms", 1),
            Column::new("memory", "MiB", 1),
        ],
        ratio: None,
        plot: Some(Plot {
            key: "start",
            heading: "ms to the first page",
            axis: None,
        }),
        rows: vec![
            Row::new(program_row("empty folder"), |bench: &Bench| {
                measure(bench, Server::program(), None)
            }),
            Row::new(program_row("100,000 sessions stored"), |bench: &Bench| {
                let folder = stored::folder_with(bench, bench.scaled(STORED))?;
                measure(bench, Server::program(), Some(&folder))
            }),
            Row::new(NGINX, |bench: &Bench| measure(bench, Server::Nginx, None)),
            Row::new("Express", |bench: &Bench| {
                measure(bench, Server::Express, None)
            }),
        ],
    }
}

fn measure(bench: &Bench, server: Server, folder: Option<&Path>) -> Outcome<Sample> {
    let order = Order {
        folder,
        ..Order::from(server)
    };
    let ((starts, memory), foreign) = foreign_during(bench.allowed(), || starts(bench, order))?;
    let median = Spread::new(starts).map_or(0.0, |spread| spread.median);
    Ok(Sample {
        figures: Figures::from([("start", median), ("memory", memory)]),
        foreign,
    })
}

/// Returns the milliseconds of some starts, and the memory after the last one.
fn starts(bench: &Bench, order: Order<'_>) -> Outcome<(Vec<f64>, f64)> {
    let (mut starts, mut memory) = (Vec::new(), 0.0);
    for _ in 0..STARTS {
        let stand = Stand::start(bench, order)?;
        starts.push(stand.server.start_seconds * 1e3);
        memory = stand.server.memory_mib();
    }
    Ok((starts, memory))
}
