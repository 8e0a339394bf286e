//! How a test starts the real program: on addresses that nobody uses, with an environment of its own,
//! its log at the finest level. What becomes of it then is the business of the test binaries that
//! include this file.

use std::ffi::OsString;
use std::fs::File;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::Duration;

use reqwest::Method;
use serde_json::Value;

/// The program as it was built.
pub const BINARY: &str = env!("CARGO_BIN_EXE_aihubmix-bff");
/// Where a program that was built for it counts what of it was run.
const COUNTERS: &str = "LLVM_PROFILE_FILE";
const ASK_AGAIN: Duration = Duration::from_millis(20);

/// Where a program is to listen, and by which host name browsers know it.
pub struct Addresses {
    pub name: &'static str,
    pub public: String,
    pub admin: String,
    pub sandbox: String,
}

impl Addresses {
    /// On which nobody listens now; all held at once, so that they differ. They lie below the ports that systems give away for port 0, so that
    /// no other test is given one before the program is.
    pub fn free() -> Self {
        let held = [(); 3].map(|()| free_listener());
        let [public, admin, sandbox] =
            held.map(|listener| listener.local_addr().expect("it is bound").to_string());
        Self {
            name: "127.0.0.1",
            public,
            admin,
            sandbox,
        }
    }

    /// Where browsers reach the program, without a slash at the end.
    pub fn origin(&self) -> String {
        let (_, port) = self.public.rsplit_once(':').expect("an address has a port");
        format!("http://{}:{port}", self.name)
    }

    /// What a provider has to know of the program that will listen here.
    pub fn redirect_uri(&self) -> String {
        format!("{}/oauth/callback", self.origin())
    }
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

/// The program in this folder, with nothing configured but its addresses. Standard output and the log
/// go to `log`.
pub fn program(addresses: &Addresses, folder: &Path, log: File) -> Command {
    // Past a limit on the size of files a write is then an error, as on a full disk, and does not kill.
    let mut command = Command::new("sh");
    command
        .args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\"", BINARY])
        .current_dir(folder)
        .env_clear()
        // Where coverage is measured, that of the program counts too.
        .envs(counters())
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

#[expect(
    clippy::disallowed_methods,
    reason = "said by who measures the tests, not a setting of the program"
)]
fn counters() -> Option<(&'static str, OsString)> {
    std::env::var_os(COUNTERS).map(|file| (COUNTERS, file))
}

/// Waits until the program is ready to serve at this origin; false when it has ended instead.
pub async fn is_ready(child: &mut Child, origin: &str) -> bool {
    is_answering(child, &format!("{origin}/readyz")).await
}

/// Waits until the program answers this address well; false when it has ended instead.
pub async fn is_answering(child: &mut Child, probe: &str) -> bool {
    let client = client();
    loop {
        let answer = client.get(probe).send().await;
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

/// Fails when a log holds anything of the form that tokens, codes, states, verifiers and session ids have: a long word of mixed letters and digits.
/// Every program that a test starts has its whole log, at the finest level, held against this.
pub fn assert_log_keeps_secrets(log: &str) {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let looks_secret = |word: &&str| {
        word.len() >= 40
            && word.contains(|c: char| c.is_ascii_digit())
            && word.contains(|c: char| c.is_ascii_lowercase())
            && word.contains(|c: char| c.is_ascii_uppercase())
    };
    if let Some(secret) = log.split(|c| !is_part(c)).find(looks_secret) {
        let line = log
            .lines()
            .find(|line| line.contains(secret))
            .unwrap_or_default();
        panic!("the log holds what looks like a secret: {line}");
    }
}
