//! PostgreSQL servers and PgBouncer for tests: each on a free port, in a folder of its own. Dropping the value ends the server. Without PostgreSQL the
//! test fails. The tests of `bff-store` include this file by its path, because a dev-dependency on this crate would build the engine for them.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use super::free_port;

const LOOK_AGAIN: Duration = Duration::from_millis(10);
/// Number of checks, which together take 30 seconds. It only limits how long a failing test runs.
const LOOKS: u32 = 3_000;
/// The role and the database of every server.
pub const LOGIN: (&str, &str) = ("bff", "sessions");
/// The user that runs servers when the tests run as root, because PostgreSQL refuses to run as root.
const UNPRIVILEGED: &str = "postgres";

/// A running PostgreSQL server. Its role `bff` is a superuser that logs in without a password from this machine.
pub struct Postgres {
    port: u16,
    child: Option<Child>,
    folder: TempDir,
}

impl Postgres {
    /// Starts a server with these lines of configuration. Without them a confirmed write survives a killed process, and no power cut.
    pub async fn start(configuration: &str) -> Self {
        let folder = new_folder();
        copy(&template(), &folder.path().join("data"));
        let server = Self {
            port: free_port(),
            child: None,
            folder,
        };
        server.configure(configuration);
        server.started().await
    }

    /// Starts a standby of `primary`, which copies it first.
    pub async fn standby(primary: &Self, configuration: &str) -> Self {
        let folder = new_folder();
        copy_of(primary, &folder.path().join("data"));
        let server = Self {
            port: free_port(),
            child: None,
            folder,
        };
        server.configure(configuration);
        server.started().await
    }

    async fn started(mut self) -> Self {
        // Another process may take the port before the server starts: then it is started with another.
        for _ in 0..5 {
            self.spawn();
            if self.is_up().await {
                return self;
            }
            self.port = free_port();
        }
        panic!("PostgreSQL does not start: {}", self.log());
    }

    /// Returns its port on 127.0.0.1.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Returns the store URL of this server.
    #[must_use]
    pub fn url(&self) -> String {
        let (role, database) = LOGIN;
        format!("postgres://{role}@127.0.0.1:{}/{database}", self.port)
    }

    /// Returns its log.
    #[must_use]
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// Returns its folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Runs a statement with psql and returns its rows, with `|` between columns.
    #[must_use]
    pub fn query(&self, statement: &str) -> String {
        let output = self.psql(statement);
        assert!(output.status.success(), "{}", text(&output.stderr));
        text(&output.stdout).trim_end().to_owned()
    }

    /// Runs statements with psql, and returns whether they succeeded.
    #[must_use]
    pub fn try_query(&self, statement: &str) -> bool {
        self.psql(statement).status.success()
    }

    fn psql(&self, statement: &str) -> Output {
        let mut psql = program("psql");
        psql.args(["-h", "127.0.0.1", "-p", &self.port.to_string(), "-U"])
            .args([LOGIN.0, "-d", LOGIN.1, "-AtqX", "-v", "ON_ERROR_STOP=1"])
            .args(["-c", statement])
            .env("PGCONNECT_TIMEOUT", "5");
        psql.output().expect("psql must be installed")
    }

    /// Stops all of its processes (SIGSTOP): connections stay open and no request is answered.
    pub fn freeze(&self) {
        self.signal("-STOP");
    }

    /// Lets the processes continue (SIGCONT).
    pub fn thaw(&self) {
        self.signal("-CONT");
    }

    /// Sends a signal to the server and to the processes of its connections. A stopped server starts no further ones.
    fn signal(&self, signal: &str) {
        let server = self.id().to_string();
        send(signal, &server);
        for child in children(&server) {
            send(signal, &child);
        }
    }

    fn id(&self) -> u32 {
        self.child.as_ref().expect("it runs").id()
    }

    /// Ends it at once, as a crash would.
    pub fn kill(&mut self) {
        let Some(mut child) = self.child.take() else {
            return;
        };
        // SIGQUIT ends the processes of the connections too, and writes nothing to the disk.
        let server = child.id().to_string();
        for signal in ["-QUIT", "-CONT"] {
            send(signal, &server);
            children(&server).iter().for_each(|id| send(signal, id));
        }
        drop(child.wait());
    }

    /// Starts it again after [`kill`](Self::kill), on the same port and folder.
    pub async fn restart(&mut self) {
        self.spawn();
        assert!(self.is_up().await, "{}", self.log());
    }

    /// Ends it, and starts it again on the same port as a standby that copies `primary`.
    pub async fn follow(&mut self, primary: &Self, configuration: &str) {
        self.kill();
        let data = self.folder.path().join("data");
        std::fs::remove_dir_all(&data).expect("it can be removed");
        copy_of(primary, &data);
        self.configure(configuration);
        self.restart().await;
    }

    /// Makes a standby the primary, and waits until it accepts writes.
    pub async fn promote(&self) {
        assert_eq!(self.query("SELECT pg_promote()"), "t");
    }

    /// Adds lines to the configuration, which the server reads at once where it can.
    pub fn configure(&self, lines: &str) {
        use std::io::Write as _;

        let path = self.folder.path().join("data/postgresql.auto.conf");
        let mut file = std::fs::OpenOptions::new()
            .append(true)
            .open(path)
            .expect("it can be written");
        writeln!(file, "{lines}").expect("it can be written");
        if self.child.is_some() {
            assert_eq!(self.query("SELECT pg_reload_conf()"), "t");
        }
    }

    /// Replaces the rules of who may log in.
    pub fn admit(&self, rules: &str) {
        let path = self.folder.path().join("data/pg_hba.conf");
        std::fs::write(path, rules).expect("it can be written");
        self.signal_server("-HUP");
    }

