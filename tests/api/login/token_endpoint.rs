//! The client of the token endpoint: its authentication, the certificates that it trusts, its time limits.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use futures_util::future::join_all;
use serde_json::json;

use crate::support::provider::{beside_a_provider, browser};
use crate::support::scripted_provider::Scripted;
use crate::support::*;

/// Covers: BFF-6.1.3.1-1
#[tokio::test]
async fn with_a_wrong_client_secret_no_login_succeeds() {
    let (_provider, mut program) = beside_a_provider(BINARY).await;
    let person = browser(&program);
    person.sign_in().await;
    program
        .wait_for(json!({ "endpoint": "token.code", "outcome": "ok", "client_auth": "body" }))
        .await;
    program.kill();
    program
        .start_again(&[("OAUTH_CLIENT_SECRET", "kT93hs-not-the-secret-any-more")])
        .await;
    let person = browser(&program);
    let callback = person.come_back("").await;
    let answer = person.arrive(&callback).await;
    assert_eq!(answer.location(), "/?error=server_error");
    assert!(answer.set_cookie("session").is_empty());
    assert!(!person.is_signed_in().await);
    program
        .wait_for(json!({ "endpoint": "token.code", "outcome": "invalid_client" }))
        .await;
}

/// Covers: RFC6749-7.1-1
#[tokio::test]
async fn a_token_of_a_type_that_is_not_understood_goes_nowhere() {
    for kind in ["mac", "MAC", "DPoP", "N_A"] {
        let provider = Scripted::start().await;
        provider
            .gives(json!({ "access_token": "at", "token_type": kind, "expires_in": 3600 }))
            .await;
        provider.knows_the_account().await;
        let person = provider.program.browser();
        let answer = provider.come_back(&person, "c", &[]).await;
        assert_eq!(answer.location(), "/?error=server_error", "{kind}");
        assert!(answer.set_cookie("session").is_empty(), "{kind}");
        assert!(provider.calls().await.is_empty(), "{kind}");
        assert_eq!(provider.forms().await.len(), 1, "{kind}");
    }
}

/// A server that speaks TLS with this certificate and prints what it hears.
struct TlsServer {
    child: std::process::Child,
    port: u16,
}

impl TlsServer {
    async fn start(folder: &Path, certificate: &str) -> Self {
        let port = free_port();
        let heard = std::fs::File::create(folder.join("heard")).expect("it can be written");
        let child = Command::new("openssl")
            .args([
                "s_server",
                "-quiet",
                "-accept",
                &format!("127.0.0.1:{port}"),
            ])
            .args(["-cert", certificate, "-key", "key.pem"])
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(heard)
            .stderr(Stdio::null())
            .spawn()
            .expect("openssl must be installed");
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Self { child, port }
    }
}

