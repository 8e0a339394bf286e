//! The configurations of reverse proxies under `deploy/`, each in front of the program with TLS.

mod bridge;
mod servers;

use bridge::Bridge;
use servers::{Server, Setting};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::proxy::server::{Step, Upstream};
use crate::support::*;

const HOST: &str = "localhost";
/// An address that no client of a test has.
const FORGED: &str = "203.0.113.9";

/// A reverse proxy, the program behind it, and an upstream of the program.
struct Place {
    upstream: Upstream,
    program: Program,
    /// Where the reverse proxy accepts plain http.
    plain: String,
    /// A way to the reverse proxy over TLS.
    bridge: Bridge,
    browser: Browser,
    _certificate: Certificate,
    _server: Server,
}

impl Place {
    async fn with(start: impl AsyncFn(&Setting<'_>) -> Server) -> Self {
        let upstream = Upstream::start().await;
        let config = format!(
            "[[proxy]]\nname = 'models'\nupstream = '{}'\nmethods = ['GET']\npaths = ['/v1/models']\n",
            upstream.base
        );
        let front = Addresses::free();
        let certificate = Certificate::new();
        let (_, port) = front.public.rsplit_once(':').expect("a port");
        let origin = format!("https://{HOST}:{port}");
        let redirect_uri = format!("{origin}/oauth/callback");
        let behind = [
            ("OAUTH_REDIRECT_URI", redirect_uri.as_str()),
            ("BFF_SERVER__TRUSTED_PROXIES", "127.0.0.1"),
            ("SSL_CERT_FILE", &certificate.file()),
        ];
        let program = BINARY.start_over(&config, &behind).await;
        program.sign_in_as("demo").await;
        let setting = Setting {
            plain: &front.admin,
            tls: &front.public,
            program: &program.addresses.public,
            certificate: &certificate,
        };
        let server = start(&setting).await;
        let bridge = Bridge::to(front.public, HOST, &certificate).await;
        let browser = Browser::new(&origin, &bridge.address);
        Self {
            upstream,
            program,
            plain: front.admin,
            bridge,
            browser,
            _certificate: certificate,
            _server: server,
        }
    }

    /// Sends these bytes over TLS, and reads until the reverse proxy closes the connection.
    async fn rest(&self, bytes: &str) -> String {
        let mut stream = self.send(bytes).await;
        let mut answer = Vec::new();
        // A reset is an end too.
        drop(stream.read_to_end(&mut answer).await);
        String::from_utf8_lossy(&answer).into_owned()
    }

    async fn send(&self, bytes: &str) -> TcpStream {
        let mut stream = TcpStream::connect(&self.bridge.address)
            .await
            .expect("it listens");
        stream
            .write_all(bytes.as_bytes())
            .await
            .expect("it is open");
        stream
    }

    async fn signs_in_over_https(&self) {
        let page = navigation("GET", "/a?b=c", Initiator::Typed);
        let answer = send(&self.plain, HOST, &page).await;
        assert!([301, 308].contains(&answer.status), "{}", answer.status);
        let secure = answer.header("location").expect("it leads somewhere");
        assert!(
            secure.starts_with("https://localhost") && secure.ends_with("/a?b=c"),
            "{secure}"
        );

        self.browser.sign_in().await;
        assert_eq!(self.browser.page_state().await, "signed_in");
        let page = self.browser.open("/").await;
        assert!(page.header("strict-transport-security").is_some());
        assert!(page.header("content-security-policy").is_some());
    }

    async fn replaces_what_a_client_forwards(&self) {
        let forged = navigation("GET", "/", Initiator::Typed)
            .header("X-Forwarded-For", FORGED)
            .header("X-Forwarded-Proto", "http");
        assert_eq!(
            self.browser.send(forged, Initiator::Typed).await.status,
            200
        );
        assert!(!self.program.log().contains(FORGED));
    }

    async fn cuts_a_slow_head_and_refuses_a_long_one(&self) {
        let before = self.passed();
        let slow = self.rest("GET / HTTP/1.1\r\nHost: localhost\r\nX: ").await;
        assert!(
            slow.is_empty() || slow.starts_with("HTTP/1.1 408 "),
            "{slow}"
        );
        let long = "a".repeat(17 * 1024);
        let head =
            format!("GET / HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\nX: {long}\r\n\r\n");
        let refused = self.rest(&head).await;
        let status = refused.split(' ').nth(1).unwrap_or_default();
        assert!(["400", "414", "431"].contains(&status), "{refused}");
        assert_eq!(self.passed(), before, "the program saw it");
    }

    /// Asks the command `doctor`, which calls the public origin.
    fn satisfies_the_doctor(&self) {
        let said = self.program.run(&["doctor", "--json"], "");
        let said: serde_json::Value = serde_json::from_slice(&said.stdout).expect("JSON");
        let findings = said["findings"].as_array().expect("findings");
        let of_proxy: Vec<_> = findings
            .iter()
            .filter(|it| {
                let check = it["check"].as_str().unwrap_or_default();
                check == "public_origin" || check.starts_with("proxy_")
            })
            .collect();
        assert!(of_proxy.len() >= 9, "{said}");
        let faults: Vec<_> = of_proxy.iter().filter(|it| it["ok"] != true).collect();
        assert!(faults.is_empty(), "{faults:?}");
    }

    /// Returns how many requests have reached the program, without those by which reverse proxies look whether it is ready.
    fn passed(&self) -> usize {
        let requests = self.program.events("request");
        requests
            .iter()
            .filter(|it| it["route"] != "/readyz")
            .count()
    }

    async fn streams(&self) {
        let send = |text: &str| Step::Send(text.as_bytes().to_vec());
        self.upstream.answers(vec![
            Step::ReadBody,
            send("HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n"),
            send("9\r\nfirst one\r\n"),
            Step::Wait,
            send("5\r\nlater\r\n0\r\n\r\n"),
        ]);
        let cookie = self.browser.jar().header(Initiator::SameOrigin, false);
        let cookie = cookie.expect("it is signed in");
        let mut stream = self
            .send(&format!(
                "GET /api/proxy/models/v1/models HTTP/1.1\r\nHost: {HOST}\r\nSec-Fetch-Site: same-origin\r\nCookie: {cookie}\r\n\r\n"
            ))
            .await;
        let mut read = String::new();
        while !read.contains("first one") {
            let mut piece = [0; 1024];
            let count = stream.read(&mut piece).await.expect("it is open");
            assert!(count > 0, "it ends: {read}");
            read += &String::from_utf8_lossy(&piece[..count]);
        }
        assert!(!read.contains("later"));
        self.upstream.go_on();
        while !read.contains("later") {
            let mut piece = [0; 1024];
            let count = stream.read(&mut piece).await.expect("it is open");
            assert!(count > 0, "it ends: {read}");
            read += &String::from_utf8_lossy(&piece[..count]);
        }
    }

    /// Checks all that the configuration of a reverse proxy must do.
    async fn is_served_well(&self) {
        self.signs_in_over_https().await;
        self.replaces_what_a_client_forwards().await;
        self.satisfies_the_doctor();
        self.streams().await;
        self.cuts_a_slow_head_and_refuses_a_long_one().await;
    }
}

#[tokio::test]
async fn nginx_terminates_tls_streams_and_limits_heads() {
    Place::with(Server::nginx).await.is_served_well().await;
}

#[tokio::test]
async fn haproxy_terminates_tls_streams_and_limits_heads() {
    Place::with(Server::haproxy).await.is_served_well().await;
}

#[tokio::test]
async fn caddy_terminates_tls_streams_and_limits_heads() {
    Place::with(Server::caddy).await.is_served_well().await;
}
