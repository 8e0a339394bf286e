//! Redis with TLS and a password, as one server, behind Sentinel and as a cluster. The servers accept nothing else, and the program trusts their
//! certificate.

use crate::support::*;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;

const PASSWORD: &str = "a-pass/word:with@signs";
/// The same in a URL, where only what URLs need is encoded.
const IN_URL: &str = "a-pass%2Fword:with%40signs";

/// The lines for a server or sentinel that listens with this certificate only, and trusts it.
fn lines(certificate: &Certificate) -> String {
    format!(
        "port 0
         tls-port {{port}}
         tls-cert-file {cert}
         tls-key-file {key}
         tls-ca-cert-file {cert}
         tls-auth-clients no
         tls-replication yes
         requirepass {PASSWORD}",
        cert = certificate.file(),
        key = certificate.key()
    )
}

/// Signs in over this store, and starts the program again, which then knows the session only from there.
async fn holds_sessions(store: &str, certificate: &Certificate) {
    let trusted = certificate.file();
    let environment = [("SESSION_STORE", store), ("SSL_CERT_FILE", &trusted)];
    let mut program = BINARY.start_with(&environment).await;
    let browser = program.browser();
    browser.sign_in().await;
    program.kill();
    program.start_again(&[]).await;
    assert!(browser.is_signed_in().await);
    for secret in [PASSWORD, IN_URL] {
        assert!(!program.log().contains(secret), "in the log");
    }
}

#[tokio::test]
async fn one_server_is_reached_with_tls_and_a_password() {
    let certificate = Certificate::new();
    let redis = RedisServer::start(&lines(&certificate)).await;
    let store = format!("rediss://:{IN_URL}@127.0.0.1:{}", redis.port());
    holds_sessions(&store, &certificate).await;
}

#[tokio::test]
async fn a_server_that_asks_for_a_client_certificate_gets_it() {
    let certificate = Certificate::new();
    let lines = lines(&certificate).replace("tls-auth-clients no", "tls-auth-clients yes");
    let redis = RedisServer::start(&lines).await;
    let store = format!("rediss://:{IN_URL}@127.0.0.1:{}", redis.port());
    let folder = tempfile::tempdir().expect("a folder can be made");
    let list = |variables: &[(&str, String)]| {
        let arguments = ["sessions", "list"];
        BINARY.run(
            &Addresses::free(),
            folder.path(),
            &arguments,
            "",
            |command| {
                command.env("SESSION_STORE", &store);
                command.env("SSL_CERT_FILE", certificate.file());
                command.envs(variables.iter().cloned());
            },
        )
    };
    let file = ("BFF_SESSION__CLIENT_CERTIFICATE", certificate.file());
    let key = ("BFF_SESSION__CLIENT_KEY", certificate.key());
    assert_eq!(list(&[]).status.code(), Some(1), "without one");
    assert_eq!(list(&[file.clone(), key]).status.code(), Some(0));
    let alone = list(std::slice::from_ref(&file));
    assert_eq!(alone.status.code(), Some(2));
    let told = String::from_utf8_lossy(&alone.stderr);
    assert!(told.contains("session.client_certificate"), "{told}");
    let gone = ("BFF_SESSION__CLIENT_KEY", "gone.pem".to_owned());
    let gone = list(&[file, gone]);
    let told = String::from_utf8_lossy(&gone.stderr);
    assert!(told.contains("session.client_key"), "{told}");
}

#[tokio::test]
async fn a_certificate_without_a_trusted_issuer_is_refused() {
    let (certificate, other) = (Certificate::new(), Certificate::new());
    let redis = RedisServer::start(&lines(&certificate)).await;
    let store = format!("rediss://:{IN_URL}@127.0.0.1:{}", redis.port());
    let folder = tempfile::tempdir().expect("a folder can be made");
    for (trusted, code) in [(&certificate, 0), (&other, 1)] {
        let output = BINARY.run(
            &Addresses::free(),
            folder.path(),
            &["sessions", "list"],
            "",
            |command| {
                command.env("SESSION_STORE", &store);
                command.env("SSL_CERT_FILE", trusted.file());
            },
        );
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{told}");
        assert!(!told.contains(PASSWORD), "{told}");
    }
}

#[tokio::test]
async fn sentinels_and_their_master_are_reached_with_tls_and_a_password() {
    let certificate = Certificate::new();
    let master = RedisServer::start(&lines(&certificate)).await;
    let watch = format!(
        "sentinel monitor sessions 127.0.0.1 {} 1
         sentinel auth-pass sessions {PASSWORD}
         {}",
        master.port(),
        lines(&certificate)
    );
    let sentinel = RedisServer::start(&watch).await;
    let store = format!(
        "rediss+sentinel://:{IN_URL}@127.0.0.1:{}/sessions",
        sentinel.port()
    );
    holds_sessions(&store, &certificate).await;
}

#[tokio::test]
async fn a_cluster_is_reached_with_tls_and_a_password() {
    let certificate = Certificate::new();
    let (plain, bus) = (free_port(), free_port());
    let node = RedisServer::start(&format!(
        "{}
         port {plain}
         cluster-enabled yes
         cluster-port {bus}
         tls-cluster yes",
        lines(&certificate)
    ))
    .await;
    // The cluster is made over the plain port, which the program is not told of.
    let mut redis = TcpStream::connect(("127.0.0.1", plain)).expect("it listens");
    let order = format!("AUTH {PASSWORD}\r\nCLUSTER ADDSLOTSRANGE 0 16383\r\n");
    redis.write_all(order.as_bytes()).expect("it listens");
    let mut answers = [0; 10];
    redis.read_exact(&mut answers).expect("it answers");
    assert_eq!(&answers, b"+OK\r\n+OK\r\n");
    let store = format!("rediss+cluster://:{IN_URL}@127.0.0.1:{}", node.port());
    holds_sessions(&store, &certificate).await;
}
