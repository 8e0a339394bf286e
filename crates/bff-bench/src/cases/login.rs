//! Logins.

use crate::bench::Bench;
use crate::case::{Case, Column, Plot, Row};
use crate::failure::Outcome;
use crate::parts::tally::Tally;
use crate::sample::{Sample, cost_of};
use crate::servers::{Server, Store};
use crate::stand::Stand;

/// Whole logins of many users: start, the provider's redirect, callback with token and userinfo request.
pub fn login(program: &str) -> Case {
    case("login", "Logins, 16 users at a time", program, 16)
}

/// The duration of a login without others.
pub fn one_login(program: &str) -> Case {
    case("one-login", "Logins, one user at a time", program, 1)
}

fn case(name: &'static str, title: &'static str, program: &str, width: usize) -> Case {
    let row =
        |label: String, server| Row::new(label, move |bench: &Bench| measure(bench, server, width));
    Case {
        name,
        title,
        about: "A login is the start, the provider's redirect and the callback, in which the server exchanges the code. The program also asks for the user, and stores the session on the disk before it answers. Express keeps it in memory.",
        is_quick: true,
        most_rounds: usize::MAX,
        subject: "server",
        columns: vec![
            Column::spread("per_second", "logins/s", 0),
            Column::new("p50", "p50 µs", 0),
            Column::new("p99", "p99 µs", 0),
            Column::spread("cpu", "CPU µs/login", 0),
            Column::new("cores", "cores", 2),
        ],
        ratio: None,
        plot: Some(Plot {
            key: "cpu",
            heading: "CPU µs per login",
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

fn measure(bench: &Bench, server: Server, width: usize) -> Outcome<Sample> {
    let stand = Stand::start(bench, server.into())?;
    stand.sign_in_many(bench, bench.scaled(1_000))?;
    let (tally, cost) = cost_of(&stand, || {
        let mut part = bench.part(&stand.cpus.load, "login");
        part.args(["--port", &stand.server.port.to_string()])
            .args(["--seconds", &bench.seconds.to_string()])
            .args(["--width", &width.to_string()]);
        bench.finish::<Tally>(part)?.without_failures()
    })?;
    let done = tally.done.max(1) as f64;
    Ok(cost.sample([
        ("per_second", done / tally.seconds),
        ("p50", tally.p50_us),
        ("p99", tally.p99_us),
        ("cpu", cost.server * 1e6 / done),
        ("cores", cost.server / cost.seconds),
    ]))
}
