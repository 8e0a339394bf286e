//! Starts nginx, HAProxy and Caddy with the files under `deploy/`. Only addresses and certificates are those of the test.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;
use tokio::net::TcpStream;

use crate::support::*;

const LOOK_AGAIN: Duration = Duration::from_millis(20);
/// Number of checks, which together take 40 seconds. It only limits how long a failing test runs.
const LOOKS: u32 = 2_000;

/// The addresses and files of a test.
pub struct Setting<'a> {
    /// Where it accepts plain http.
    pub plain: &'a str,
    /// Where it accepts TLS.
    pub tls: &'a str,
    /// Where the program listens.
    pub program: &'a str,
    /// What it presents.
    pub certificate: &'a Certificate,
}

/// A reverse proxy with its folder. Dropping it ends the process.
pub enum Server {
    /// nginx, started by its own helper.
    Nginx { _running: Nginx },
    /// Another program.
    Other { child: Child, folder: TempDir },
}

/// Returns the text with each of these changed, each of which must be there.
fn changed(text: &str, changes: &[(&str, &str)]) -> String {
    changes.iter().fold(text.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "the file has no {from}");
        text.replace(from, to)
    })
}

fn port(address: &str) -> &str {
    address.rsplit_once(':').expect("a port").1
}

impl Server {
    /// Starts nginx.
    pub async fn nginx(it: &Setting<'_>) -> Self {
        let lines = changed(
            NGINX,
            &[
                ("listen 80;", &format!("listen {};", it.plain)),
                ("listen 443 ", &format!("listen {} ", it.tls)),
                ("127.0.0.1:3000", it.program),
                (
                    "/etc/ssl/app.example.com/fullchain.pem",
                    &it.certificate.file(),
                ),
                (
                    "/etc/ssl/app.example.com/privkey.pem",
                    &it.certificate.key(),
                ),
                ("app.example.com", "localhost"),
            ],
        );
        let running = Nginx::serve(it.tls, &lines).await;
        Self::Nginx { _running: running }
    }

    /// Starts HAProxy.
    pub async fn haproxy(it: &Setting<'_>) -> Self {
        let folder = TempDir::new().expect("a folder can be made");
        let read = |file: String| fs::read_to_string(file).expect("a file");
        let pem = folder.path().join("app.pem");
        let both = read(it.certificate.file()) + read(it.certificate.key()).as_str();
        fs::write(&pem, both).expect("it can be written");
        let text = changed(
            include_str!("../../../deploy/haproxy/haproxy.cfg"),
            &[
                ("bind :80", &format!("bind {}", it.plain)),
                ("bind :443", &format!("bind {}", it.tls)),
                ("127.0.0.1:3000", it.program),
                ("/etc/haproxy/app.pem", &pem.display().to_string()),
            ],
        );
        Self::start(folder, "haproxy", &["-db", "-f"], &text, [it.plain, it.tls]).await
    }

    /// Starts Caddy, which obtains no certificate.
    pub async fn caddy(it: &Setting<'_>) -> Self {
        let ports = format!(
            "{{\n\tadmin off\n\thttp_port {}\n\thttps_port {}\n\tdefault_bind 127.0.0.1\n\tservers {{",
            port(it.plain),
            port(it.tls)
        );
        let site = format!(
            "\nlocalhost {{\n\ttls {} {}\n",
            it.certificate.file(),
            it.certificate.key()
        );
        let text = changed(
            include_str!("../../../deploy/caddy/Caddyfile"),
            &[
                ("{\n\tservers {", &ports),
                ("\napp.example.com {\n", &site),
                ("127.0.0.1:3000", it.program),
            ],
        );
        let folder = TempDir::new().expect("a folder can be made");
        let arguments = ["run", "--adapter", "caddyfile", "--config"];
        Self::start(folder, "caddy", &arguments, &text, [it.plain, it.tls]).await
    }

    async fn start(
        folder: TempDir,
        program: &str,
        arguments: &[&str],
        text: &str,
        listen: [&str; 2],
    ) -> Self {
        let file = folder.path().join("configuration");
        fs::write(&file, text).expect("it can be written");
        let log = fs::File::create(folder.path().join("log")).expect("it can be written");
        let child = Command::new(program)
            .args(arguments)
            .arg(&file)
            // Where Caddy keeps its state.
            .env("HOME", folder.path())
            .env("XDG_DATA_HOME", folder.path())
            .env("XDG_CONFIG_HOME", folder.path())
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a log has two writers"))
            .stderr(log)
            .spawn()
            .unwrap_or_else(|error| panic!("{program} must be installed: {error}"));
        let mut server = Self::Other { child, folder };
        for _ in 0..LOOKS {
            let [plain, tls] = listen.map(TcpStream::connect);
            if plain.await.is_ok() && tls.await.is_ok() {
                return server;
            }
            assert!(server.runs(), "{program} ends: {}", server.log());
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        panic!("{program} does not listen: {}", server.log());
    }

    fn runs(&mut self) -> bool {
        match self {
            Self::Nginx { .. } => true,
            Self::Other { child, .. } => child.try_wait().expect("it is our child").is_none(),
        }
    }

    /// Returns what it has logged.
    fn log(&self) -> String {
        let read = |folder: &Path| fs::read_to_string(folder.join("log")).unwrap_or_default();
        match self {
            Self::Nginx { .. } => String::new(),
            Self::Other { folder, .. } => read(folder.path()),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!("the log of the reverse proxy:\n{}", self.log());
        }
        if let Self::Other { child, .. } = self {
            // It may have ended already.
            drop(child.kill());
            drop(child.wait());
        }
    }
}
