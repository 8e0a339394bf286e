//! nginx in front of replicas: with the configuration that operators are advised to use, so that a test checks the advice, or with lines of the test.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;
use tokio::net::TcpStream;

const LOOK_AGAIN: Duration = Duration::from_millis(10);
/// Number of checks, which together take 20 seconds. It only limits how long a failing test runs.
const LOOKS: u32 = 2_000;

/// A running nginx. Dropping it ends the process.
pub struct Nginx {
    folder: TempDir,
    child: Child,
}

/// One request in the access log of nginx.
pub struct Passed {
    /// Method.
    pub method: String,
    /// Path.
    pub path: String,
    /// Status of the answer.
    pub status: u16,
    /// The replicas that nginx asked, one after the other.
    pub replicas: Vec<String>,
}

impl std::fmt::Display for Passed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let asked = self.replicas.join(", ");
        write!(
            f,
            "{} {}: {} by {asked}",
            self.method, self.path, self.status
        )
    }
}

impl Nginx {
    /// Starts nginx on this address over plain http in front of these replicas. `advice` is the configuration for operators, all of whose lines but
    /// those of TLS and of names are used.
    pub async fn start(advice: &str, listen: &str, replicas: &[&str]) -> Self {
        Self::serve(listen, &over_plain_http(advice, listen, replicas)).await
    }

    /// Starts nginx with these lines in its `http` block, which make it listen on this address.
    pub async fn serve(listen: &str, lines: &str) -> Self {
        let folder = TempDir::new().expect("a folder can be made");
        let text = configuration(folder.path(), lines);
        let file = folder.path().join("nginx.conf");
        fs::write(&file, text).expect("it can be written");
        let child = Command::new("nginx")
            .arg("-p")
            .arg(folder.path())
            .arg("-e")
            .arg(folder.path().join("error.log"))
            .arg("-c")
            .arg(&file)
            .stdin(Stdio::null())
            .spawn()
            .expect("nginx must be installed");
        let nginx = Self { folder, child };
        for _ in 0..LOOKS {
            if TcpStream::connect(listen).await.is_ok() {
                return nginx;
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        panic!("nginx does not listen: {}", nginx.complaints());
    }

    /// Returns every request so far.
    pub fn passed(&self) -> Vec<Passed> {
        let log = fs::read_to_string(self.folder.path().join("access.log"));
        let log = log.expect("the log can be read");
        // The last line may be on its way.
        let whole = log.rfind('\n').map_or("", |end| &log[..end]);
        whole.lines().map(passed).collect()
    }

    /// Waits until this replica has answered this number of further requests.
    pub async fn passes(&self, replica: &str, more: usize) {
        let count = || {
            let passed = self.passed();
            let by_it = |one: &&Passed| one.replicas.last().is_some_and(|last| last == replica);
            passed.iter().filter(by_it).count()
        };
        let before = count();
        for _ in 0..LOOKS {
            if count() >= before + more {
                return;
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        panic!("{replica} is asked nothing: {}", self.complaints());
    }

    /// Returns its error log.
    pub fn complaints(&self) -> String {
        fs::read_to_string(self.folder.path().join("error.log")).unwrap_or_default()
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // It may have ended already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn passed(line: &str) -> Passed {
    let mut words = line.split('|');
    let mut next = || words.next().expect("four words").to_owned();
    let (method, path, status, replicas) = (next(), next(), next(), next());
    Passed {
        method,
        path,
        status: status.parse().expect("a status"),
        replicas: replicas.split(", ").map(str::to_owned).collect(),
    }
}

/// Returns the configuration `advice` with the addresses of the test, over plain http.
fn over_plain_http(advice: &str, listen: &str, replicas: &[&str]) -> String {
    const REPLICA: &str = "    server 127.0.0.1:3000 ";
    let (_, line) = advice.split_once(REPLICA).expect("a replica");
    let (options, _) = line.split_once(';').expect("the line ends");
    let servers: Vec<String> = replicas
        .iter()
        .map(|replica| format!("server {replica} {options};"))
        .collect();
    let (zones, rest) = advice.split_once("server {").expect("a redirect to https");
    let (_, rest) = rest.split_once("\n}\n").expect("its end");
    let lines = rest.lines().filter_map(|line| match line.trim_start() {
        it if it.starts_with("ssl_") || it.starts_with("server_name ") => None,
        it if it.starts_with("listen ") => Some(format!("listen {listen};")),
        _ if line.starts_with(REPLICA) => Some(servers.join("\n")),
        _ => Some(line.to_owned()),
    });
    let lines: Vec<String> = lines.collect();
    format!("{zones}\n{}\n", lines.join("\n"))
}

/// Returns the whole configuration with these lines.
fn configuration(folder: &Path, lines: &str) -> String {
    let folder = folder.display();
    format!(
        "daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/error.log info;
events {{ worker_connections 512; }}
http {{
    log_format passed '$request_method|$uri|$status|$upstream_addr';
    access_log {folder}/access.log passed;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    {lines}
}}
"
    )
}
