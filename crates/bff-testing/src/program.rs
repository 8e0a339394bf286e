//! The program as a process: started in an empty folder on free ports, beside its sandbox or in front of another provider; stopped, killed and
//! started again over the same folder.

use std::fs::{self, File};
use std::ops::Deref;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Output};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use crate::browser::Browser;
use crate::launch::{Addresses, Binary, assert_log_keeps_secrets, is_ready};
use crate::sandbox::SandboxControl;

const LOG: &str = "program.log";
const LOOK_AGAIN: Duration = Duration::from_millis(20);
/// Forty seconds: it bounds a failure, it measures nothing.
const LOOKS: u32 = 2_000;

/// A started program that is ready. Dropping it ends the process and checks that its log contains no secret. It dereferences to the control of its
/// sandbox.
pub struct Program {
    /// Its listen addresses.
    pub addresses: Addresses,
    /// Its working directory.
    pub folder: TempDir,
    /// Its provider.
    pub sandbox: SandboxControl,
    binary: Binary,
    environment: Vec<(String, String)>,
    child: Child,
}

/// How tests start it.
impl Binary {
    /// Starts the program with nothing configured but its addresses: the sandbox is the provider, where every browser is signed in as `demo`.
    pub async fn start(self) -> Program {
        self.start_with(&[]).await
    }

    /// Starts the program the same way with further environment variables.
    pub async fn start_with(self, environment: &[(&str, &str)]) -> Program {
        let program = self.start_without_user(environment).await;
        program.sign_in_as("demo").await;
        program
    }

    /// Starts the program with further environment variables. No user is signed in at the sandbox, if it runs at all.
    pub async fn start_without_user(self, environment: &[(&str, &str)]) -> Program {
        self.start_over("", environment).await
    }

    /// Starts the program the same way with a configuration file, in which `{public}` stands for the program's own address.
    pub async fn start_over(self, config: &str, environment: &[(&str, &str)]) -> Program {
        let environment = owned(environment);
        // Another process may take a port before the program starts: then it is started with others.
        for _ in 0..5 {
            let addresses = Addresses::free();
            let folder = TempDir::new().expect("a folder can be made");
            let own = folder.path().join("config");
            fs::create_dir(&own).expect("a folder can be made");
            let config = config.replace("{public}", &addresses.public);
            fs::write(own.join("development.toml"), config).expect("a file can be written");
            let child = spawn(self, &addresses, folder.path(), &environment);
            let mut program = Program {
                sandbox: SandboxControl::new(format!("http://{}", addresses.sandbox)),
                addresses,
                folder,
                binary: self,
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
}

impl Program {
    async fn is_ready(&mut self) -> bool {
        let origin = format!("http://{}", self.addresses.public);
        is_ready(&mut self.child, &origin).await
    }

    /// Returns its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Ends it at once, as a crash does.
    pub fn kill(&mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it is our child");
    }

    /// Sends SIGTERM, and waits until it has ended.
    pub fn stop(&mut self) -> ExitStatus {
        self.signal("-TERM");
        self.child.wait().expect("it is our child")
    }

    /// Sends it a signal, such as `-HUP`.
    pub fn signal(&self, signal: &str) {
        let sent = Command::new("kill")
            .args([signal, &self.child.id().to_string()])
            .status();
        assert!(sent.expect("kill can be run").success());
    }

    /// Waits until it has ended by itself.
    pub async fn ended(&mut self) -> ExitStatus {
        let mut looks = 0;
        loop {
            if let Some(status) = self.child.try_wait().expect("it is our child") {
                return status;
            }
            looks += 1;
            assert!(looks < LOOKS, "it does not end: {}", self.end_of_log());
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }

    /// Returns the lines of its log with this event.
    pub fn events(&self, event: &str) -> Vec<Value> {
        self.log()
            .lines()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok())
            .filter(|line| line["event"] == event)
            .collect()
    }

    /// Waits until it has logged this event this number of times since its first start. Returns the last of them.
    pub async fn logs(&self, event: &str, times: usize) -> Value {
        for _ in 0..LOOKS {
            if let Some(line) = self.events(event).get(times - 1) {
                return line.clone();
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        panic!("it does not log {event}: {}", self.end_of_log());
    }

    /// Returns the end of its log, without the lines of its libraries.
    fn end_of_log(&self) -> String {
        let log = self.log();
        let tail: Vec<&str> = log
            .lines()
            .filter(|line| line.contains("\"target\":\"bff") && !line.contains("TRACE"))
            .collect();
        tail[tail.len().saturating_sub(30)..].join("\n")
    }

    /// Starts it again after its end, at the same addresses over the same folder, with these variables changed.
    pub async fn start_again(&mut self, changes: &[(&str, &str)]) {
        self.environment.extend(owned(changes));
        self.child = spawn(
            self.binary,
            &self.addresses,
            self.folder.path(),
            &self.environment,
        );
        assert!(self.is_ready().await, "it does not start: {}", self.log());
    }

    /// Runs a command beside it, with the same environment and this standard input.
    pub fn run(&self, arguments: &[&str], input: &str) -> Output {
        let folder = self.folder.path();
        self.binary
            .run(&self.addresses, folder, arguments, input, |command| {
                command.envs(self.environment.iter().map(|(n, v)| (n, v)));
            })
    }

    /// Runs a command beside it, with the same environment and these variables changed.
    pub fn run_with(&self, arguments: &[&str], changes: &[(&str, &str)]) -> Output {
        let folder = self.folder.path();
        self.binary
            .run(&self.addresses, folder, arguments, "", |command| {
                command.envs(self.environment.iter().map(|(n, v)| (n, v)));
                command.envs(changes.iter().copied());
            })
    }

    /// Returns a new browser, without cookies.
    pub fn browser(&self) -> Browser {
        Browser::new(
            &format!("http://{}", self.addresses.public),
            &self.addresses.public,
        )
    }

    /// Returns everything that it has logged, at the finest level, and printed.
    pub fn log(&self) -> String {
        settled_log(&self.folder.path().join(LOG))
    }
}

/// Returns the text of a log file once no line has been added for 150 ms. The program writes the lines of 10 ms at once.
#[expect(
    clippy::disallowed_methods,
    reason = "a test waits for lines that another process writes"
)]
pub fn settled_log(path: &Path) -> String {
    let read = || fs::read_to_string(path).expect("the log can be read");
    let mut log = read();
    for _ in 0..20 {
        std::thread::sleep(Duration::from_millis(150));
        let newer = read();
        if newer == log {
            break;
        }
        log = newer;
    }
    log
}

impl Deref for Program {
    type Target = SandboxControl;

    fn deref(&self) -> &SandboxControl {
        &self.sandbox
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // Nothing is left to do when it has ended already.
        drop(self.child.kill());
        drop(self.child.wait());
        if std::thread::panicking() {
            eprintln!("the end of the program's log:\n{}", self.end_of_log());
        } else {
            assert_log_keeps_secrets(&self.log());
        }
    }
}

fn owned(environment: &[(&str, &str)]) -> Vec<(String, String)> {
    let pairs = environment.iter();
    pairs
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

fn spawn(
    binary: Binary,
    addresses: &Addresses,
    folder: &Path,
    environment: &[(String, String)],
) -> Child {
    let log = File::options()
        .create(true)
        .append(true)
        .open(folder.join(LOG));
    binary
        .command(addresses, folder, log.expect("the log can be written"))
        .arg("serve")
        .envs(environment.iter().map(|(name, value)| (name, value)))
        .spawn()
        .expect("the program can be run")
}
