//! How a test starts the real program: on addresses that nobody uses, with an environment of its own,
//! its log at the finest level. What becomes of it then is the business of the test binaries that
//! include this file.

use std::fs::File;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;
use std::time::Duration;

use reqwest::Method;
use serde_json::Value;

const ASK_AGAIN: Duration = Duration::from_millis(20);

/// Where a program is to listen.
pub struct Addresses {
    pub public: String,
    pub admin: String,
    pub sandbox: String,
}

impl Addresses {
    /// On which nobody listens now; all held at once, so that they differ.
    pub fn free() -> Self {
        let held = [(); 3].map(|()| TcpListener::bind("127.0.0.1:0").expect("a port is free"));
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

/// The program in this folder, with nothing configured but its addresses. Standard output and the log
/// go to `log`.
pub fn program(addresses: &Addresses, folder: &Path, log: File) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_aihubmix-bff"));
    command
        .current_dir(folder)
        .env_clear()
        .env("BFF_SERVER__LISTEN", &addresses.public)
        .env("BFF_SERVER__ADMIN_LISTEN", &addresses.admin)
        .env("BFF_SANDBOX__LISTEN", &addresses.sandbox)
        .env("OAUTH_REDIRECT_URI", addresses.redirect_uri())
        .env("RUST_LOG", "trace")
        .stdin(Stdio::null())
        .stdout(log.try_clone().expect("a log has two writers"))
        .stderr(log);
    command
}

/// Waits until the program is ready to serve at this origin; false when it has ended instead.
pub async fn is_ready(child: &mut Child, origin: &str) -> bool {
    let probe = format!("{origin}/readyz");
    let client = client();
    loop {
        let answer = client.get(&probe).send().await;
        if answer.is_ok_and(|answer| answer.status().is_success()) {
            return true;
        }
        if child.try_wait().expect("it is our child").is_some() {
            return false;
        }
        tokio::time::sleep(ASK_AGAIN).await;
    }
}

/// Asks a sandbox's control API, such as `PATCH settings`; what it answers, `null` when that is nothing.
pub async fn ask_sandbox(base: &str, method: Method, path: &str, body: Value) -> Value {
    let url = format!("{base}/sandbox/api/{path}");
    let answer = client().request(method, url).json(&body).send().await;
    let answer = answer.expect("the sandbox answers");
    let status = answer.status();
    let text = answer.text().await.unwrap_or_default();
    assert!(status.is_success(), "{path}: {status} {text}");
    serde_json::from_str(&text).unwrap_or_default()
}

/// A client for plain http. It keeps no connections, because each test has a runtime of its own.
#[expect(
    clippy::disallowed_methods,
    reason = "a test asks like a stranger, not as the program"
)]
pub fn client() -> reqwest::Client {
    static CLIENT: LazyLock<reqwest::Client> = LazyLock::new(|| {
        reqwest::Client::builder()
            .no_proxy()
            .pool_max_idle_per_host(0)
            // Reading the system's roots takes longer than most tests.
            .tls_certs_only([])
            .build()
            .expect("a client can be built")
    });
    CLIENT.clone()
}
