//! What cases with a steady load have in common: the load, its columns, and a row for each server.

use crate::bench::Bench;
use crate::case::{Column, NGINX, Plot, Row};
use crate::failure::Outcome;
use crate::sample::{Sample, under_load};
use crate::servers::Server;
use crate::stand::{Order, Stand};
use crate::wrk::Load;

/// Connections of a busy server.
pub const MANY: usize = 64;

/// The plot of such a case.
pub const CPU_PLOT: Option<Plot> = Some(Plot {
    key: "cpu",
    heading: "CPU µs per request",
    axis: None,
});

/// Returns the columns of such a case.
pub fn columns() -> Vec<Column> {
    vec![
        Column::spread("per_second", "requests/s", 0),
        Column::new("p50", "p50 µs", 0),
        Column::new("p99", "p99 µs", 0),
        Column::spread("cpu", "CPU µs/request", 1),
        Column::new("cores", "cores", 2),
        Column::new("memory", "MiB", 1),
    ]
}

/// One kind of request.
#[derive(Clone, Copy)]
pub struct Request {
    /// The path.
    pub path: &'static str,
    /// Number of connections.
    pub connections: usize,
    /// Whether the user is signed in.
    pub is_signed_in: bool,
    /// How late the provider answers.
    pub delay_ms: u64,
}

impl Request {
    /// Makes a request with many connections by a user who is signed in.
    pub const fn signed_in(path: &'static str) -> Self {
        Self {
            path,
            connections: MANY,
            is_signed_in: true,
            delay_ms: 0,
        }
    }

    /// Starts the server, signs in, and measures this request.
    ///
    /// # Errors
    /// [`Failure`](crate::failure::Failure) when the server does not start or a request fails.
    pub fn measure(self, bench: &Bench, server: Server, workers: usize) -> Outcome<Sample> {
        let order = Order {
            workers,
            delay_ms: self.delay_ms,
            ..Order::from(server)
        };
        let stand = Stand::start(bench, order)?;
        let cookie = stand.sign_in(bench)?;
        let load = Load {
            port: stand.server.port,
            path: self.path.to_owned(),
            connections: self.connections,
            seconds: 0,
            cookie: cookie.filter(|_| self.is_signed_in),
            script: None,
        };
        under_load(bench, &stand, &load)
    }

    /// Returns the row of a server with one worker.
    pub fn row(self, label: impl Into<String>, server: Server) -> Row {
        Row::new(label, move |bench: &Bench| self.measure(bench, server, 1))
    }

    /// Returns the rows of the program and nginx.
    pub fn two_rows(self, program: &str) -> Vec<Row> {
        vec![
            self.row(program, Server::program()),
            self.row(NGINX, Server::Nginx),
        ]
    }

    /// Returns the rows of all four servers.
    pub fn all_rows(self, program: &str) -> Vec<Row> {
        let mut rows = self.two_rows(program);
        rows.push(self.row("actix-web + reqwest, bare", Server::Bare));
        rows.push(self.row("Express", Server::Express));
        rows
    }
}
