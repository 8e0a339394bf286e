//! Real Redis servers for tests: each on a free port, in an empty folder, ended with the value that stands for it, also when a test
//! fails. Where there is no `redis-server` the test fails: `scripts/test` installs it.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::Duration;

use tempfile::TempDir;

const LOOK_AGAIN: Duration = Duration::from_millis(10);
/// Twenty seconds: it bounds a failure, it measures nothing.
const LOOKS: u32 = 2_000;

/// A running server, or sentinel.
pub struct Server {
    port: u16,
    mode: &'static [&'static str],
    child: Child,
    folder: TempDir,
}

impl Server {
    /// With these lines of configuration; `{port}` in them stands for the port. It is a sentinel when they begin with that word.
    pub async fn start(configuration: &str) -> Self {
        let (mode, ready): (&[_], _) = if configuration.starts_with("sentinel ") {
            (&["--sentinel"], "Sentinel ID is")
        } else {
            (&[], "Ready to accept connections")
        };
        // Somebody else may take the port between our look and the start: then again with another.
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

    /// Where it listens, on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Stops it in the middle of whatever it does; connections stay open and nothing is answered.
    pub fn freeze(&self) {
        self.signal("-STOP");
    }

    /// Lets it go on.
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

    /// Waits until its log says so; false when it has ended instead.
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
        panic!("redis-server runs and does not say: {words}");
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

/// A port on which nobody listens now; below those that systems give away for port 0, so that no other test is given it before the server is.
pub fn free_port() -> u16 {
    // Tests that run at once are processes of their own, or threads of one: each begins elsewhere.
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let offset = std::process::id() % 2_700 * 37;
    let mut ports =
        std::iter::repeat_with(|| 30_000 + (offset + NEXT.fetch_add(1, Relaxed)) % 2_700);
    let free = ports.find_map(|port| TcpListener::bind(format!("127.0.0.1:{port}")).ok());
    let address = free.map(|listener| listener.local_addr().expect("it is bound"));
    address.expect("a port is free").port()
}
