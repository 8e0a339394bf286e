//! The cost of a request against the number of stored sessions.

use std::fs;
use std::path::{Path, PathBuf};

use super::load::{MANY, columns};
use super::stored;
use crate::bench::Bench;
use crate::case::{Case, Column, Plot, Row};
use crate::failure::Outcome;
use crate::parts::tally::Tally;
use crate::sample::{Sample, under_load};
use crate::servers::{SESSIONS, Server};
use crate::stand::{Order, Stand};
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

fn measure(bench: &Bench, count: usize) -> Outcome<Sample> {
    let folder = stored::folder_with(bench, bench.scaled(count))?;
    let order = Order {
        folder: Some(&folder),
        ..Order::from(Server::program())
    };
    let stand = Stand::start(bench, order)?;
    let cookies = stored::cookies_of(&folder);
    stored::check(&stand.server, &cookies)?;
    let mut part = bench.part(&stand.cpus.load, "calls");
    part.args(["--port", &stand.server.port.to_string(), "--path", PATH])
        .arg("--cookies")
        .arg(&cookies);
    bench.finish::<Tally>(part)?.without_failures()?;
    let load = Load {
        port: stand.server.port,
        path: PATH.to_owned(),
        connections: MANY,
        seconds: 0,
        cookie: None,
        script: Some(rotation(&folder, &cookies)?),
    };
    let mut sample = under_load(bench, &stand, &load)?;
    let file = fs::metadata(folder.join(SESSIONS))?.len();
    sample.figures.insert("file", file as f64 / 1_048_576.0);
    Ok(sample)
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
