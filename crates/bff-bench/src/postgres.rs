//! Starts PostgreSQL for a measurement, with the settings of an installation: every commit is on the disk.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cpus::{Cpus, pinned};
use crate::failure::{Outcome, fail};
use crate::running::{Probe, Running, free_port};

/// The user that runs the server when this process runs as root, because PostgreSQL refuses to run as root.
const UNPRIVILEGED: [&str; 5] = [
    "--reuid",
    "postgres",
    "--regid",
    "postgres",
    "--clear-groups",
];

/// Starts a server with an empty database. Its files are in the system's folder for temporary files, because its user may not reach others.
///
/// # Errors
/// [`Failure`](crate::failure::Failure) when it is not installed or does not start.
pub fn start(cpus: &Cpus, folder: &Path) -> Outcome<Running> {
    let port = free_port()?;
    let data = std::env::temp_dir().join(format!("bff-bench-postgres-{port}"));
    // There is one when a run was killed.
    drop(fs::remove_dir_all(&data));
    let is_root = rustix::process::geteuid().is_root();
    let mut making = match is_root {
        true => {
            let mut making = Command::new("setpriv");
            making.args(UNPRIVILEGED).arg(program("initdb"));
            making
        }
        false => Command::new(program("initdb")),
    };
    making
        .args([
            "-A",
            "trust",
            "-U",
            "bff",
            "-E",
            "UTF8",
            "--no-locale",
            "-D",
        ])
        .arg(&data)
        .current_dir("/");
    let made = making.output();
    if !made.is_ok_and(|made| made.status.success()) {
        return fail("initdb: it does not make a database; run scripts/bootstrap bench");
    }
    let settings = File::options()
        .append(true)
        .open(data.join("postgresql.auto.conf"));
    writeln!(
        settings?,
        "listen_addresses = '127.0.0.1'\nunix_socket_directories = ''"
    )?;
    let mut server = match is_root {
        true => {
            let mut server = pinned(&cpus.load, "setpriv");
            server.args(UNPRIVILEGED).arg(program("postgres"));
            server
        }
        false => pinned(&cpus.load, program("postgres").display().to_string()),
    };
    server.arg("-D").arg(&data);
    server.args(["-p", &port.to_string()]).current_dir("/");
    let started = Running::start("postgres", server, port, Probe::Connection, folder)?;
    Ok(started.removing(data))
}

/// Returns the path of a program of PostgreSQL, which Debian installs where no PATH leads.
fn program(name: &str) -> PathBuf {
    let folders = fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let paths = folders.filter_map(|version| Some(version.ok()?.path().join("bin").join(name)));
    let newest = paths.filter(|path| path.exists()).max();
    newest.unwrap_or_else(|| name.into())
}
