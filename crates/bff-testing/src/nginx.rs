//! nginx in front of replicas: with the configuration that a document advises, so that a test checks the advice, or with lines of the test.

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
    /// Starts nginx on this address in front of these replicas, with the blocks `upstream bff` and `location /` and the limits of `advice`, a
    /// document with an nginx configuration in it.
    pub async fn start(advice: &str, listen: &str, replicas: &[&str]) -> Self {
        Self::serve(listen, &Advice(advice).lines(listen, replicas)).await
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

/// A document with an nginx configuration in it.
struct Advice<'a>(&'a str);

impl Advice<'_> {
    /// Returns the configuration with the addresses of the test, over plain http.
    fn lines(&self, listen: &str, replicas: &[&str]) -> String {
        let upstream = self.block("upstream bff {");
        let first = upstream
            .lines()
            .find(|line| line.trim_start().starts_with("server "))
            .expect("a replica");
        let options = first.split_once(';').map_or(first, |(line, _)| line);
        let options: Vec<&str> = options.split_whitespace().skip(2).collect();
        let servers: Vec<String> = replicas
            .iter()
            .map(|replica| format!("server {replica} {};", options.join(" ")))
            .collect();
        let others: Vec<&str> = upstream
            .lines()
            .filter(|line| !line.trim_start().starts_with("server "))
            .collect();
        let upstream = others
            .join("\n")
            .replacen('{', &format!("{{\n{}", servers.join("\n")), 1);
        let location = self.block("    location / {");
        let zones = self.directives("limit_conn_zone ");
        let limits: Vec<String> = ["client_", "send_timeout ", "large_client_", "limit_conn "]
            .into_iter()
            .map(|begin| self.directives(begin))
            .collect();
        let limits = limits.join("\n");
        format!("{zones}\n{upstream}\nserver {{\nlisten {listen};\n{limits}\n{location}\n}}\n")
    }

    /// The directives of the advice that begin like this; those within `location` left out.
    fn directives(&self, begin: &str) -> String {
        let (advice, _) = self
            .0
            .split_once("    location / {")
            .expect("the advice has it");
        let lines: Vec<&str> = advice
            .lines()
            .filter(|line| line.trim_start().starts_with(begin) && line.contains(';'))
            .collect();
        assert!(!lines.is_empty(), "the advice has no {begin}");
        lines.join("\n")
    }

    /// The block of the advice that begins with this line, to the brace that closes it.
    fn block(&self, begin: &str) -> String {
        let (_, rest) = self.0.split_once(begin).expect("the advice has it");
        let end = rest.find('}').expect("it is closed");
        format!("{}{}", begin, &rest[..=end])
    }
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
