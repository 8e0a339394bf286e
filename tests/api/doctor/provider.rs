//! Faults at the provider, and of this client there.

use wiremock::{Mock, MockServer, ResponseTemplate, matchers};

use super::{Report, start};
use crate::support::*;

#[tokio::test]
async fn wrong_credentials_and_a_wrong_redirect_uri_have_different_findings() {
    let program = start(&[]).await;
    let secret = [("OAUTH_CLIENT_SECRET", "canary-of-another-secret")];
    Report::beside(&program, &secret).only("client", "refuses the credentials");
    let uri = format!("{}/oauth/callback.html", program.addresses.origin());
    let uri = [("OAUTH_REDIRECT_URI", uri.as_str())];
    Report::beside(&program, &uri).only("redirect_uri", "refuses an authorization request");
}

#[tokio::test]
async fn the_sandbox_of_the_program_is_named_as_what_it_is() {
    let program = BINARY.start().await;
    let report = Report::beside(&program, &[]);
    assert_eq!(report.failed(), [""; 0], "{}", report.shown);
    report.names(
        "client",
        "the sandbox of the program makes its own credentials",
    );
}

#[tokio::test]
async fn a_provider_that_is_down_is_named_with_the_step_that_fails() {
    let program = start(&[]).await;
    let nowhere = format!("http://127.0.0.1:{}", free_port());
    for (address, words) in [
        (nowhere.as_str(), "the connection is refused"),
        ("https://provider.invalid", "its name has no address"),
    ] {
        let report = Report::beside(&program, &[("OAUTH_AUTH_SERVER", address)]);
        report.only("provider", words);
    }
}

#[tokio::test]
async fn a_clock_that_is_off_is_named() {
    let program = start(&[]).await;
    let provider = MockServer::start().await;
    let old = ResponseTemplate::new(200).insert_header("date", "Sun, 06 Nov 1994 08:49:37 GMT");
    let answer = Mock::given(matchers::any()).respond_with(old);
    answer.mount(&provider).await;
    let report = Report::beside(&program, &[("OAUTH_AUTH_SERVER", &provider.uri())]);
    report.fails("clock", "seconds ahead of the provider's");
    report.names("redirect_uri", "not measured");
}

#[tokio::test]
async fn a_certificate_that_expired_or_is_unknown_or_soon_expires_is_named() {
    let program = start(&[]).await;
    for (certificate, is_trusted, check, words) in [
        (Certificate::expired(), true, "provider", "has expired"),
        (
            Certificate::new(),
            false,
            "provider",
            "no root certificate of this machine",
        ),
        (
            Certificate::new(),
            true,
            "provider_certificate",
            "is valid for 0 days",
        ),
    ] {
        let front = Addresses::free();
        let lines = format!(
            "server {{ listen {} ssl; ssl_certificate {}; ssl_certificate_key {}; location / {{ return 204; }} }}",
            front.public,
            certificate.file(),
            certificate.key()
        );
        let _nginx = Nginx::serve(&front.public, &lines).await;
        let address = format!("https://{}", front.public);
        let other = Certificate::new();
        let trusted = if is_trusted { &certificate } else { &other };
        let changes = [
            ("OAUTH_AUTH_SERVER", address.as_str()),
            ("SSL_CERT_FILE", &trusted.file()),
        ];
        Report::beside(&program, &changes).names(check, words);
    }
}
