//! A refresh storm: the tokens of many sessions have expired when all of them send parallel calls.

use serde::Deserialize;

use super::stored::{self, Target};
use crate::bench::Bench;
use crate::case::{Case, Column, Row};
use crate::failure::Outcome;
use crate::http;
use crate::parts::tally::Tally;
use crate::sample::{Sample, cost_of};
use crate::servers::{Server, Store};
use crate::stand::{Order, Stand, start_store};

const SESSIONS: usize = 500;
/// Parallel calls of each session.
const EACH: usize = 10;
/// Calls at the same time, so that all calls of about fifty sessions are under way.
const WIDTH: usize = 500;

/// Counts of the provider double.
#[derive(Deserialize)]
struct Counts {
    refreshes: usize,
}

/// Parallel calls with expired tokens.
pub fn refresh() -> Case {
    let row = |label: &str, store, delay_ms| {
        Row::new(label, move |bench: &Bench| measure(bench, store, delay_ms))
    };
    Case {
        name: "refresh",
        title: "Refresh storm: 500 sessions with expired tokens, 10 parallel calls each",
        about: "Every call must be answered with 200, with one refresh for each session.",
        is_quick: false,
        most_rounds: usize::MAX,
        subject: "store, delay of the provider",
        columns: vec![
            Column::new("calls", "calls", 0),
            Column::new("refreshes", "refreshes", 0),
            Column::new("each", "calls/refresh", 1),
            Column::spread("per_second", "calls/s", 0),
            Column::new("p99", "p99 µs", 0),
            Column::spread("cpu", "CPU µs/call", 0),
        ],
        ratio: None,
        plot: None,
        rows: vec![
            row("SQLite, 0 ms", Store::Sqlite, 0),
            row("SQLite, 20 ms", Store::Sqlite, 20),
            row("Redis, 0 ms", Store::Redis, 0),
            row("Redis, 20 ms", Store::Redis, 20),
            row("PostgreSQL, 0 ms", Store::Postgres, 0),
            row("PostgreSQL, 20 ms", Store::Postgres, 20),
        ],
    }
}

fn measure(bench: &Bench, store: Store, delay_ms: u64) -> Outcome<Sample> {
    let (folder, cpus) = (bench.new_folder()?, bench.cpus(1));
    let server = start_store(store, &cpus, &folder)?;
    let target = match (store, &server) {
        (Store::Redis, Some(redis)) => Target::Redis(redis, &folder),
        (Store::Postgres, Some(postgres)) => Target::Postgres(postgres, &folder),
        _ => Target::Folder(&folder),
    };
    let cookies = target.fill(bench, bench.scaled(SESSIONS), true)?;
    let order = Order {
        delay_ms,
        ..Order::from(Server::Program(store, None))
    };
    let stand = Stand::start_with(bench, order, server, folder)?;
    let (tally, cost) = cost_of(&stand, || {
        let mut part = bench.part(&stand.cpus.load, "calls");
        part.args(["--port", &stand.server.port.to_string()])
            .args(["--path", "/api/user/info"])
            .args(["--each", &EACH.to_string(), "--width", &WIDTH.to_string()])
            .arg("--cookies")
            .arg(&cookies);
        bench.finish::<Tally>(part)?.without_failures()
    })?;
    let counts = http::get(stand.provider.port, "/counts", None)?;
    let counts: Counts = serde_json::from_str(counts.body())?;
    stored::check(&stand.server, &cookies)?;
    let (calls, refreshes) = (tally.done as f64, counts.refreshes as f64);
    Ok(cost.sample([
        ("calls", calls),
        ("refreshes", refreshes),
        ("each", calls / refreshes.max(1.0)),
        ("per_second", calls / tally.seconds),
        ("p99", tally.p99_us),
        ("cpu", cost.server * 1e6 / calls.max(1.0)),
    ]))
}
