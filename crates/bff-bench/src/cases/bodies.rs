//! The cost of bodies through `/api/proxy/`, against their size.

use crate::bench::Bench;
use crate::case::{Case, Column, NGINX, Plot, Row};
use crate::failure::Outcome;
use crate::parts::tally::Tally;
use crate::sample::{Sample, WARM_UP, cost_of};
use crate::servers::Server;
use crate::stand::Stand;

const SIZES: [(usize, &str); 6] = [
    (1_000, "1 KB"),
    (10_000, "10 KB"),
    (100_000, "100 KB"),
    (1_000_000, "1 MB"),
    (10_000_000, "10 MB"),
    (100_000_000, "100 MB"),
];
/// Transfers at the same time.
const WIDTH: usize = 4;

/// From the upstream to the browser.
pub fn down(program: &str) -> Case {
    case(
        "bodies-down",
        "Bodies from an upstream through /api/proxy/, 4 at a time",
        program,
        false,
    )
}

/// From the browser to the upstream.
pub fn up(program: &str) -> Case {
    case(
        "bodies-up",
        "Bodies to an upstream through /api/proxy/, 4 at a time",
        program,
        true,
    )
}

fn case(name: &'static str, title: &'static str, program: &str, is_up: bool) -> Case {
    let row = |label: String, line, server, size: usize| {
        let measure = move |bench: &Bench| measure(bench, server, size, is_up);
        Row::new(label, measure).at(line, size as f64)
    };
    let rows = SIZES.into_iter().flat_map(|(size, text)| {
        let nginx = format!("{NGINX}, {text}");
        [
            row(
                format!("{program}, {text}"),
                "program",
                Server::program(),
                size,
            )
            .beside(nginx.clone()),
            row(nginx.clone(), NGINX, Server::Nginx, size).beside(nginx),
        ]
    });
    Case {
        name,
        title,
        about: "nginx neither buffers request bodies nor writes responses to the disk, as the program does not.",
        is_quick: false,
        most_rounds: usize::MAX,
        subject: "server, size of a body",
        columns: vec![
            Column::spread("mb_per_second", "MB/s", 1),
            Column::new("p50", "p50 µs", 0),
            Column::spread("cpu", "CPU µs/body", 0),
            Column::new("cpu_per_mb", "CPU µs/MB", 0),
            Column::new("memory", "MiB", 1),
        ],
        ratio: Some("cpu"),
        plot: Some(Plot {
            key: "cpu",
            heading: "CPU µs per body",
            axis: Some("bytes in a body"),
        }),
        rows: rows.collect(),
    }
}

fn measure(bench: &Bench, server: Server, size: usize, is_up: bool) -> Outcome<Sample> {
    let stand = Stand::start(bench, server.into())?;
    let cookie = stand.sign_in(bench)?.unwrap_or_default();
    let transfer = |seconds: u64| {
        let mut part = bench.part(&stand.cpus.load, "transfer");
        part.args(["--port", &stand.server.port.to_string()])
            .args(["--size", &size.to_string()])
            .args(["--seconds", &seconds.to_string()])
            .args(["--width", &WIDTH.to_string()])
            .args(["--cookie", &cookie]);
        if is_up {
            part.arg("--up");
        }
        bench.finish::<Tally>(part)?.without_failures()
    };
    transfer(WARM_UP)?;
    let (tally, cost) = cost_of(&stand, || transfer(bench.seconds))?;
    let bodies = tally.done.max(1) as f64;
    let megabytes = bodies * size as f64 / 1e6;
    Ok(cost.sample([
        ("mb_per_second", megabytes / tally.seconds),
        ("p50", tally.p50_us),
        ("cpu", cost.server * 1e6 / bodies),
        ("cpu_per_mb", cost.server * 1e6 / megabytes),
        ("memory", stand.server.memory_mib()),
    ]))
}
