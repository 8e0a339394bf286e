//! The real program as processes of their own, and the sandbox provider as another one. Each is ended with the value that stands for it;
//! what each has logged stays under `target/test-artefacts/chaos`.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bff_testing::{
    Addresses, Binary, SandboxControl, assert_log_keeps_secrets, is_answering, is_ready,
};
use rand::Rng as _;
use reqwest::Method;
use serde_json::{Value, json};

use super::seed::Seed;

/// The origin that browsers believe to talk to: that of a load balancer, which here is the caller's choice of a replica.
const ORIGIN: &str = "http://127.0.0.1:9";

const NO_LIMITS: [(&str, &str); 4] = [
    ("BFF_LIMITS__CLIENT_RATE", "0"),
    ("BFF_LIMITS__LOGIN_RATE", "0"),
    ("BFF_LIMITS__SESSION_RATE", "0"),
    ("BFF_LIMITS__CONNECTIONS", "0"),
];

/// For a provider that is late, and then has a queue before its one thread.
pub const LONG_LIMIT: [(&str, &str); 3] = [
    ("BFF_PROVIDER__TOTAL_TIMEOUT", "40s"),
    ("BFF_PROVIDER__REFRESH_TIMEOUT", "40s"),
    ("BFF_SERVER__SHUTDOWN_GRACE", "40s"),
];

/// A started process of the program, and how to start it again.
pub struct Process {
    binary: Binary,
    addresses: Addresses,
    folder: PathBuf,
    command: &'static str,
    environment: Vec<(String, String)>,
    child: Child,
    /// What it has logged.
    pub log: PathBuf,
}

impl Process {
    async fn start(
        binary: Binary,
        name: &str,
        folder: &Path,
        command: &'static str,
        environment: &[(String, String)],
    ) -> Self {
        let log = folder.join(format!("{name}.log"));
        // Another process may take a port between our look and the program's start: then again.
        for _ in 0..5 {
            let addresses = Addresses::free();
            let child = spawn(binary, &addresses, folder, &log, command, environment);
            let mut process = Self {
                binary,
                addresses,
                folder: folder.to_owned(),
                command,
                environment: environment.to_vec(),
                child,
                log: log.clone(),
            };
            if process.is_ready().await {
                return process;
            }
        }
        panic!("it does not start: {}", log.display());
    }

    /// Waits until it serves; false when it has ended instead.
    pub async fn is_ready(&mut self) -> bool {
        let origin = self.base();
        if self.command == "serve" {
            return is_ready(&mut self.child, &origin).await;
        }
        let probe = format!("{origin}/sandbox/api/clock");
        is_answering(&mut self.child, &probe).await
    }

    /// Where it answers, without a slash at the end.
    pub fn base(&self) -> String {
        match self.command {
            "serve" => format!("http://{}", self.addresses.public),
            _ => format!("http://{}", self.addresses.sandbox),
        }
    }

    /// Ends it at once, as a power cut would.
    pub fn kill(&mut self) {
        // It may have ended already.
        drop(self.child.kill());
        drop(self.child.wait());
    }

    /// Starts it again at the same addresses, and does not wait until it is ready.
    pub fn start_again(&mut self) {
        self.child = spawn(
            self.binary,
            &self.addresses,
            &self.folder,
            &self.log,
            self.command,
            &self.environment,
        );
    }

