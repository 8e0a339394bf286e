//! The redirect URI is sent exactly as configured, because providers compare it as a string (RFC 6749 §3.1.2.3, RFC 9700 §2.1).

use url::Url;

use crate::support::*;

/// Spellings that a URL parser rewrites, with `{port}` for the port of the program.
const SPELLINGS: [&str; 14] = [
    "http://LocalHost:{port}/oauth/callback",
    "HTTP://127.0.0.1:{port}/oauth/callback",
    "http://127.1:{port}/oauth/callback",
    "http://[0:0:0:0:0:0:0:1]:80/oauth/callback",
    "http://127.0.0.1:80/oauth/callback",
    "https://app.test:443/oauth/callback",
    "HTTPS://App.Test:0443/oauth/callback",
    "https://應用.test/oauth/callback",
    "https://app.test/oauth/./callback",
    "https://app.test/x/../oauth/callback",
    "https://app.test/oauth/%63allback",
    "https://app.test/oauth/callback.html?Tenant=%7e|é'",
    "https://app.test/oauth/callback?",
    "  https://APP.test/oauth/callback \n",
];

/// Covers: RFC6749-3.1.2-1, RFC6749-3.2-1
#[tokio::test]
async fn it_is_sent_to_both_endpoints_as_it_was_registered() {
    for spelling in SPELLINGS {
        // The sandbox compares with the registered text, at the authorization and at the token endpoint.
        let mut program = BINARY.start().await;
        let (_, port) = program.addresses.public.rsplit_once(':').expect("a port");
        let configured = spelling.replace("{port}", port);
        program.stop();
        program
            .start_again(&[("OAUTH_REDIRECT_URI", configured.as_str())])
            .await;
        program.sign_in_as("demo").await;
        let written = configured.trim();
        let origin = Url::parse(written).expect("a URL").origin();
        let browser = Browser::new(&origin.ascii_serialization(), &program.addresses.public);

        // The app's own address, as the configuration spells it.
        let own = written.split("/oauth").next().unwrap_or_default();
        let own = own
            .trim_end_matches("/x/..")
            .replace('應', "%E6%87%89")
            .replace('用', "%E7%94%A8");
        let authorize = browser.start(&format!("?return_to={own}/orders")).await;
        let sent = parameter(&authorize, "redirect_uri");
        assert_eq!(sent.as_deref(), Some(written), "{spelling}");
        let callback = approve(&authorize).await;
        let answer = browser.arrive(&callback).await;
        assert_eq!(answer.location(), "/orders?login=success", "{spelling}");
        assert!(browser.is_signed_in().await, "{spelling}");
    }
}

#[tokio::test]
async fn a_default_port_that_is_written_out_is_no_other_origin() {
    let mut program = BINARY.start().await;
    program.stop();
    program
        .start_again(&[("OAUTH_REDIRECT_URI", "http://127.0.0.1:80/oauth/callback")])
        .await;
    for host in ["localhost", "localhost:80", "[::1]"] {
        let request = navigation("GET", "/orders?id=1", Initiator::Typed);
        let answer = send(&program.addresses.public, host, &request).await;
        assert_eq!(answer.status, 303, "{host}");
        assert_eq!(answer.location(), "http://127.0.0.1/orders?id=1", "{host}");
    }
    // A script of our own page says its origin without the port.
    let request = Request::new("POST", "/auth/logout").header("Origin", "http://127.0.0.1");
    let answer = program.browser().send_bare(request).await;
    assert_eq!(answer.status, 204);
}
