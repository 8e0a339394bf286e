//! The servers that are compared, and how each is started in front of the provider double.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::bench::Bench;
use crate::cpus::{Cpus, pinned};
use crate::failure::Outcome;
use crate::running::{Probe, Running, free_port};

/// The key that every measured program seals with, so that sessions can be stored before it starts.
/// The program refuses keys that are not random, so these bytes were drawn once.
pub const SEALING_KEY: [u8; 32] = [
    0x66, 0x24, 0x2e, 0x18, 0x3d, 0xe5, 0x7e, 0x49, 0x88, 0x2d, 0x8e, 0xc2, 0xd0, 0x70, 0x99, 0x8b,
    0x7a, 0x4c, 0x02, 0x40, 0x24, 0x50, 0xe2, 0x5b, 0xee, 0x27, 0x09, 0x50, 0xe6, 0x67, 0xd9, 0xdd,
];
/// The client that the provider double knows.
pub const CLIENT_ID: &str = "bench-client";
/// Its secret.
pub const CLIENT_SECRET: &str = "bench-secret";
/// The name of the SQLite file in a program's folder.
pub const SESSIONS: &str = "sessions.db";

/// The Express sample, with its dependencies installed beside it.
const EXPRESS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/express/server.js");

/// A server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Server {
    /// The program, with this store and this filter of its log. Without a filter it logs as by default, to a file.
    Program(Store, Option<&'static str>),
    /// The program with SQLite, which exports this share of its traces to a collector.
    Traced(&'static str),
    /// nginx with `proxy_pass`, connections to the provider kept open, and a constant token.
    Nginx,
    /// actix-web with a reqwest client and a constant token: what the libraries of the program cost without the program.
    Bare,
    /// The sample of the provider's guide for Express, with sessions in memory.
    Express,
}

/// The session store of the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Store {
    /// A file.
    Sqlite,
    /// A Redis server on this machine.
    Redis,
    /// A PostgreSQL server on this machine.
    Postgres,
    /// The memory of the program.
    Memory,
}

/// Where a server runs and what is in front of and behind it.
pub struct Place<'a> {
    /// The processors.
    pub cpus: &'a Cpus,
    /// Number of workers.
    pub workers: usize,
    /// Its folder.
    pub folder: &'a Path,
    /// Port of the provider.
    pub provider: u16,
    /// Port of the server that stores the sessions, where there is one.
    pub store: Option<u16>,
}

impl Server {
    /// Returns the program with its defaults: SQLite, and the log in a file.
    pub const fn program() -> Self {
        Self::Program(Store::Sqlite, None)
    }

    /// Returns whether users sign in at it. The others send a constant token.
    pub const fn has_sessions(self) -> bool {
        matches!(self, Self::Program(..) | Self::Traced(_) | Self::Express)
    }

    /// Starts it, and waits until it answers.
    ///
    /// # Errors
    /// [`Failure`](crate::failure::Failure) when it is not installed or does not start.
    pub fn start(self, bench: &Bench, place: &Place<'_>) -> Outcome<Running> {
        let port = free_port()?;
        let probe = Probe::Path("/");
        let (name, command) = match self {
            Self::Program(store, log) => ("program", program(bench, place, port, store, log)?),
            Self::Traced(share) => {
                let mut command = program(bench, place, port, Store::Sqlite, None)?;
                command
                    .env(
                        "OTEL_EXPORTER_OTLP_ENDPOINT",
                        format!("http://127.0.0.1:{}", place.provider),
                    )
                    .env("OTEL_TRACES_SAMPLER", "traceidratio")
                    .env("OTEL_TRACES_SAMPLER_ARG", share)
                    // Only full batches are sent, so that their number depends on the requests alone.
                    .env("OTEL_BSP_SCHEDULE_DELAY", "600000");
                ("program", command)
            }
            Self::Nginx => ("nginx", nginx(place, port)?),
            Self::Bare => ("bare", bare(bench, place, port)),
            Self::Express => ("express", express(place, port)),
        };
        Running::start(name, command, port, probe, place.folder)
    }
}

