//! [`Stage`]: replicas of the program on one store, with the provider double behind a relay that counts.

use std::fs;
use std::path::{Path, PathBuf};

use super::redis::Servers;
use super::relay::Relay;
use crate::bench::Bench;
use crate::cpus::Cpus;
use crate::failure::{Outcome, fail};
use crate::parts::tally::Tally;
use crate::processes::cpu_seconds;
use crate::running::{Probe, Running, free_port};
use crate::servers::{Place, Store, program};

/// Rates that no load reaches. They are not 0, so that the memory of the limits is measured too.
const RATES: [(&str, &str); 6] = [
    ("BFF_LIMITS__CLIENT_RATE", "1000000"),
    ("BFF_LIMITS__CLIENT_BURST", "1000000"),
    ("BFF_LIMITS__LOGIN_RATE", "1000000"),
    ("BFF_LIMITS__LOGIN_BURST", "1000000"),
    ("BFF_LIMITS__SESSION_RATE", "1000000"),
    ("BFF_LIMITS__SESSION_BURST", "1000000"),
];

/// Started processes. The replicas end first, because fields are dropped in their order.
pub struct Stage<'a> {
    /// The replicas.
    pub replicas: Vec<Replica>,
    /// The store, unless it is SQLite.
    pub redis: Option<Servers>,
    /// What all replicas send to the provider passes here.
    pub to_provider: Relay,
    bench: &'a Bench,
    cpus: Cpus,
    folder: PathBuf,
    provider: Running,
}

/// One replica.
pub struct Replica {
    server: Running,
    /// What browsers send passes here, where that is counted.
    pub front: Option<Relay>,
    log: PathBuf,
}

/// What is sent with each of some cookies.
#[derive(Clone, Copy)]
pub struct Calls<'a> {
    /// The path.
    pub path: &'a str,
    /// Whether it is a POST.
    pub is_post: bool,
    /// Number of requests with each cookie.
    pub each: usize,
    /// Number of requests at the same time.
    pub width: usize,
}

impl<'a> Stage<'a> {
    /// Starts so many replicas on these servers, or one replica on SQLite without any. `is_counted` puts a relay in front of each.
    ///
    /// # Errors
    /// [`Failure`](crate::failure::Failure) when a process does not start.
    pub fn start(
        bench: &'a Bench,
        cpus: Cpus,
        redis: Option<Servers>,
        replicas: usize,
        is_counted: bool,
    ) -> Outcome<Self> {
        let folder = bench.new_folder()?;
        let port = free_port()?;
        let mut provider = bench.part(&cpus.load, "provider");
        provider.args(["--port", &port.to_string()]);
        let probe = Probe::Path("/counts");
        let mut stage = Self {
            replicas: Vec::new(),
            redis,
            to_provider: Relay::start(port)?,
            bench,
            cpus,
            provider: Running::start("provider", provider, port, probe, &folder)?,
            folder,
        };
        for number in 1..=replicas {
            let replica = stage.replica(number, is_counted)?;
            stage.replicas.push(replica);
        }
        Ok(stage)
    }

    fn replica(&self, number: usize, is_counted: bool) -> Outcome<Replica> {
        let name = format!("replica-{number}");
        let folder = self.folder.join(&name);
        fs::create_dir_all(&folder)?;
        let port = free_port()?;
        let front = if is_counted {
            Some(Relay::start(port)?)
        } else {
            None
        };
        let place = Place {
            cpus: &self.cpus,
            workers: self.cpus.server.len(),
            folder: &folder,
            provider: self.provider.port,
            store: None,
        };
        let public = front.as_ref().map_or(port, |front| front.port);
        let mut command = program(self.bench, &place, port, Store::Sqlite, None)?;
        command
            .env(
                "BFF_OAUTH__API_SERVER",
                format!("http://127.0.0.1:{}", self.to_provider.port),
            )
            .env(
                "OAUTH_REDIRECT_URI",
                format!("http://127.0.0.1:{public}/oauth/callback"),
            )
            .envs(RATES);
        if let Some(redis) = &self.redis {
            command.env("SESSION_STORE", redis.url());
        }
        let probe = Probe::Path("/");
        Ok(Replica {
            server: Running::start(&name, command, port, probe, &folder)?,
            front,
            log: folder.join(format!("{name}.log")),
        })
    }

    /// Returns the folder of a replica.
    pub fn folder_of(&self, replica: usize) -> PathBuf {
        self.folder.join(format!("replica-{}", replica + 1))
    }

    /// Signs so many users in at a replica, and returns their `Cookie` headers.
    ///
    /// # Errors
    /// [`Failure`](crate::failure::Failure) when a login fails.
    pub fn sign_in(&self, replica: usize, count: usize, width: usize) -> Outcome<Vec<String>> {
        let file = self.folder.join("cookies");
        let mut part = self.bench.part(&self.cpus.load, "login");
        part.args(["--port", &self.port(replica)?.to_string()])
            .args(["--count", &count.to_string()])
            .args(["--width", &width.to_string()])
            .arg("--cookies")
            .arg(&file);
        self.bench.finish::<Tally>(part)?.without_failures()?;
        let text = fs::read_to_string(file)?;
        Ok(text.lines().map(str::to_owned).collect())
    }

    /// Sends calls with these cookies to a replica, and returns their number.
    ///
    /// # Errors
    /// [`Failure`](crate::failure::Failure) when one is not answered as it should be.
    pub fn call(&self, replica: usize, cookies: &[String], calls: Calls<'_>) -> Outcome<usize> {
        let file = self.folder.join(format!("called-{replica}"));
        fs::write(&file, cookies.join("\n"))?;
        let mut part = self.bench.part(&self.cpus.load, "calls");
        part.args(["--port", &self.port(replica)?.to_string()])
            .args(["--path", calls.path])
            .args(["--each", &calls.each.to_string()])
            .args(["--width", &calls.width.to_string()])
            .arg("--cookies")
            .arg(file);
        if calls.is_post {
            part.arg("--post");
        }
        Ok(self.bench.finish::<Tally>(part)?.without_failures()?.done)
    }

    fn port(&self, replica: usize) -> Outcome<u16> {
        match self.replicas.get(replica) {
            Some(replica) => Ok(replica
                .front
                .as_ref()
                .map_or(replica.server.port, |front| front.port)),
            None => fail("there is no such replica"),
        }
    }

    /// Returns the processor time of all replicas in seconds.
    pub fn cpu(&self) -> f64 {
        let one = |replica: &Replica| cpu_seconds(&replica.server.pids());
        self.replicas.iter().map(one).sum()
    }

    /// Returns the mean memory of a replica in MiB.
    pub fn memory_mib(&self) -> f64 {
        let one = |replica: &Replica| replica.server.memory_mib();
        self.replicas.iter().map(one).sum::<f64>() / self.replicas.len().max(1) as f64
    }

    /// Returns the size of all logs in bytes.
    pub fn log_bytes(&self) -> f64 {
        self.replicas.iter().map(|replica| size(&replica.log)).sum()
    }
}

/// Returns the size of a file in bytes; 0 where there is none.
pub fn size(file: &Path) -> f64 {
    fs::metadata(file).map_or(0.0, |data| data.len() as f64)
}
