//! Faults of the reverse proxy, each planted into nginx.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy};
use tokio::net::{TcpListener, TcpStream};

use super::{Report, start};
use crate::support::*;

/// A proxy in front of a program, at the program's public origin.
struct Front {
    program: Program,
    front: Addresses,
    /// Lines of a server with TLS; empty without.
    tls: String,
    certificate: Certificate,
}

impl Front {
    async fn start(scheme: &str, environment: &[(&str, &str)]) -> Self {
        let front = Addresses::free();
        let certificate = Certificate::new();
        let redirect_uri = format!("{scheme}://{}/oauth/callback", front.public);
        let file = certificate.file();
        let own = [
            ("OAUTH_REDIRECT_URI", redirect_uri.as_str()),
            ("SSL_CERT_FILE", &file),
        ];
        let program = start(&[&own, environment].concat()).await;
        let tls = match scheme {
            "https" => format!(
                "ssl; ssl_certificate {file}; ssl_certificate_key {}",
                certificate.key()
            ),
            _ => String::new(),
        };
        Self {
            program,
            front,
            tls,
            certificate,
        }
    }

    /// Starts nginx with these lines in its server and in its location, and examines.
    async fn examine(&self, server: &str, location: &str) -> Report {
        let lines = format!(
            "server {{
                listen {} {};
                {server}
                location / {{
                    proxy_pass http://{};
                    proxy_set_header Connection \"\";
                    proxy_set_header Host $http_host;
                    {location}
                }}
            }}",
            self.front.public, self.tls, self.program.addresses.public
        );
        let _nginx = Nginx::serve(&self.front.public, &lines).await;
        assert!(!self.certificate.file().is_empty());
        Report::beside(&self.program, &[])
    }
}

/// The lines of a good server and a good location, each of which a fault replaces.
const SERVER: &str = "large_client_header_buffers 4 16k;";
const SCHEME: &str = "proxy_set_header X-Forwarded-Proto $scheme;";
const CLIENT: &str = "proxy_set_header X-Forwarded-For $remote_addr;";
const BUFFERS: &str = "proxy_http_version 1.1; proxy_buffer_size 16k; proxy_buffers 8 16k;";

const TRUSTED: [(&str, &str); 1] = [("BFF_SERVER__TRUSTED_PROXIES", "127.0.0.1")];

#[tokio::test]
async fn the_proxy_of_the_document_passes_every_check() {
    let front = Front::start("http", &TRUSTED).await;
    let address = &front.front.public;
    let _nginx = Nginx::start(NGINX, address, &[&front.program.addresses.public]).await;
    let report = Report::beside(&front.program, &[]);
    assert_eq!(report.failed(), [""; 0], "{}", report.shown);
    report.names("proxy_client", "sees this machine as 127.0.0.1");
    report.names("proxy_stream", "arrives as it is sent");
}

#[tokio::test]
async fn each_fault_of_a_proxy_is_named() {
    let front = Front::start("http", &TRUSTED).await;
    let good = format!("{SCHEME} {CLIENT} {BUFFERS}");
    let with = |more: &str| format!("{good} {more}");
    let report = front.examine(SERVER, &with("proxy_buffering off;")).await;
    assert_eq!(report.failed(), [""; 0], "{}", report.shown);
    for (server, location, check, words) in [
        (
            SERVER,
            with("proxy_set_header Origin \"\";"),
            "proxy_origin",
            "drops Origin",
        ),
        (
            SERVER,
            with("proxy_set_header Origin http://other.test;"),
            "proxy_origin",
            "changes Origin",
        ),
        (
            SERVER,
            with("proxy_set_header Sec-Fetch-Site \"\";"),
            "proxy_fetch_metadata",
            "Sec-Fetch-Site",
        ),
        (
            SERVER,
            with("proxy_set_header Cookie \"\";"),
            "proxy_cookies",
            "drops cookies",
        ),
        (
            "large_client_header_buffers 4 4k;",
            good.clone(),
            "proxy_cookies",
            "is answered with 400",
        ),
        (
            SERVER,
            format!("{SCHEME} {CLIENT} proxy_buffer_size 4k;"),
            "proxy_headers",
            "is answered with 502",
        ),
        (
            SERVER,
            format!("{SCHEME} {BUFFERS}"),
            "proxy_client",
            "writes no X-Forwarded-For",
        ),
        (
            SERVER,
            format!("proxy_set_header X-Forwarded-Proto https; {CLIENT} {BUFFERS}"),
            "proxy_scheme",
            "the public origin is http",
        ),
    ] {
        front.examine(server, &location).await.only(check, words);
    }
    let circle = format!(
        "{SERVER} return 301 http://{}$request_uri;",
        front.front.public
    );
    front
        .examine(&circle, "")
        .await
        .only("proxy_loop", "redirects to itself");
    let elsewhere = "return 302 https://other.invalid/;";
    front
        .examine(elsewhere, "")
        .await
        .only("public_origin", "redirects to https://other.invalid");
    let down = format!("proxy_pass http://127.0.0.1:{};", free_port());
    let report = front
        .examine(
            &format!("location = /.well-known/bff-probe {{ {down} }}"),
            "",
        )
        .await;
    report.only("public_origin", "answers 502");
    let other = front
        .examine("location = /.well-known/bff-probe { return 200 '{}'; }", "")
        .await;
    other.only("public_origin", "is another server");
}

