//! A provider that answers exactly as a test orders, and keeps every request.

use std::collections::BTreeMap;

use crate::support::*;
use serde_json::{Value, json};
use url::Url;
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

const TOKEN: &str = "/api/oauth2/token";
const USERINFO: &str = "/api/oauth2/userinfo";

/// The provider, and a program that is its client.
pub struct Scripted {
    server: MockServer,
    pub program: Program,
}

impl Scripted {
    /// No answer is sent yet.
    pub async fn start() -> Self {
        Self::start_with(&[("OAUTH_CLIENT_SECRET", "kT93hs-secret-of-the-script")]).await
    }

    /// As [`start`](Self::start), with this environment, which holds the client secret.
    pub async fn start_with(environment: &[(&str, &str)]) -> Self {
        let server = MockServer::start().await;
        let base = server.uri();
        let environment = [
            &[
                ("BFF_SANDBOX__ENABLED", "false"),
                ("OAUTH_AUTH_SERVER", &base),
                ("OAUTH_CLIENT_ID", "client_scripted"),
            ],
            environment,
        ];
        let program = BINARY.start_without_user(&environment.concat()).await;
        Self { server, program }
    }

    /// What the token endpoint answers from now on.
    pub async fn gives(&self, tokens: Value) {
        self.answers(
            "POST",
            TOKEN,
            ResponseTemplate::new(200).set_body_json(tokens),
        )
        .await;
    }

    /// The account is there from now on.
    pub async fn knows_the_account(&self) {
        let account = json!({ "id": 7, "username": "script", "balance_formatted": "1.00" });
        self.answers(
            "GET",
            USERINFO,
            ResponseTemplate::new(200).set_body_json(account),
        )
        .await;
    }

    /// What the provider answers at this path from now on.
    pub async fn answers(&self, with: &str, at: &str, answer: ResponseTemplate) {
        Mock::given(method(with))
            .and(path(at))
            .respond_with(answer)
            .mount(&self.server)
            .await;
    }

    /// Comes back with this code to a login that this browser began; with further parameters.
    pub async fn come_back(&self, browser: &Browser, code: &str, more: &[(&str, &str)]) -> Answer {
        let state = parameter(&browser.start("").await, "state");
        let mut callback = browser.origin.join("/oauth/callback").expect("an address");
        for (name, value) in [
            ("code", code),
            ("state", state.as_deref().unwrap_or_default()),
        ]
        .iter()
        .chain(more)
        {
            callback = with_parameter(&callback, name, Some(value));
        }
        browser.arrive(&callback).await
    }

    /// The requests to this path.
    pub async fn requests(&self, at: &str) -> Vec<Request> {
        let all = self.server.received_requests().await.unwrap_or_default();
        all.into_iter().filter(|one| one.url.path() == at).collect()
    }

    /// The forms that the token endpoint was sent.
    pub async fn forms(&self) -> Vec<BTreeMap<String, String>> {
        let requests = self.requests(TOKEN).await;
        let form = |one: &Request| {
            url::form_urlencoded::parse(&one.body)
                .into_owned()
                .collect()
        };
        requests.iter().map(form).collect()
    }

    /// The headers of the calls that carried an access token.
    pub async fn calls(&self) -> Vec<String> {
        let requests = self.requests(USERINFO).await;
        let bearer = |one: &Request| {
            let value = one.headers.get("authorization");
            value
                .and_then(|value| value.to_str().ok())
                .unwrap_or_default()
                .to_owned()
        };
        requests.iter().map(bearer).collect()
    }

    /// Where browsers are sent.
    pub fn base(&self) -> Url {
        Url::parse(&self.server.uri()).expect("an address")
    }
}