impl Drop for TlsServer {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// An authority that signs with the key of the certificates themselves.
const AUTHORITY: &str = "\
    [req]\ndistinguished_name = name\n[name]\n\
    [ca]\ndefault_ca = own\n\
    [own]\ndatabase = index.txt\nrand_serial = yes\nunique_subject = no\nnew_certs_dir = .\ndefault_md = sha256\npolicy = any\n\
    [any]\ncommonName = supplied\n\
    [here]\nsubjectAltName = IP:127.0.0.1\nbasicConstraints = critical, CA:FALSE\n\
    [elsewhere]\nsubjectAltName = DNS:other.test\nbasicConstraints = critical, CA:FALSE\n";

/// Certificates for one key: as it should be, for another host, and over long ago.
fn make_certificates(folder: &Path) {
    let run = |arguments: &str| {
        let made = Command::new("openssl")
            .args(arguments.split(' '))
            .current_dir(folder)
            .output()
            .expect("openssl must be installed");
        let told = String::from_utf8_lossy(&made.stderr).into_owned();
        assert!(made.status.success(), "{told}");
    };
    for (name, text) in [("ca.conf", AUTHORITY), ("index.txt", "")] {
        std::fs::write(folder.join(name), text).expect("it can be written");
    }
    run("ecparam -name prime256v1 -genkey -noout -out key.pem");
    run("ecparam -name prime256v1 -genkey -noout -out other-key.pem");
    run("req -x509 -new -key other-key.pem -subj /CN=other -config ca.conf -days 2 -out other.pem");
    run("req -new -key key.pem -subj /CN=as -config ca.conf -out request.pem");
    for (name, place, end) in [
        ("good", "here", "2099"),
        ("other-host", "elsewhere", "2099"),
        ("expired", "here", "2021"),
    ] {
        run(&format!(
            "ca -batch -notext -config ca.conf -selfsign -keyfile key.pem -in request.pem -out {name}.pem \
             -startdate 20200101000000Z -enddate {end}0101000000Z -extensions {place}"
        ));
    }
}

/// Covers: RFC6749-10.9-1, ASVS-16.3.1
#[tokio::test]
async fn no_certificate_but_the_providers_own_is_accepted() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    make_certificates(folder.path());
    for (shown, trusted, is_good) in [
        ("good.pem", "good.pem", true),
        ("good.pem", "other.pem", false),
        ("other-host.pem", "other-host.pem", false),
        ("expired.pem", "expired.pem", false),
    ] {
        let server = TlsServer::start(folder.path(), shown).await;
        let roots = folder.path().join(trusted).display().to_string();
        let program = BINARY
            .start_without_user(&[
                ("BFF_SANDBOX__ENABLED", "false"),
                (
                    "OAUTH_AUTH_SERVER",
                    &format!("https://127.0.0.1:{}", server.port),
                ),
                ("OAUTH_CLIENT_ID", "client_tls"),
                ("OAUTH_CLIENT_SECRET", "kT93hs-secret-over-tls"),
                ("SSL_CERT_FILE", &roots),
                ("BFF_PROVIDER__TOTAL_TIMEOUT", "2s"),
                ("BFF_PROVIDER__CONNECT_TIMEOUT", "2s"),
            ])
            .await;
        let person = program.browser();
        let state = parameter(&person.start("").await, "state");
        let callback = person
            .origin
            .join("/oauth/callback?code=c")
            .expect("an address");
        let callback = with_parameter(&callback, "state", state.as_deref());
        // Even the good one says nothing: what counts is what it was told.
        assert_eq!(
            person.arrive(&callback).await.location(),
            "/?error=provider_unavailable"
        );
        let heard = std::fs::read_to_string(folder.path().join("heard")).unwrap_or_default();
        assert_eq!(
            heard.contains("grant_type=authorization_code"),
            is_good,
            "{shown}: {heard}"
        );
        assert_eq!(heard.contains("client_secret"), is_good, "{shown}: {heard}");
        assert!(program.log().contains("login_provider_failed"), "{shown}");
    }
}

/// Covers: ASVS-13.2.6
#[tokio::test]
async fn calls_that_hang_delay_no_other_call() {
    others_are_not_delayed(&["/healthz", "/readyz", "/api/session", "/favicon.ico"]).await;
}

/// Fails unless these routes answer while 200 calls of the userinfo endpoint hang.
pub async fn others_are_not_delayed(routes: &[&str]) {
    let program = BINARY
        .start_with(&[
            ("BFF_PROVIDER__TOTAL_TIMEOUT", "5s"),
            ("BFF_PROVIDER__CONNECT_TIMEOUT", "5s"),
        ])
        .await;
    let (stuck, free) = (program.browser(), program.browser());
    stuck.sign_in().await;
    free.sign_in().await;
    program.break_always("userinfo", "hang").await;
    let calls = join_all((0..200).map(|_| stuck.fetch("GET", "/api/user/info")));
    let meanwhile = async {
        program
            .wait_for(json!({ "endpoint": "userinfo", "outcome": "held" }))
            .await;
        for path in routes {
            assert_eq!(free.fetch("GET", path).await.status, 200, "{path}");
        }
        free.start("").await;
    };
    let (answers, ()) = tokio::join!(calls, meanwhile);
    for answer in answers {
        answer.is_problem(504, "provider_timeout");
    }
    program.mend().await;
    assert_eq!(stuck.fetch("GET", "/api/user/info").await.status, 200);
}

/// Covers: RFC6749-10.9-1
#[test]
fn a_provider_over_plain_http_is_not_taken() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    for (name, key) in [
        ("OAUTH_AUTH_SERVER", "oauth.auth_server"),
        ("BFF_OAUTH__API_SERVER", "oauth.api_server"),
    ] {
        let configure = |command: &mut Command| {
            command
                .env("OAUTH_CLIENT_ID", "client_1")
                .env("OAUTH_CLIENT_SECRET", "kT93hs-secret")
                .env("OAUTH_AUTH_SERVER", "https://as.test")
                .env(name, "http://as.test");
        };
        let output = BINARY.run(&Addresses::free(), folder.path(), &["serve"], "", configure);
        assert_eq!(output.status.code(), Some(2), "{name}");
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(told.contains(key), "{told}");
    }
}