    /// Memory in KiB, as the system counts it: `VmRSS:` what is resident now, `VmHWM:` the most that ever was.
    pub fn memory(&self, name: &str) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()));
        let status = status.expect("it runs, on Linux");
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let kib = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
        kib.expect("the system tells a number")
    }

    /// Fails when its log holds anything of the form of a secret.
    pub fn check_log(&self) {
        assert_log_keeps_secrets(&fs::read_to_string(&self.log).expect("the log can be read"));
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

fn spawn(
    binary: Binary,
    addresses: &Addresses,
    folder: &Path,
    log: &Path,
    command: &str,
    environment: &[(String, String)],
) -> Child {
    let log = File::options().create(true).append(true).open(log);
    let mut started: Command =
        binary.command(addresses, folder, log.expect("the log can be written"));
    started
        .arg(command)
        .env("RUST_LOG", "info,actix_server=warn,actix_session=warn")
        .env("OAUTH_REDIRECT_URI", format!("{ORIGIN}/oauth/callback"))
        .envs(environment.iter().map(|(name, value)| (name, value)));
    started.spawn().expect("the program can be run")
}

/// The provider, and the replicas in front of it.
pub struct Cluster {
    pub provider: Process,
    pub replicas: Vec<Process>,
    pub folder: PathBuf,
}

impl Cluster {
    /// So many replicas over this store, which may be `sqlite:` and a name in the folder of this scenario. All who call come from one address, so
    /// no client is limited.
    pub async fn start(
        binary: Binary,
        name: &str,
        seed: Seed,
        replicas: usize,
        store: &str,
        settings: &[(&str, &str)],
    ) -> Self {
        let settings = [&NO_LIMITS, settings].concat();
        Self::with_limits(binary, name, seed, replicas, store, &settings).await
    }

    /// The same with the limits that there are when nothing is set.
    pub async fn with_limits(
        binary: Binary,
        name: &str,
        seed: Seed,
        replicas: usize,
        store: &str,
        settings: &[(&str, &str)],
    ) -> Self {
        let folder = fresh_folder(name);
        let provider = Process::start(binary, "provider", &folder, "sandbox", &[]).await;
        let base = provider.base();
        let environment = [
            ("OAUTH_CLIENT_ID", "client_sandbox"),
            ("OAUTH_CLIENT_SECRET", "secret_sandbox"),
            ("OAUTH_AUTH_SERVER", &base),
            ("BFF_OAUTH__REVOCATION_PATH", "/api/oauth2/revoke"),
            ("SESSION_STORE", store),
            ("SESSION_KEYS", &STANDARD.encode(sealing_key(seed))),
        ];
        let environment = environment.iter().chain(settings);
        let environment: Vec<(String, String)> = environment
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let mut cluster = Self {
            provider,
            replicas: Vec::new(),
            folder,
        };
        for number in 1..=replicas {
            let name = format!("replica-{number}");
            let replica =
                Process::start(binary, &name, &cluster.folder, "serve", &environment).await;
            cluster.replicas.push(replica);
        }
        cluster
    }

    /// Where the replicas answer.
    pub fn bases(&self) -> Vec<String> {
        self.replicas.iter().map(Process::base).collect()
    }

    /// Returns the control of the provider.
    fn sandbox(&self) -> SandboxControl {
        SandboxControl::new(self.provider.base())
    }

    /// Changes settings of the provider.
    pub async fn set(&self, settings: Value) {
        self.sandbox().set(settings).await;
    }

    /// Makes refreshes, and nothing else, so many milliseconds late.
    pub async fn delay_refreshes(&self, ms: u64) {
        let sandbox = self.sandbox();
        sandbox.mend().await;
        let order = json!({"endpoint": "token.refresh", "fault": "slow", "ms": ms, "times": null});
        sandbox.ask(Method::POST, "faults", order).await;
    }

    /// Begins to count anew.
    pub async fn forget(&self) {
        self.sandbox().forget_counts().await;
    }

    /// How often things happened at the provider since then.
    pub async fn counters(&self) -> Value {
        let path = "log?after=99999999";
        let log = self.sandbox().ask(Method::GET, path, json!(null)).await;
        log["counters"].clone()
    }

    /// Fails when a log holds anything of the form of a secret.
    pub fn check_logs(&self) {
        self.replicas.iter().for_each(Process::check_log);
    }
}

/// What every replica of a run seals with.
pub fn sealing_key(seed: Seed) -> [u8; 32] {
    let mut key = [0; 32];
    seed.stream("sealing key", 0).fill_bytes(&mut key);
    key
}

/// An empty folder for the files of one scenario.
fn fresh_folder(name: &str) -> PathBuf {
    let folder = artefacts().join("chaos").join(name);
    // There is none at the first run.
    drop(fs::remove_dir_all(&folder));
    fs::create_dir_all(&folder).expect("a folder can be made");
    folder
}

/// Returns the folder for the findings, below the working directory.
pub fn artefacts() -> PathBuf {
    let folder =
        std::path::absolute("target/test-artefacts").expect("there is a working directory");
    fs::create_dir_all(&folder).expect("a folder can be made");
    folder
}