    fn signal_server(&self, signal: &str) {
        if self.child.is_some() {
            send(signal, &self.id().to_string());
        }
    }

    fn spawn(&mut self) {
        let log = std::fs::File::create(self.folder.path().join("log")).expect("it can be made");
        let mut server = program("postgres");
        server
            .arg("-D")
            .arg(self.folder.path().join("data"))
            .args(["-p", &self.port.to_string()])
            .stdin(Stdio::null())
            .stderr(log.try_clone().expect("a log has two writers"))
            .stdout(log);
        self.child = Some(server.spawn().expect("PostgreSQL must be installed"));
    }

    /// Waits until it accepts connections. Returns false when it has ended instead.
    async fn is_up(&mut self) -> bool {
        for _ in 0..LOOKS {
            if self.log().contains("ready to accept") && self.try_query("SELECT 1") {
                return true;
            }
            let child = self.child.as_mut().expect("it was started");
            if child.try_wait().expect("it is our child").is_some() {
                self.child = None;
                return false;
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        panic!("PostgreSQL accepts no connections: {}", self.log());
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A PgBouncer in transaction mode in front of a server.
pub struct PgBouncer {
    port: u16,
    child: Child,
    _folder: TempDir,
}

impl PgBouncer {
    /// Starts it with few connections to the server, so that clients share them.
    pub async fn start(server: &Postgres) -> Self {
        let folder = new_folder();
        let (port, path) = (free_port(), folder.path().display());
        let (role, database) = LOGIN;
        let configuration = format!(
            "[databases]\n{database} = host=127.0.0.1 port={} user={role}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n\
             auth_type = any\npool_mode = transaction\ndefault_pool_size = 3\nunix_socket_dir =\nlogfile = {path}/log\n",
            server.port
        );
        let file = folder.path().join("pgbouncer.ini");
        std::fs::write(&file, configuration).expect("it can be written");
        let mut bouncer = as_unprivileged("pgbouncer");
        bouncer.arg("-q").arg(file).stdin(Stdio::null());
        let child = bouncer.spawn().expect("pgbouncer must be installed");
        let bouncer = Self {
            port,
            child,
            _folder: folder,
        };
        for _ in 0..LOOKS {
            if std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return bouncer;
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        panic!("pgbouncer accepts no connections");
    }

    /// Returns its port on 127.0.0.1.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Returns the store URL of the server behind it.
    #[must_use]
    pub fn url(&self) -> String {
        let (role, database) = LOGIN;
        format!("postgres://{role}@127.0.0.1:{}/{database}", self.port)
    }
}

impl Drop for PgBouncer {
    fn drop(&mut self) {
        // It may have ended already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Returns a data folder with the role and the database, from which every server starts. It is made once, because that takes seconds.
fn template() -> PathBuf {
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
    let lines = format!(
        "listen_addresses = '127.0.0.1'\nunix_socket_directories = ''\nfsync = off\nmin_wal_size = 2MB\nmax_wal_size = 256MB\nshared_buffers = 32MB\n\
         max_connections = 200\nwal_level = replica\nhot_standby = on\nmax_wal_senders = 8\nautovacuum_naptime = 5\n\
         timezone = 'UTC'\nlog_timezone = 'UTC'\n"
    );
    let file = data.join("postgresql.auto.conf");
    std::fs::write(file, lines).expect("it can be written");
    let mut creating = program("postgres");
    creating.args(["--single", "-D"]).arg(&data).arg("postgres");
    creating.stdin(Stdio::piped()).stdout(Stdio::null());
    let mut creating = creating.spawn().expect("PostgreSQL must be installed");
    {
        use std::io::Write as _;
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
fn copy_of(primary: &Postgres, data: &Path) {
    let mut copying = program("pg_basebackup");
    copying
        .args(["-h", "127.0.0.1", "-p", &primary.port.to_string()])
        .args(["-U", LOGIN.0, "-c", "fast", "-X", "stream", "-R", "-D"])
        .arg(data);
    succeeds(copying);
}

/// Copies a folder with its owner, as the user of the server.
fn copy(from: &Path, to: &Path) {
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
fn new_folder() -> TempDir {
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

/// Makes a command of a program of PostgreSQL, which Debian installs where no PATH leads.
fn program(name: &str) -> Command {
    let folders = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten();
    let mut found: Vec<PathBuf> = folders
        .filter_map(|version| Some(version.ok()?.path().join("bin").join(name)))
        .filter(|path| path.exists())
        .collect();
    found.sort();
    let path = found.pop().unwrap_or_else(|| name.into());
    as_unprivileged(&path.display().to_string())
}

fn as_unprivileged(program: &str) -> Command {
    let mut command;
    if is_root() {
        command = Command::new("setpriv");
        command.args([
            "--reuid",
            UNPRIVILEGED,
            "--regid",
            UNPRIVILEGED,
            "--clear-groups",
        ]);
        command.arg(program);
    } else {
        command = Command::new(program);
    }
    command.current_dir("/");
    command
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|own| {
        use std::os::unix::fs::MetadataExt as _;
        own.uid() == 0
    })
}

fn children(id: &str) -> Vec<String> {
    let path = format!("/proc/{id}/task/{id}/children");
    let found = std::fs::read_to_string(path).unwrap_or_default();
    found.split_whitespace().map(str::to_owned).collect()
}

fn send(signal: &str, id: &str) {
    // A process may end meanwhile.
    let mut kill = Command::new("kill");
    drop(kill.args([signal, id]).stderr(Stdio::null()).status());
}

fn succeeds(mut command: Command) {
    let output = command.stdin(Stdio::null()).output();
    let output = output.expect("the program must be installed");
    assert!(output.status.success(), "{}", text(&output.stderr));
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