#[tokio::test]
async fn a_proxy_with_tls_that_writes_a_wrong_scheme_or_is_not_trusted_is_named() {
    let front = Front::start("https", &TRUSTED).await;
    let report = front
        .examine(SERVER, &format!("{SCHEME} {CLIENT} {BUFFERS}"))
        .await;
    assert_eq!(report.failed(), [""; 0], "{}", report.shown);
    let wrong = format!("proxy_set_header X-Forwarded-Proto http; {CLIENT} {BUFFERS}");
    front
        .examine(SERVER, &wrong)
        .await
        .only("proxy_scheme", "X-Forwarded-Proto: http");

    let front = Front::start("https", &[]).await;
    let report = front
        .examine(SERVER, &format!("{SCHEME} {CLIENT} {BUFFERS}"))
        .await;
    report.only("proxy_client", "a proxy at 127.0.0.1 is not trusted");
}

#[tokio::test]
async fn a_public_origin_that_leads_nowhere_is_named() {
    let redirect_uri = format!("http://127.0.0.1:{}/oauth/callback", free_port());
    let program = start(&[("OAUTH_REDIRECT_URI", &redirect_uri)]).await;
    Report::beside(&program, &[]).only(
        "public_origin",
        "does not answer: the connection is refused",
    );
}

/// Passes one request on, and the response when it is complete; at once if it asks for that and `is_polite`.
async fn collect(mut client: TcpStream, program: String, is_polite: bool) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(client.read_u8().await?);
    }
    let mut server = TcpStream::connect(program).await?;
    server.write_all(&head[..head.len() - 2]).await?;
    server.write_all(b"Connection: close\r\n\r\n").await?;
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        answer.push(server.read_u8().await?);
    }
    let asks = String::from_utf8_lossy(&answer).contains("x-accel-buffering: no");
    if !(asks && is_polite) {
        server.read_to_end(&mut answer).await?;
    }
    client.write_all(&answer).await?;
    copy(&mut server, &mut client).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_that_collects_a_stream_is_named() {
    let upstream = "[[proxy]]\nname = \"api\"\nupstream = \"http://127.0.0.1:9/\"\nmethods = [\"GET\"]\npaths = [\"/*\"]\n";
    for (is_polite, has_upstream, fails) in [
        (true, false, false),
        (true, true, true),
        (false, false, true),
    ] {
        let front = Front::start("http", &TRUSTED).await;
        if has_upstream {
            let own = front.program.folder.path().join("config/development.toml");
            std::fs::write(own, upstream).unwrap();
        }
        let listener = TcpListener::bind(&front.front.public).await.unwrap();
        let program = front.program.addresses.public.clone();
        let serving = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(collect(client, program.clone(), is_polite));
            }
        });
        let report = tokio::task::spawn_blocking(move || Report::beside(&front.program, &[]));
        let report = report.await.unwrap();
        serving.abort();
        let words = if is_polite {
            "unless the response says"
        } else {
            "ignores X-Accel-Buffering"
        };
        report.names("proxy_stream", words);
        let expected: &[&str] = if fails { &["proxy_stream"] } else { &[] };
        assert_eq!(report.failed(), expected, "{}", report.shown);
    }
}

#[tokio::test]
async fn an_upstream_that_is_the_program_itself_is_named() {
    let program = start(&[]).await;
    let own = program.folder.path().join("config/development.toml");
    let upstream = format!(
        "[[proxy]]\nname = 'api'\nupstream = '{}/x'\nmethods = ['GET']\npaths = ['/*']\n",
        program.addresses.origin()
    );
    std::fs::write(own, upstream).unwrap();
    Report::beside(&program, &[]).only("proxy_loop", "[[proxy]] api is the public origin");
}
