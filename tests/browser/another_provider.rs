//! The same program in front of a published OAuth2 server that we did not write
//! (`tests/third_party`): it signs in, refreshes with rotation, and revokes at the end.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use crate::kit::Browser;
use crate::program::{Addresses, Program, client};
use crate::steps::*;

/// The server, run by Node; ended with the value.
struct Provider {
    child: Child,
    base: String,
}

const CLIENT_ID: &str = "client_third_party";
const SECRET: &str = "secret_canary_third_party";

impl Provider {
    /// Starts it for one client with this redirect URI; access tokens live so many seconds.
    fn start(redirect_uri: &str, access_token_ttl: u32) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/third_party");
        let mut child = Command::new("node")
            .arg("provider.js")
            .current_dir(folder)
            .env("PORT", "0")
            .env("CLIENT_ID", CLIENT_ID)
            .env("CLIENT_SECRET", SECRET)
            .env("REDIRECT_URI", redirect_uri)
            .env("ACCESS_TOKEN_TTL", access_token_ttl.to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("Node is installed");
        let output = child.stdout.take().expect("its output is piped");
        let mut lines = BufReader::new(output).lines().map_while(Result::ok);
        let base = lines
            .by_ref()
            .find_map(|line| line.strip_prefix("listening ").map(str::to_owned))
            .expect("the provider starts: its packages come by `scripts/test third-party`");
        // Read on, so that it never stops at a full pipe.
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, base }
    }

    /// What happened to tokens, oldest first.
    async fn log(&self) -> Vec<Value> {
        let answer = client()
            .get(format!("{}/log", self.base))
            .send()
            .await
            .expect("it answers");
        answer.json().await.expect("it answers in JSON")
    }

    /// How many events are like this one.
    async fn count(&self, like: &Value) -> usize {
        self.log()
            .await
            .iter()
            .filter(|event| includes(event, like))
            .count()
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn includes(event: &Value, what: &Value) -> bool {
    what.as_object()
        .is_some_and(|wanted| wanted.iter().all(|(name, value)| event[name] == *value))
}

#[tokio::test]
async fn a_published_provider_signs_in_rotates_and_revokes() {
    let addresses = Addresses::free();
    let provider = Provider::start(&addresses.redirect_uri(), 3);
    let environment = [
        ("OAUTH_CLIENT_ID", CLIENT_ID),
        ("OAUTH_CLIENT_SECRET", SECRET),
        ("OAUTH_AUTH_SERVER", provider.base.as_str()),
        ("BFF_OAUTH__REVOCATION_PATH", "/api/oauth2/revoke"),
    ];
    let program = Program::start_at(&addresses, &environment)
        .await
        .expect("the program starts");
    let browser = Browser::start().await;
    browser.be_wide(390).await;
    browser.open(&program.url("/")).await;
    browser.click(LOGIN).await;
    browser.click("form[data-prompt=login] button").await;
    see_account(&browser).await;
    browser.read(BALANCE, "12.34").await;

    // Each turn shows the account; the token ends every three seconds, so soon it has been refreshed,
    // and then with the token that the first refresh gave.
    let refreshed = json!({ "grant_type": "refresh_token", "outcome": "ok", "rotated": true });
    while provider.count(&refreshed).await < 2 {
        browser.open(&program.url("/")).await;
        see_account(&browser).await;
        browser.read(BALANCE, "12.34").await;
    }
    assert_eq!(
        provider.count(&json!({ "event": "family_revoked" })).await,
        0
    );
    assert_eq!(
        provider.count(&json!({ "outcome": "invalid_grant" })).await,
        0
    );

    browser.click("form[action='/auth/logout'] button").await;
    browser.see(LOGIN).await;
    let revoked = json!({ "event": "revoked", "kind": "refresh_token" });
    assert!(
        provider.count(&revoked).await >= 1,
        "{:?}",
        provider.log().await
    );
    browser.finish().await;
}
