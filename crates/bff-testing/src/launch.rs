//! Starts the program as a process of its own, on free addresses, with its own environment and the finest log level.

use std::ffi::OsString;
use std::fs::File;
use std::io::Write as _;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::Duration;

/// The variable that names the file for the counters of a coverage build.
const COUNTERS: &str = "LLVM_PROFILE_FILE";
/// How long a page waits for the provider, in milliseconds. It is far longer than the default, so that a page has the account. A test of a page without
/// it sets another value.
pub(crate) const PAGE_WAIT_MS: &str = "30000";
const ASK_AGAIN: Duration = Duration::from_millis(20);

/// The path of the program's binary. An integration test of the app has it from `env!("CARGO_BIN_EXE_my-app")`.
#[derive(Clone, Copy, Debug)]
pub struct Binary(pub &'static str);

impl Binary {
    /// Returns the command that starts the program in this folder, with nothing configured but its addresses. Standard output and the log go to `log`.
    #[must_use]
    pub fn command(self, addresses: &Addresses, folder: &Path, log: File) -> Command {
        // A write past a limit on the size of files then fails, as on a full disk, and does not kill.
        let mut command = Command::new("sh");
        command
            .args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\"", self.0])
            .current_dir(folder)
            .env_clear()
            // A coverage build counts what the program runs, too.
            .envs(counters())
            .env("BFF_SERVER__LISTEN", &addresses.public)
            .env("BFF_SERVER__ADMIN_LISTEN", &addresses.admin)
            .env("BFF_SANDBOX__LISTEN", &addresses.sandbox)
            .env("OAUTH_REDIRECT_URI", addresses.redirect_uri())
            // A test reads the account from the page, also on a busy machine.
            .env("BFF_PROVIDER__PAGE_WAIT_MS", PAGE_WAIT_MS)
            .env("RUST_LOG", "trace")
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a log has two writers"))
            .stderr(log);
        command
    }

    /// Runs a command of the program to its end in this folder.
    pub fn run(
        self,
        addresses: &Addresses,
        folder: &Path,
        arguments: &[&str],
        input: &str,
        configure: impl FnOnce(&mut Command),
    ) -> Output {
        let unused = File::options()
            .create(true)
            .append(true)
            .open(folder.join("unused.log"));
        let unused = unused.expect("a file can be written");
        let mut command = self.command(addresses, folder, unused);
        command
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        configure(&mut command);
        let mut child = command.spawn().expect("the program can be run");
        let mut stdin = child.stdin.take().expect("it is piped");
        // A command that reads nothing may have ended already.
        drop(stdin.write_all(input.as_bytes()));
        drop(stdin);
        child.wait_with_output().expect("it is our child")
    }
}

/// The listen addresses of a program, and the host name by which browsers know it.
#[derive(Clone, Debug)]
pub struct Addresses {
    /// Host name of the origin.
    pub name: &'static str,
    /// Address of the public listener.
    pub public: String,
    /// Address of the operator's listener.
    pub admin: String,
    /// Address of the sandbox provider.
    pub sandbox: String,
}

impl Addresses {
    /// Returns free addresses. All are held at once, so that they differ. They lie below the ports that systems choose for port 0, so that no other
    /// test gets one of them before the program does.
    #[must_use]
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

    /// Returns the program's origin, without a slash at the end.
    #[must_use]
    pub fn origin(&self) -> String {
        let (_, port) = self.public.rsplit_once(':').expect("an address has a port");
        format!("http://{}:{port}", self.name)
    }

    /// Returns the redirect URI that a provider must know.
    #[must_use]
    pub fn redirect_uri(&self) -> String {
        format!("{}/oauth/callback", self.origin())
    }
}

fn free_listener() -> TcpListener {
    // Tests that run at the same time are processes of their own, or threads of one: each begins at another port.
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let offset = std::process::id() % 20_000 * 31;
    let mut ports =
        std::iter::repeat_with(|| 10_000 + (offset + NEXT.fetch_add(1, Relaxed)) % 20_000);
    let listener = ports.find_map(|port| TcpListener::bind(format!("127.0.0.1:{port}")).ok());
    listener.expect("a port is free")
}

#[expect(
    clippy::disallowed_methods,
    reason = "set by the tool that measures coverage, not a setting of the program"
)]
fn counters() -> Option<(&'static str, OsString)> {
    std::env::var_os(COUNTERS).map(|file| (COUNTERS, file))
}

/// Waits until the program at this origin is ready. Returns false when it has ended instead.
pub async fn is_ready(child: &mut Child, origin: &str) -> bool {
    is_answering(child, &format!("{origin}/readyz")).await
}

/// Waits until the program answers this URL with a success. Returns false when it has ended instead.
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

/// Returns a client for plain http. It keeps no connections, because each test has its own runtime.
#[expect(
    clippy::disallowed_methods,
    reason = "the client of a test is not the client of the program"
)]
#[must_use]
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

/// Fails when a log contains a string of the form of tokens, codes, states, verifiers and session ids: a long word of mixed letters and digits.
/// The whole log of every program that a test starts, at the finest level, is checked with it.
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
        panic!("the log contains what looks like a secret: {line}");
    }
}
