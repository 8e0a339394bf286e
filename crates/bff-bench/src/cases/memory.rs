//! Memory: what sessions and open streams cost.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};

use crate::bench::Bench;
use crate::case::{Case, Column, NGINX, Plot, Row};
use crate::failure::{Failure, Outcome};
use crate::parts::tally::Tally;
use crate::sample::{Figures, Sample};
use crate::servers::{Server, Store};
use crate::stand::Stand;

/// Sessions that exist when the base is measured, so that everything that is made once is made.
const FEW: usize = 300;
const SESSIONS: usize = 10_000;
const STREAMS: usize = 1_000;
const USERINFO: &str = "/api/user/info";

/// Memory with 10,000 sessions, each of which was used.
pub fn sessions(program: &str) -> Case {
    let row = |label: String, server| {
        Row::new(label, move |bench: &Bench| measure_sessions(bench, server))
    };
    Case {
        name: "memory",
        title: "Memory with 10,000 sessions",
        about: "10,000 users sign in, and each calls /api/user/info once. The cost of a session is the growth since the first 300 sessions. Memory of the store is that of the server of Redis or PostgreSQL, whose processes share some of it.",
        is_quick: true,
        most_rounds: 1,
        subject: "server",
        columns: vec![
            Column::new("few", "MiB, 300 sessions", 1),
            Column::new("many", "MiB, 10,000 sessions", 1),
            Column::new("each", "bytes/session", 0),
            Column::new("store", "MiB of the store", 1),
        ],
        ratio: None,
        plot: Some(Plot {
            key: "many",
            heading: "MiB with 10,000 sessions",
            axis: None,
        }),
        rows: vec![
            row(format!("{program}, SQLite"), Server::program()),
            row(
                format!("{program}, Redis"),
                Server::Program(Store::Redis, None),
            ),
            row(
                format!("{program}, PostgreSQL"),
                Server::Program(Store::Postgres, None),
            ),
            row("Express, memory".to_owned(), Server::Express),
        ],
    }
}

fn measure_sessions(bench: &Bench, server: Server) -> Outcome<Sample> {
    let (few, many) = (bench.scaled(FEW), bench.scaled(SESSIONS));
    let stand = Stand::start(bench, server.into())?;
    sign_in_and_call(bench, &stand, few)?;
    let before = stand.server.memory_mib();
    sign_in_and_call(bench, &stand, many - few)?;
    let after = stand.server.memory_mib();
    let store = stand
        .store
        .as_ref()
        .map_or(0.0, crate::running::Running::memory_mib);
    Ok(figures([
        ("few", before),
        ("many", after),
        ("each", (after - before) * MIB / (many - few) as f64),
        ("store", store),
    ]))
}

fn sign_in_and_call(bench: &Bench, stand: &Stand, count: usize) -> Outcome<()> {
    let cookies = stand.sign_in_many(bench, count)?;
    let file = stand.folder.join("called");
    fs::write(&file, cookies.join("\n"))?;
    let mut part = bench.part(&stand.cpus.load, "calls");
    part.args(["--port", &stand.server.port.to_string(), "--path", USERINFO])
        .arg("--cookies")
        .arg(file);
    bench.finish::<Tally>(part)?.without_failures()?;
    Ok(())
}

/// Bytes of a MiB.
const MIB: f64 = 1_048_576.0;

/// Memory with 1,000 open streams from an upstream.
pub fn streams(program: &str) -> Case {
    let row = |label: String, server| {
        Row::new(label, move |bench: &Bench| measure_streams(bench, server))
    };
    Case {
        name: "streams",
        title: "Memory with 1,000 open streams",
        about: "1,000 clients hold a stream open through /api/proxy/. The upstream has sent a few bytes and is silent.",
        is_quick: false,
        most_rounds: 3,
        subject: "server",
        columns: vec![
            Column::new("before", "MiB, no stream", 1),
            Column::new("after", "MiB, 1,000 streams", 1),
            Column::spread("each", "KiB/stream", 1),
        ],
        ratio: Some("each"),
        plot: Some(Plot {
            key: "each",
            heading: "KiB per open stream",
            axis: None,
        }),
        rows: vec![
            row(program.to_owned(), Server::program()),
            row(NGINX.to_owned(), Server::Nginx),
        ],
    }
}

fn measure_streams(bench: &Bench, server: Server) -> Outcome<Sample> {
    let count = bench.scaled(STREAMS);
    let stand = Stand::start(bench, server.into())?;
    let cookies = stand.folder.join("held");
    let mut headers = String::new();
    if server.has_sessions() {
        headers = stand.sign_in_many(bench, bench.scaled(FEW))?.join("\n");
    }
    fs::write(&cookies, headers)?;
    let before = stand.server.memory_mib();
    let mut part = bench.part(&stand.cpus.load, "hold");
    part.args(["--port", &stand.server.port.to_string()])
        .args(["--path", "/api/proxy/bench/drip"])
        .args(["--count", &count.to_string()])
        .arg("--cookies")
        .arg(&cookies)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    let mut holder = part.spawn()?;
    let opened = first_line(&mut holder);
    let after = stand.server.memory_mib();
    // The streams end with standard input.
    drop(holder.stdin.take());
    holder.wait()?;
    let tally: Tally = serde_json::from_str(&opened?)?;
    let held = tally.without_failures()?.done.max(1) as f64;
    Ok(figures([
        ("before", before),
        ("after", after),
        ("each", (after - before) * 1_024.0 / held),
    ]))
}

fn first_line(child: &mut Child) -> Outcome<String> {
    let output = child.stdout.take();
    let output = output.ok_or_else(|| Failure::new("hold: no output"))?;
    let mut line = String::new();
    BufReader::new(output).read_line(&mut line)?;
    if line.is_empty() {
        return Err(Failure::new("hold: not all streams opened"));
    }
    Ok(line)
}

fn figures<const N: usize>(figures: [(&'static str, f64); N]) -> Sample {
    Sample {
        figures: Figures::from(figures),
        foreign: 0.0,
    }
}
