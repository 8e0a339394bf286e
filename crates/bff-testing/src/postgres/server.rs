//! A PostgreSQL server, which a test can stop, kill, start again and promote.

use std::io::Write as _;
use std::path::Path;
use std::process::{Child, Output, Stdio};

use tempfile::TempDir;

use super::files::{LOGIN, copy, copy_of, new_folder, template};
use super::process::{LOOK_AGAIN, LOOKS, children, program, send, text};
use crate::port::free_port;

/// A running PostgreSQL server. Its role `bff` is a superuser that logs in without a password from this machine.
pub struct Postgres {
    port: u16,
    child: Option<Child>,
    folder: TempDir,
}

impl Postgres {
    /// The role and the database of every server.
    pub const LOGIN: (&str, &str) = LOGIN;

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
        copy_of(primary.port, &folder.path().join("data"));
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
            .env("PGCONNECT_TIMEOUT", "5")
            // Neither a password nor a certificate of the person who runs the tests.
            .env("HOME", self.folder.path());
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
        copy_of(primary.port, &data);
        self.configure(configuration);
        self.restart().await;
    }

    /// Makes a standby the primary, and waits until it accepts writes.
    pub async fn promote(&self) {
        assert_eq!(self.query("SELECT pg_promote()"), "t");
    }

    /// Adds lines to the configuration, which the server reads at once where it can.
    pub fn configure(&self, lines: &str) {
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
