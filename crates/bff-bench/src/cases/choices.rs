//! Choices of the operator: the store, the log, the traces, the number of workers.

use super::load::{CPU_PLOT, Request, columns};
use crate::bench::Bench;
use crate::case::{Case, Column, NGINX, Row};
use crate::servers::{Server, Store};

const USERINFO: Request = Request::signed_in("/api/user/info");

/// SQLite, Redis, PostgreSQL, memory.
pub fn stores() -> Case {
    let row = |label: &str, store| USERINFO.row(label, Server::Program(store, None));
    let mut columns = columns();
    columns.push(Column::new("store_cpu", "CPU µs/request of the store", 1));
    Case {
        name: "stores",
        title: "GET /api/user/info with each store, 64 connections",
        about: "The servers of Redis and PostgreSQL run on the processor of the load.",
        columns,
        subject: "store",
        rows: vec![
            row("SQLite", Store::Sqlite),
            row("Redis", Store::Redis),
            row("PostgreSQL", Store::Postgres),
            row("memory", Store::Memory),
            USERINFO.row(NGINX, Server::Nginx),
        ],
        ..case()
    }
}

/// The log, to a file.
pub fn log() -> Case {
    let row =
        |label: &str, filter| USERINFO.row(label, Server::Program(Store::Sqlite, Some(filter)));
    Case {
        name: "log",
        title: "GET /api/user/info with and without access log, 64 connections",
        about: "At info the program writes a line of JSON for each request to a file. At warn it writes none.",
        subject: "log",
        rows: vec![
            row("info", "info,actix_server=warn,actix_session=warn"),
            row("warn", "warn"),
            USERINFO.row(NGINX, Server::Nginx),
        ],
        ..case()
    }
}

/// Traces: not exported, a hundredth of them, all.
pub fn traces() -> Case {
    Case {
        name: "traces",
        title: "GET /api/user/info with and without exported traces, 64 connections",
        about: "Each exported request has two spans: its own and that of the call to the provider. The collector takes them on the processor of the load.",
        subject: "traces",
        rows: vec![
            USERINFO.row("off", Server::program()),
            USERINFO.row("on, none sampled", Server::Traced("0")),
            USERINFO.row("on, 1 % sampled", Server::Traced("0.01")),
            USERINFO.row("on, all sampled", Server::Traced("1")),
            USERINFO.row(NGINX, Server::Nginx),
        ],
        ..case()
    }
}

/// One and two workers.
pub fn workers(program: &str) -> Case {
    let row = |server: Server, name: &str, workers: usize| {
        let nginx = format!("{NGINX}, {workers}");
        Row::new(format!("{name}, {workers}"), move |bench: &Bench| {
            USERINFO.measure(bench, server, workers)
        })
        .beside(nginx)
    };
    let rows = [1, 2].into_iter().flat_map(|workers| {
        [
            row(Server::program(), program, workers),
            row(Server::Nginx, NGINX, workers),
            row(Server::Bare, "actix-web + reqwest, bare", workers),
        ]
    });
    Case {
        name: "workers",
        title: "GET /api/user/info with one and two workers, 64 connections",
        about: "With two workers the server has two processors. A machine that has no more than these runs load and provider on them too.",
        subject: "server, workers",
        rows: rows.collect(),
        ..case()
    }
}

fn case() -> Case {
    Case {
        name: "",
        title: "",
        about: "",
        is_quick: false,
        most_rounds: usize::MAX,
        subject: "",
        columns: columns(),
        ratio: Some("cpu"),
        plot: CPU_PLOT,
        rows: Vec::new(),
    }
}
