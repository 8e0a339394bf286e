//! The cost of a request against the number of stored sessions, and against the store that has a million.

use std::fs;
use std::path::{Path, PathBuf};

use super::load::{MANY, columns};
use super::stored::{self, Target};
use crate::bench::Bench;
use crate::case::{Case, Column, Plot, Row};
use crate::failure::Outcome;
use crate::parts::tally::Tally;
use crate::sample::{Sample, under_load};
use crate::servers::{SESSIONS, Server, Store};
use crate::stand::{Order, Stand, start_store};
use crate::wrk::Load;

const COUNTS: [(usize, &str); 5] = [
    (10, "10"),
    (1_000, "1,000"),
    (10_000, "10,000"),
    (100_000, "100,000"),
    (1_000_000, "1,000,000"),
];
const PATH: &str = "/api/user/info";
/// The name of the line in the plot.
const LINE: &str = "SQLite";

/// Requests of many sessions, over a SQLite file with up to a million sessions.
pub fn live_sessions() -> Case {
    let rows = COUNTS.into_iter().map(|(count, label)| {
        Row::new(label, move |bench: &Bench| measure(bench, count)).at(LINE, count as f64)
    });
    let mut columns = columns();
    columns.push(Column::new("file", "file MiB", 0));
    Case {
        name: "sessions",
        title: "GET /api/user/info against the number of live sessions, SQLite, 64 connections",
        about: "Requests rotate over the sessions, over 10,000 of them at most, taken evenly from all. Each of these has been used once before.",
        is_quick: false,
        most_rounds: usize::MAX,
        subject: "live sessions",
        columns,
        ratio: None,
        plot: Some(Plot {
            key: "cpu",
            heading: "CPU µs per request",
            axis: Some("live sessions"),
        }),
        rows: rows.collect(),
    }
}

/// Requests of many sessions, over each store with a million sessions.
pub fn million() -> Case {
    let row = |label: &str, store| Row::new(label, move |bench: &Bench| in_store(bench, store));
    let mut columns = columns();
    columns.push(Column::new("store_cpu", "CPU µs/request of the store", 1));
    Case {
        name: "million",
        title: "GET /api/user/info with 1,000,000 stored sessions, by store, 64 connections",
        about: "Requests rotate over 10,000 of the sessions. One round, because each fills the stores again.",
        is_quick: false,
        most_rounds: 1,
        subject: "store",
        columns,
        ratio: None,
        plot: None,
        rows: vec![
            row("SQLite", Store::Sqlite),
            row("Redis", Store::Redis),
            row("PostgreSQL", Store::Postgres),
        ],
    }
}

fn in_store(bench: &Bench, store: Store) -> Outcome<Sample> {
    let (folder, cpus) = (bench.new_folder()?, bench.cpus(1));
    let server = start_store(store, &cpus, &folder)?;
    let target = match (store, &server) {
        (Store::Redis, Some(redis)) => Target::Redis(redis, &folder),
        (Store::Postgres, Some(postgres)) => Target::Postgres(postgres, &folder),
        _ => Target::Folder(&folder),
    };
    let cookies = target.fill(bench, bench.scaled(1_000_000), false)?;
    let order = Order::from(Server::Program(store, None));
    let stand = Stand::start_with(bench, order, server, folder)?;
    rotated(bench, &stand, &cookies)
}

fn measure(bench: &Bench, count: usize) -> Outcome<Sample> {
    let folder = stored::folder_with(bench, bench.scaled(count))?;
    let order = Order {
        folder: Some(&folder),
        ..Order::from(Server::program())
    };
    let stand = Stand::start(bench, order)?;
    let mut sample = rotated(bench, &stand, &stored::cookies_of(&folder))?;
    let file = fs::metadata(folder.join(SESSIONS))?.len();
    sample.figures.insert("file", file as f64 / 1_048_576.0);
    Ok(sample)
}

/// Uses each of the cookies once, and then measures requests that use them in turn.
fn rotated(bench: &Bench, stand: &Stand, cookies: &Path) -> Outcome<Sample> {
    stored::check(&stand.server, cookies)?;
    let mut part = bench.part(&stand.cpus.load, "calls");
    part.args(["--port", &stand.server.port.to_string(), "--path", PATH])
        .arg("--cookies")
        .arg(cookies);
    bench.finish::<Tally>(part)?.without_failures()?;
    let load = Load {
        port: stand.server.port,
        path: PATH.to_owned(),
        connections: MANY,
        seconds: 0,
        cookie: None,
        script: Some(rotation(&stand.folder, cookies)?),
    };
    under_load(bench, stand, &load)
}

/// Writes a script for `wrk` that uses the cookies in turn.
fn rotation(folder: &Path, cookies: &Path) -> Outcome<PathBuf> {
    let script = folder.join("rotate.lua");
    let text = format!(
        "local requests = {{}}
function init()
  for cookie in io.lines('{}') do
    requests[#requests + 1] = wrk.format('GET', nil, {{ ['Cookie'] = cookie }})
  end
end
local last = 0
function request()
  last = last % #requests + 1
  return requests[last]
end
",
        cookies.display()
    );
    fs::write(&script, text)?;
    Ok(script)
}
