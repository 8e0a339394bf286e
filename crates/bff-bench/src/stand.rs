//! [`Stand`]: a server with the provider double behind it and, where it has one, the server that stores the sessions.

use std::fs;
use std::path::{Path, PathBuf};

use crate::bench::Bench;
use crate::cpus::{Cpus, pinned};
use crate::failure::{Outcome, fail};
use crate::http;
use crate::parts::tally::Tally;
use crate::postgres;
use crate::running::{Probe, Running, free_port};
use crate::servers::{Place, Server, Store};

/// What is to be started.
#[derive(Clone, Copy)]
pub struct Order<'a> {
    /// The server.
    pub server: Server,
    /// Number of its workers.
    pub workers: usize,
    /// How late the provider answers.
    pub delay_ms: u64,
    /// The server's folder; a new one when there is none.
    pub folder: Option<&'a Path>,
}

impl From<Server> for Order<'_> {
    fn from(server: Server) -> Self {
        Self {
            server,
            workers: 1,
            delay_ms: 0,
            folder: None,
        }
    }
}

/// A started server and what it needs. The server ends first, because fields are dropped in their order.
pub struct Stand {
    /// The server.
    pub server: Running,
    /// The provider double.
    pub provider: Running,
    /// The server that stores the sessions.
    pub store: Option<Running>,
    /// The processors.
    pub cpus: Cpus,
    /// The folder of the server.
    pub folder: PathBuf,
    has_sessions: bool,
    /// Whether it runs at a raised priority.
    pub is_raised: bool,
}

impl Stand {
    /// Starts everything.
    ///
    /// # Errors
    /// [`Failure`](crate::failure::Failure) when a process does not start.
    pub fn start(bench: &Bench, order: Order<'_>) -> Outcome<Self> {
        let folder = match order.folder {
            Some(folder) => folder.to_owned(),
            None => bench.new_folder()?,
        };
        let cpus = bench.cpus(order.workers);
        let store = match order.server {
            Server::Program(store, _) => start_store(store, &cpus, &folder)?,
            _ => None,
        };
        Self::start_with(bench, order, store, folder)
    }

    /// Starts everything in front of a store that is running already.
    ///
    /// # Errors
    /// [`Failure`](crate::failure::Failure) when a process does not start.
    pub fn start_with(
        bench: &Bench,
        order: Order<'_>,
        store: Option<Running>,
        folder: PathBuf,
    ) -> Outcome<Self> {
        let cpus = bench.cpus(order.workers);
        let provider = start_provider(bench, &cpus, order.delay_ms, &folder)?;
        let place = Place {
            cpus: &cpus,
            workers: order.workers,
            folder: &folder,
            provider: provider.port,
            store: store.as_ref().map(|store| store.port),
        };
        let server = order.server.start(bench, &place)?;
        Ok(Self {
            server,
            provider,
            store,
            has_sessions: order.server.has_sessions(),
            cpus,
            folder,
            is_raised: bench.is_raised,
        })
    }

    /// Signs one user in, and returns the `Cookie` header; `None` at a server without sessions.
    ///
    /// # Errors
    /// [`Failure`](crate::failure::Failure) when the login fails, or when the server answers `/api/user/info` without it.
    pub fn sign_in(&self, bench: &Bench) -> Outcome<Option<String>> {
        let path = "/api/user/info";
        let mut cookie = None;
        if self.has_sessions {
            cookie = self.sign_in_many(bench, 1)?.pop();
            if http::get(self.server.port, path, None)?.status != 401 {
                return fail("the server answers without a session");
            }
        }
        let answer = http::get(self.server.port, path, cookie.as_deref())?;
        if answer.status != 200 || !answer.text.contains("\"username\"") {
            return fail(format!("{path}: status {}, no user", answer.status));
        }
        Ok(cookie)
    }

    /// Signs in so many users, 16 at a time, and returns their `Cookie` headers.
    ///
    /// # Errors
    /// [`Failure`](crate::failure::Failure) when a login fails.
    pub fn sign_in_many(&self, bench: &Bench, count: usize) -> Outcome<Vec<String>> {
        let file = self.folder.join("cookies");
        let mut part = bench.part(&self.cpus.load, "login");
        part.args(["--port", &self.server.port.to_string()])
            .args(["--count", &count.to_string()])
            .arg("--cookies")
            .arg(&file);
        bench.finish::<Tally>(part)?.without_failures()?;
        let text = fs::read_to_string(file)?;
        Ok(text.lines().map(str::to_owned).collect())
    }
}

/// Starts the server of a store, if it has one.
///
/// # Errors
/// [`Failure`](crate::failure::Failure) when it does not start.
pub fn start_store(store: Store, cpus: &Cpus, folder: &Path) -> Outcome<Option<Running>> {
    Ok(match store {
        Store::Redis => Some(start_redis(cpus, folder)?),
        Store::Postgres => Some(postgres::start(cpus, folder)?),
        Store::Sqlite | Store::Memory => None,
    })
}

/// Starts a Redis server that writes nothing to the disk.
///
/// # Errors
/// [`Failure`](crate::failure::Failure) when it does not start.
pub fn start_redis(cpus: &Cpus, folder: &Path) -> Outcome<Running> {
    let port = free_port()?;
    let mut command = pinned(&cpus.load, "redis-server");
    command
        .args(["--bind", "127.0.0.1", "--port", &port.to_string()])
        .args(["--save", "", "--appendonly", "no", "--dir"])
        .arg(folder);
    Running::start("redis", command, port, Probe::Connection, folder)
}

fn start_provider(bench: &Bench, cpus: &Cpus, delay_ms: u64, folder: &Path) -> Outcome<Running> {
    let port = free_port()?;
    let mut command = bench.part(&cpus.load, "provider");
    command
        .args(["--port", &port.to_string()])
        .args(["--delay-ms", &delay_ms.to_string()]);
    Running::start("provider", command, port, Probe::Path("/counts"), folder)
}
