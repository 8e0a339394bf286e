//! The folders of servers: a template with the role and the database, and copies of it or of a running server.

use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use super::process::{UNPRIVILEGED, as_unprivileged, is_root, program, succeeds, text};

/// The role and the database of every server.
pub const LOGIN: (&str, &str) = ("bff", "sessions");

/// Returns a data folder with the role and the database, from which every server starts. It is made once, because that takes seconds.
pub fn template() -> PathBuf {
    let name = format!("bff-postgres-{}-2", version());
    let ready = std::env::temp_dir().join(name);
    if ready.join("data/PG_VERSION").exists() {
        return ready.join("data");
    }
    // Tests that run at the same time may each make one. The first that is ready stays.
    let folder = new_folder();
    let data = folder.path().join("data");
    let mut making = program("initdb");
    making
        .args(["-A", "trust", "-U", LOGIN.0, "-E", "UTF8", "--no-locale"])
        .args(["--no-sync", "--wal-segsize=1", "-D"])
        .arg(&data);
    succeeds(making);
    let lines = "listen_addresses = '127.0.0.1'\nunix_socket_directories = ''\nfsync = off\nmin_wal_size = 2MB\nmax_wal_size = 256MB\nshared_buffers = 32MB\n\
         max_connections = 200\nwal_level = replica\nhot_standby = on\nmax_wal_senders = 8\nautovacuum_naptime = 5\n\
         timezone = 'UTC'\nlog_timezone = 'UTC'\n";
    let file = data.join("postgresql.auto.conf");
    std::fs::write(file, lines).expect("it can be written");
    let mut creating = program("postgres");
    creating.args(["--single", "-D"]).arg(&data).arg("postgres");
    creating.stdin(Stdio::piped()).stdout(Stdio::null());
    let mut creating = creating.spawn().expect("PostgreSQL must be installed");
    {
        let mut input = creating.stdin.take().expect("it is piped");
        writeln!(input, "CREATE DATABASE {}", LOGIN.1).expect("it reads");
    }
    assert!(creating.wait().expect("it is our child").success());
    if std::fs::rename(folder.path(), &ready).is_ok() {
        // It stays for later runs.
        drop(folder.keep());
        return ready.join("data");
    }
    // Another test was faster, and its folder is not empty.
    ready.join("data")
}

/// Copies a running server into a folder, as the beginning of a standby.
pub fn copy_of(primary_port: u16, data: &Path) {
    let mut copying = program("pg_basebackup");
    copying
        .args(["-h", "127.0.0.1", "-p", &primary_port.to_string()])
        .args(["-U", LOGIN.0, "-c", "fast", "-X", "stream", "-R", "-D"])
        .arg(data);
    succeeds(copying);
}

/// Copies a folder with its owner, as the user of the server.
pub fn copy(from: &Path, to: &Path) {
    let mut copying = as_unprivileged("cp");
    copying.args(["-a", "--reflink=auto"]).arg(from).arg(to);
    succeeds(copying);
}

fn version() -> String {
    let found = program("postgres").arg("--version").output();
    let found = text(&found.expect("PostgreSQL must be installed").stdout);
    let is_plain = |letter: &char| letter.is_ascii_digit() || *letter == '.';
    found.chars().filter(is_plain).collect()
}

/// Makes an empty folder that the user of the server owns.
pub fn new_folder() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder can be made");
    if is_root() {
        let mut giving = Command::new("chown");
        giving.arg(UNPRIVILEGED).arg(folder.path());
        succeeds(giving);
    }
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755))
        .expect("it is ours");
    folder
}
