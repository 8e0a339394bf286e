//! The real program as a process of its own: started in an empty folder on free ports, beside its sandbox or in front
//! of another provider; stopped, killed and started again over the same folder. Ended with the value.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ExitStatus, Output, Stdio};
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::browser::Browser;
use crate::launch::{Addresses, ask_sandbox, assert_log_keeps_secrets, is_ready, program};

const LOG: &str = "program.log";
const LOOK_AGAIN: Duration = Duration::from_millis(20);
/// Forty seconds: it bounds a failure, it measures nothing.
const LOOKS: u32 = 2_000;

/// A started program that is ready.
pub struct Program {
    pub addresses: Addresses,
    pub folder: TempDir,
    environment: Vec<(String, String)>,
    /// Where the sandbox's control API is.
    pub sandbox: String,
    child: Child,
}

impl Program {
    /// With nothing configured but its addresses: the sandbox is the provider, and every browser is signed in there as `demo`.
    pub async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// The same with further environment variables.
    pub async fn start_with(environment: &[(&str, &str)]) -> Self {
        let program = Self::start_without_user(environment).await;
        program.sign_in_as("demo").await;
        program
    }

    /// With further environment variables; nobody is signed in at the sandbox, if it runs at all.
    pub async fn start_without_user(environment: &[(&str, &str)]) -> Self {
        Self::start_over("", environment).await
    }

    /// The same with a configuration file, in which `{public}` stands for the address of the program itself.
    pub async fn start_over(config: &str, environment: &[(&str, &str)]) -> Self {
        let environment: Vec<(String, String)> = environment
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        // Somebody else may take a port between our look and the program's start: then again.
        for _ in 0..5 {
            let addresses = Addresses::free();
            let folder = TempDir::new().expect("a folder can be made");
            let own = folder.path().join("config");
            fs::create_dir(&own).expect("a folder can be made");
            let config = config.replace("{public}", &addresses.public);
            fs::write(own.join("development.toml"), config).expect("a file can be written");
            let child = spawn(&addresses, folder.path(), &environment);
            let mut program = Self {
                sandbox: format!("http://{}", addresses.sandbox),
                addresses,
                folder,
                environment: environment.clone(),
                child,
            };
            if program.is_ready().await {
                return program;
            }
            let log = program.log();
            assert!(log.contains("cannot listen"), "it does not start: {log}");
        }
        panic!("no free port can be kept")
    }

    async fn is_ready(&mut self) -> bool {
        let origin = format!("http://{}", self.addresses.public);
        is_ready(&mut self.child, &origin).await
    }

    /// Its number among the system's processes.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Ends it at once, as a crash does.
    pub fn kill(&mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it is our child");
    }

    /// Asks it to stop, and waits until it has.
    pub fn stop(&mut self) -> ExitStatus {
        self.signal("-TERM");
        self.child.wait().expect("it is our child")
    }

    /// Sends it a signal, such as `-HUP`.
    pub fn signal(&self, signal: &str) {
        let told = std::process::Command::new("kill")
            .args([signal, &self.child.id().to_string()])
            .status();
        assert!(told.expect("kill can be run").success());
    }

    /// Waits until it has ended by itself.
    pub async fn ended(&mut self) -> ExitStatus {
        let mut looks = 0;
        loop {
            if let Some(status) = self.child.try_wait().expect("it is our child") {
                return status;
            }
            looks += 1;
            assert!(looks < LOOKS, "it does not end: {}", self.last_words());
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }

    /// The lines of its log that are of this event.
    pub fn events(&self, event: &str) -> Vec<Value> {
        self.log()
            .lines()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok())
            .filter(|line| line["event"] == event)
            .collect()
    }