/// Returns the command that starts the program.
///
/// # Errors
/// [`Failure`](crate::failure::Failure) when its configuration cannot be written.
pub fn program(
    bench: &Bench,
    place: &Place<'_>,
    port: u16,
    store: Store,
    log: Option<&str>,
) -> Outcome<Command> {
    let store = match (store, place.store) {
        (Store::Redis, Some(port)) => format!("redis://127.0.0.1:{port}"),
        (Store::Postgres, Some(port)) => format!("postgres://bff@127.0.0.1:{port}/postgres"),
        (Store::Memory, _) => "memory:".to_owned(),
        _ => format!("sqlite:{SESSIONS}"),
    };
    let config = place.folder.join("config");
    fs::create_dir_all(&config)?;
    fs::write(config.join("development.toml"), upstream(place.provider))?;
    let mut command = bench.program_on(&place.cpus.server);
    command
        .arg("serve")
        .env_clear()
        .current_dir(place.folder)
        .env("BFF_SERVER__LISTEN", format!("127.0.0.1:{port}"))
        .env(
            "BFF_SERVER__ADMIN_LISTEN",
            format!("127.0.0.1:{}", free_port()?),
        )
        .env("OAUTH_CLIENT_ID", CLIENT_ID)
        .env("OAUTH_CLIENT_SECRET", CLIENT_SECRET)
        .env(
            "OAUTH_AUTH_SERVER",
            format!("http://127.0.0.1:{}", place.provider),
        )
        .env("OAUTH_REDIRECT_URI", redirect_uri(port))
        .env("SESSION_STORE", store)
        .env("SESSION_KEYS", STANDARD.encode(SEALING_KEY))
        // All load comes from one address, and it is meant to be more than one user sends.
        .env("BFF_LIMITS__CLIENT_RATE", "0")
        .env("BFF_LIMITS__LOGIN_RATE", "0")
        .env("BFF_LIMITS__SESSION_RATE", "0")
        .env("BFF_LIMITS__CONNECTIONS", "0");
    if let Some(filter) = log {
        command.env("RUST_LOG", filter);
    }
    Ok(command)
}

/// Returns the settings of the upstream `bench`, which is the provider double.
fn upstream(provider: u16) -> String {
    format!(
        "[[proxy]]
name = \"bench\"
upstream = \"http://127.0.0.1:{provider}\"
methods = [\"GET\", \"POST\"]
paths = [\"/*\"]
max_body = 1073741824
max_calls = 100000
max_session_calls = 100000
"
    )
}

fn nginx(place: &Place<'_>, port: u16) -> Outcome<Command> {
    let folder = place.folder.display();
    let page = page_folder(place.folder);
    let file = place.folder.join("nginx.conf");
    let configuration = include_str!("nginx.conf")
        .replace("WORKERS", &place.workers.to_string())
        .replace("PROVIDER", &place.provider.to_string())
        .replace("TOKEN", &crate::token::access(1))
        .replace("PORT", &port.to_string())
        .replace("PAGES", &page.display().to_string())
        .replace("FOLDER", &folder.to_string());
    fs::write(&file, configuration)?;
    let mut command = pinned(&place.cpus.server, "nginx");
    command.arg("-p").arg(place.folder);
    command.arg("-e").arg(place.folder.join("error.log"));
    command.arg("-c").arg(file);
    Ok(command)
}

fn bare(bench: &Bench, place: &Place<'_>, port: u16) -> Command {
    let mut command = bench.part(&place.cpus.server, "bare");
    command
        .args(["--port", &port.to_string()])
        .args(["--provider", &place.provider.to_string()])
        .args(["--workers", &place.workers.to_string()])
        .arg("--page")
        .arg(page_folder(place.folder).join("index.html"));
    command
}

fn express(place: &Place<'_>, port: u16) -> Command {
    let mut command = pinned(&place.cpus.server, "node");
    command
        .arg(EXPRESS)
        .env("NODE_ENV", "production")
        .env("PORT", port.to_string())
        .env("PAGES", page_folder(place.folder))
        .env("PROVIDER", format!("http://127.0.0.1:{}", place.provider))
        .env("OAUTH_CLIENT_ID", CLIENT_ID)
        .env("OAUTH_CLIENT_SECRET", CLIENT_SECRET)
        .env("OAUTH_REDIRECT_URI", redirect_uri(port));
    command
}

fn redirect_uri(port: u16) -> String {
    format!("http://127.0.0.1:{port}/oauth/callback")
}

/// Returns the folder with the page that servers without templates send. It is beside the folders of the servers.
fn page_folder(folder: &Path) -> PathBuf {
    folder.with_file_name("page")
}
