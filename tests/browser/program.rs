//! The real program, as built, on ports of its own, in an empty folder: beside its sandbox provider,
//! or in front of a provider that is not ours. Ended with the value. What it logs, at the finest
//! level, is kept under `target/test-artefacts/program/`.

use std::fs::File;
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::Duration;

use reqwest::Method;
use serde_json::Value;
use tempfile::TempDir;

use crate::kit::artefacts;

const ASK_AGAIN: Duration = Duration::from_millis(20);
/// Twenty seconds: it bounds a failure, it measures nothing.
const ATTEMPTS: u32 = 1000;

/// Where a program is to listen.
pub struct Addresses {
    public: String,
    admin: String,
    sandbox: String,
}

impl Addresses {
    /// On which nobody listens now; all held at once, so that they differ. They lie below the ports
    /// that systems give away for port 0, so that no other test is given one before the program is.
    pub fn free() -> Self {
        let held = [(); 3].map(|()| free_listener());
        let [public, admin, sandbox] =
            held.map(|listener| listener.local_addr().expect("it is bound").to_string());
        Self {
            public,
            admin,
            sandbox,
        }
    }

    /// What a provider has to know of the program that will listen here.
    pub fn redirect_uri(&self) -> String {
        format!("http://{}/oauth/callback", self.public)
    }
}

/// A started program that answers.
pub struct Program {
    /// Where browsers reach it, without a slash at the end.
    pub origin: String,
    sandbox: String,
    child: Child,
    _folder: TempDir,
}

impl Program {
    /// With nothing configured but its addresses: the sandbox is the provider.
    pub async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// With further environment variables.
    pub async fn start_with(environment: &[(&str, &str)]) -> Self {
        // Somebody else may take a port between our look and the program's start: then again.
        for _ in 0..5 {
            if let Some(program) = Self::start_at(&Addresses::free(), environment).await {
                return program;
            }
        }
        panic!("the program does not start: see target/test-artefacts/program/")
    }

    /// The same at these addresses; `None` when it ends before it answers.
    pub async fn start_at(addresses: &Addresses, environment: &[(&str, &str)]) -> Option<Self> {
        let folder = TempDir::new().expect("a folder can be made");
        let log = log_file();
        let child = Command::new(env!("CARGO_BIN_EXE_aihubmix-bff"))
            .arg("serve")
            .current_dir(folder.path())
            .env_clear()
            .env("BFF_SERVER__LISTEN", &addresses.public)
            .env("BFF_SERVER__ADMIN_LISTEN", &addresses.admin)
            .env("BFF_SANDBOX__LISTEN", &addresses.sandbox)
            .env("OAUTH_REDIRECT_URI", addresses.redirect_uri())
            .env("RUST_LOG", "trace")
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a log has two writers"))
            .stderr(log)
            .spawn()
            .expect("the program can be run");
        let mut program = Self {
            origin: format!("http://{}", addresses.public),
            sandbox: format!("http://{}", addresses.sandbox),
            child,
            _folder: folder,
        };
        program.answers().await.then_some(program)
    }

    /// Waits until it answers; false when it has ended instead.
    async fn answers(&mut self) -> bool {
        let probe = format!("{}/healthz", self.origin);
        let client = client();
        for _ in 0..ATTEMPTS {
            if client
                .get(&probe)
                .send()
                .await
                .is_ok_and(|answer| answer.status() == 200)
            {
                return true;
            }
            if self.child.try_wait().expect("it is our child").is_some() {
                return false;
            }
            tokio::time::sleep(ASK_AGAIN).await;
        }
        panic!("the program runs and is not healthy: see target/test-artefacts/program/")
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    /// Asks the sandbox's control API, such as `PATCH settings`.
    pub async fn sandbox(&self, method: Method, path: &str, body: Value) {
        let url = format!("{}/sandbox/api/{path}", self.sandbox);
        let answer = client().request(method, url).json(&body).send().await;
        let answer = answer.expect("the sandbox answers");
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
    }

    /// Whether this address is one of the sandbox's.
    pub fn is_sandbox(&self, url: &url::Url) -> bool {
        url.as_str().starts_with(&self.sandbox)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // Nothing is left to do where it has ended already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a test asks like a stranger, not as the program"
)]
pub fn client() -> reqwest::Client {
    reqwest::Client::builder()
        .no_proxy()
        .build()
        .expect("a client can be built")
}

fn free_listener() -> TcpListener {
    // Tests that run at once are processes of their own, or threads of one: each begins elsewhere.
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let offset = std::process::id() % 20_000 * 31;
    let mut ports =
        std::iter::repeat_with(|| 10_000 + (offset + NEXT.fetch_add(1, Relaxed)) % 20_000);
    let listener = ports.find_map(|port| TcpListener::bind(format!("127.0.0.1:{port}")).ok());
    listener.expect("a port is free")
}

/// One file for each test, named after it.
fn log_file() -> File {
    let thread = std::thread::current();
    let test = thread.name().unwrap_or("unnamed").replace("::", "-");
    let path = artefacts("program").join(format!("{test}.log"));
    File::options()
        .create(true)
        .append(true)
        .open(path)
        .expect("the log can be written")
}
