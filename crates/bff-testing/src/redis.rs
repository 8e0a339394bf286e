//! Redis servers for tests: each on a free port, in an empty folder. Dropping the value ends the server. Without `redis-server` the test fails.
//! The tests of `bff-store` include this file by its path, because a dev-dependency on this crate would build the engine for them.

use crate::port::free_port;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

const LOOK_AGAIN: Duration = Duration::from_millis(10);
/// Number of checks, which together take 20 seconds. It only limits how long a failing test runs.
const LOOKS: u32 = 2_000;

/// A running server, or sentinel.
pub struct Server {
    port: u16,
    mode: &'static [&'static str],
    child: Child,
    folder: TempDir,
}

impl Server {
    /// Starts a server with these lines of configuration, in which `{port}` stands for the port. It is a sentinel when they begin with `sentinel `.
    pub async fn start(configuration: &str) -> Self {
        let (mode, ready): (&[_], _) = if configuration.starts_with("sentinel ") {
            (&["--sentinel"], "Sentinel ID is")
        } else {
            (&[], "Ready to accept connections")
        };
        // Another process may take the port before the server starts: then it is started with another.
        for _ in 0..5 {
            let port = free_port();
            let folder = tempfile::tempdir().expect("a folder can be made");
            let lines = format!("port {{port}}\nbind 127.0.0.1\ndir {{folder}}\n{configuration}\n")
                .replace("{port}", &port.to_string())
                .replace("{folder}", &folder.path().display().to_string());
            std::fs::write(folder.path().join("redis.conf"), lines).expect("it can be written");
            let child = spawn(&folder, mode);
            let mut server = Self {
                port,
                mode,
                child,
                folder,
            };
            if server.says(ready).await {
                return server;
            }
        }
        panic!("redis-server does not start");
    }

    /// Returns its port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Stops the process (SIGSTOP): connections stay open and no request is answered.
    pub fn freeze(&self) {
        self.signal("-STOP");
    }

    /// Lets the process continue (SIGCONT).
    pub fn thaw(&self) {
        self.signal("-CONT");
    }

    fn signal(&self, signal: &str) {
        let sent = Command::new("kill")
            .args([signal, &self.child.id().to_string()])
            .status();
        assert!(sent.expect("there is `kill`").success());
    }

    /// Ends it at once, as a power cut would.
    pub fn kill(&mut self) {
        // It may have ended already.
        drop(self.child.kill());
        drop(self.child.wait());
    }

    /// Starts it again after [`kill`](Self::kill), on the same port and folder.
    pub async fn restart(&mut self) {
        self.child = spawn(&self.folder, self.mode);
        assert!(self.says("Ready to accept connections").await);
    }

    /// Waits until its log contains these words. Returns false when it has ended instead.
    async fn says(&mut self, words: &str) -> bool {
        let log = self.folder.path().join("log");
        for _ in 0..LOOKS {
            if std::fs::read_to_string(&log).is_ok_and(|log| log.contains(words)) {
                return true;
            }
            if self.child.try_wait().expect("it is our child").is_some() {
                return false;
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        panic!("the log of redis-server does not contain: {words}");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

fn spawn(folder: &TempDir, mode: &[&str]) -> Child {
    let log = std::fs::File::create(folder.path().join("log")).expect("it can be written");
    Command::new("redis-server")
        .arg(folder.path().join("redis.conf"))
        .args(mode)
        .stdin(Stdio::null())
        .stderr(log.try_clone().expect("a log has two writers"))
        .stdout(log)
        .spawn()
        .expect("redis-server must be installed")
}