    /// Waits until it has logged this event so many times since it was first started; the last of them.
    pub async fn logs(&self, event: &str, times: usize) -> Value {
        for _ in 0..LOOKS {
            if let Some(line) = self.events(event).get(times - 1) {
                return line.clone();
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        panic!("it does not log {event}: {}", self.last_words());
    }

    /// The end of its log, without what its libraries say.
    fn last_words(&self) -> String {
        let log = self.log();
        let tail: Vec<&str> = log
            .lines()
            .filter(|line| line.contains("\"target\":\"bff") && !line.contains("TRACE"))
            .collect();
        tail[tail.len().saturating_sub(30)..].join("\n")
    }

    /// Starts it again after its end, at the same addresses over the same folder, with these variables changed.
    pub async fn start_again(&mut self, changes: &[(&str, &str)]) {
        self.environment.extend(
            changes
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
        );
        self.child = spawn(&self.addresses, self.folder.path(), &self.environment);
        assert!(self.is_ready().await, "it does not start: {}", self.log());
    }

    /// Runs a command beside it, with the same environment and this standard input.
    pub fn run(&self, arguments: &[&str], input: &str) -> Output {
        run(
            &self.addresses,
            self.folder.path(),
            arguments,
            input,
            |command| {
                command.envs(self.environment.iter().map(|(n, v)| (n, v)));
            },
        )
    }

    /// A browser that was never here.
    pub fn browser(&self) -> Browser {
        Browser::new(
            &format!("http://{}", self.addresses.public),
            &self.addresses.public,
        )
    }

    /// What it has logged so far, at the finest level, and printed.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join(LOG)).expect("the log can be read")
    }

    /// Asks the sandbox's control API.
    pub async fn sandbox(&self, method: Method, path: &str, body: Value) -> Value {
        ask_sandbox(&self.sandbox, method, path, body).await
    }

    /// Changes settings of the sandbox.
    pub async fn set(&self, settings: Value) {
        self.sandbox(Method::PATCH, "settings", settings).await;
    }

    /// Every browser counts as signed in at the sandbox with this account from now on; it is made if need be.
    pub async fn sign_in_as(&self, name: &str) {
        if name != "demo" {
            let form = crate::launch::client()
                .post(format!("{}/sandbox/sign-in", self.sandbox))
                .form(&[("name", name), ("password", "x")]);
            let answer = form.send().await.expect("the sandbox answers");
            assert!(answer.status().is_success());
        }
        self.set(json!({ "signed_in_as": name })).await;
    }

    /// Every call of this endpoint goes wrong in this way from now on.
    pub async fn break_always(&self, endpoint: &str, fault: &str) {
        let order = json!({ "endpoint": endpoint, "fault": fault, "times": null });
        self.sandbox(Method::POST, "faults", order).await;
    }

    /// The next call of this endpoint goes wrong in this way.
    pub async fn break_once(&self, endpoint: &str, fault: &str) {
        let order = json!({ "endpoint": endpoint, "fault": fault });
        self.sandbox(Method::POST, "faults", order).await;
    }

    /// Everything goes right again, and calls that are held go on.
    pub async fn mend(&self) {
        self.sandbox(Method::DELETE, "faults", Value::Null).await;
    }

    /// Lets every access token of this account expire now.
    pub async fn expire_tokens(&self, name: &str) {
        self.sandbox(Method::POST, &format!("users/{name}/expire"), json!({}))
            .await;
    }

    /// How often this happened at the sandbox.
    pub async fn count(&self, counter: &str) -> u64 {
        let log = self
            .sandbox(Method::GET, "log?after=18446744073709551615", Value::Null)
            .await;
        log["counters"][counter]
            .as_u64()
            .unwrap_or_else(|| panic!("no counter {counter}"))
    }

    /// Counts from zero.
    pub async fn forget_counts(&self) {
        self.sandbox(Method::DELETE, "log", Value::Null).await;
    }

    /// Waits until the sandbox has seen an event that holds all these members.
    pub async fn wait_for(&self, wanted: Value) {
        self.wait_for_times(wanted, 1).await;
    }

    /// Waits until it has seen so many of them since its log was cleared.
    pub async fn wait_for_times(&self, wanted: Value, times: usize) {
        let wanted = wanted.as_object().expect("an object");
        let (mut after, mut seen) = (0, 0);
        for _ in 0..100 {
            let path = format!("log?after={after}&wait_ms=10000");
            let log = self.sandbox(Method::GET, &path, Value::Null).await;
            let events = log["events"].as_array().expect("events").clone();
            assert!(!events.is_empty(), "{wanted:?} did not happen: {log}");
            for event in events {
                if wanted.iter().all(|(name, value)| event[name] == *value) {
                    seen += 1;
                    if seen == times {
                        return;
                    }
                }
                after = event["id"].as_u64().expect("an id");
            }
        }
        panic!("{wanted:?} did not happen");
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // Nothing is left to do where it has ended already.
        drop(self.child.kill());
        drop(self.child.wait());
        if std::thread::panicking() {
            eprintln!("the program's last words:\n{}", self.last_words());
        } else {
            assert_log_keeps_secrets(&self.log());
        }
    }
}

fn spawn(addresses: &Addresses, folder: &Path, environment: &[(String, String)]) -> Child {
    program(addresses, folder, log_file(folder.join(LOG)))
        .arg("serve")
        .envs(environment.iter().map(|(name, value)| (name, value)))
        .spawn()
        .expect("the program can be run")
}

fn log_file(path: PathBuf) -> File {
    let mut options = File::options();
    options.create(true).append(true);
    options.open(path).expect("the log can be written")
}

/// Runs a command of the program to its end in this folder.
pub fn run(
    addresses: &Addresses,
    folder: &Path,
    arguments: &[&str],
    input: &str,
    configure: impl FnOnce(&mut std::process::Command),
) -> Output {
    let unused = log_file(folder.join("unused.log"));
    let mut command = program(addresses, folder, unused);
    command
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    configure(&mut command);
    let mut child = command.spawn().expect("the program can be run");
    let mut stdin = child.stdin.take().expect("it is piped");
    // A command that reads nothing may be gone already.
    drop(stdin.write_all(input.as_bytes()));
    drop(stdin);
    child.wait_with_output().expect("it is our child")
}
