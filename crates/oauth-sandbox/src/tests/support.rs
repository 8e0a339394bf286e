//! What the tests share: a running sandbox with one app, and a small client for it.

use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode, redirect};
use secrecy::SecretString;
use serde_json::{Value, json};
use url::Url;

use crate::{Sandbox, SandboxClient, SandboxSettings, start};

pub(super) const CLIENT_ID: &str = "client_test";
pub(super) const SECRET: &str = "secret&of=test";
pub(super) const REDIRECT_URI: &str = "http://127.0.0.1:9/oauth/callback?fixed=1";
pub(super) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub(super) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// Settings with the app of the tests.
pub(super) fn settings() -> SandboxSettings {
    SandboxSettings {
        listen: "127.0.0.1:0".parse().unwrap(),
        clients: vec![SandboxClient {
            client_id: CLIENT_ID.into(),
            client_secret: SecretString::from(SECRET),
            redirect_uri: REDIRECT_URI.into(),
            name: "Test <App>".into(),
        }],
        state_file: None,
        answers: None,
        developer_token: None,
    }
}

/// A sandbox and a client that follows no redirects.
pub(super) struct Bench {
    pub(super) sandbox: Sandbox,
    pub(super) client: Client,
}

/// An answer taken apart.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) json: Value,
}

impl Bench {
    pub(super) async fn new() -> Self {
        Self::with(settings()).await
    }

    pub(super) async fn with(settings: SandboxSettings) -> Self {
        Self {
            sandbox: start(settings).await.unwrap(),
            #[expect(
                clippy::disallowed_methods,
                reason = "another program's client: it keeps no connection, so that dropped ones show"
            )]
            client: Client::builder()
                .redirect(redirect::Policy::none())
                .pool_max_idle_per_host(0)
                .build()
                .unwrap(),
        }
    }

    /// A bench whose browsers are all signed in as `demo`.
    pub(super) async fn signed_in() -> Self {
        let bench = Self::new().await;
        bench.set(json!({"signed_in_as": "demo"})).await;
        bench
    }

    pub(super) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let url = format!("{}{path}", self.sandbox.base_url());
        self.client.request(method, url)
    }

    pub(super) fn get(&self, path: &str) -> RequestBuilder {
        self.request(Method::GET, path)
    }

    pub(super) fn post(&self, path: &str) -> RequestBuilder {
        self.request(Method::POST, path)
    }

    /// Patches the knobs.
    pub(super) async fn set(&self, knobs: Value) {
        let patch = self
            .request(Method::PATCH, "/sandbox/api/settings")
            .json(&knobs);
        assert_eq!(patch.send().await.unwrap().status(), StatusCode::OK);
    }

    /// Sets a fault and gives its id.
    pub(super) async fn fault(&self, order: Value) -> u64 {
        let answer = answer(self.post("/sandbox/api/faults").json(&order)).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.json);
        answer.json["id"].as_u64().unwrap()
    }

    pub(super) async fn clear_faults(&self) {
        let delete = self.request(Method::DELETE, "/sandbox/api/faults");
        assert_eq!(
            delete.send().await.unwrap().status(),
            StatusCode::NO_CONTENT
        );
    }

    /// The log's events and counters.
    pub(super) async fn log(&self) -> Value {
        answer(self.get("/sandbox/api/log")).await.json
    }

    /// Waits until the log has an event after `after`.
    pub(super) async fn next_event(&self, after: u64) -> Value {
        let path = format!("/sandbox/api/log?after={after}&wait_ms=30000");
        answer(self.get(&path)).await.json["events"][0].clone()
    }

    pub(super) async fn authorize(&self, change: &[(&str, &str)]) -> Response {
        self.get(&authorize_path(change)).send().await.unwrap()
    }

    /// A code for `demo`, through `signed_in_as`.
    pub(super) async fn code(&self) -> String {
        query_value(&location(&self.authorize(&[]).await), "code").unwrap()
    }

    pub(super) async fn token(&self, form: &[(&str, &str)]) -> Answer {
        answer(self.token_request(form)).await
    }

    pub(super) fn token_request(&self, form: &[(&str, &str)]) -> RequestBuilder {
        let client = [("client_id", CLIENT_ID), ("client_secret", SECRET)];
        self.post("/api/oauth2/token")
            .form(&[&client[..], form].concat())
    }

    pub(super) async fn exchange(&self, code: &str) -> Answer {
        self.token(&[
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", REDIRECT_URI),
            ("code_verifier", VERIFIER),
        ])
        .await
    }

    pub(super) async fn refresh(&self, token: &str) -> Answer {
        self.token(&refresh_form(token)).await
    }

    /// Tokens for `demo`.
    pub(super) async fn tokens(&self) -> (String, String) {
        let answer = self.exchange(&self.code().await).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.json);
        (
            text(&answer.json, "access_token"),
            text(&answer.json, "refresh_token"),
        )
    }

    pub(super) async fn userinfo(&self, token: &str) -> Answer {
        answer(self.get("/api/oauth2/userinfo").bearer_auth(token)).await
    }

    /// Signs a browser in and gives the cookie to send.
    pub(super) async fn sign_in(&self, name: &str, password: &str) -> Option<String> {
        let form = [("name", name), ("password", password)];
        let response = self
            .post("/sandbox/sign-in")
            .form(&form)
            .send()
            .await
            .unwrap();
        cookie(&response)
    }

    pub(super) async fn authorize_as(&self, cookie: &str, change: &[(&str, &str)]) -> Response {
        let request = self.get(&authorize_path(change)).header(COOKIE, cookie);
        request.send().await.unwrap()
    }
}

pub(super) fn refresh_form(token: &str) -> [(&str, &str); 2] {
    [("grant_type", "refresh_token"), ("refresh_token", token)]
}

/// A good authorization request; pairs in `change` take the place of its own, empty ones remove them.
pub(super) fn authorize_path(change: &[(&str, &str)]) -> String {
    let good = [
        ("client_id", CLIENT_ID),
        ("redirect_uri", REDIRECT_URI),
        ("response_type", "code"),
        ("scope", "profile balance"),
        ("state", "the state & more"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
        ("auto_authorize", "true"),
    ];
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in good {
        if !change.iter().any(|(changed, _)| *changed == name) {
            query.append_pair(name, value);
        }
    }
    for (name, value) in change.iter().filter(|(_, value)| !value.is_empty()) {
        query.append_pair(name, value);
    }
    format!("/api/oauth2/authorize?{}", query.finish())
}

pub(super) async fn answer(request: RequestBuilder) -> Answer {
    let response = request.send().await.unwrap();
    Answer {
        status: response.status(),
        json: serde_json::from_slice(&response.bytes().await.unwrap()).unwrap_or_default(),
    }
}

/// Where a 303 leads.
pub(super) fn location(response: &Response) -> Url {
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
    Url::parse(response.headers()[LOCATION].to_str().unwrap()).unwrap()
}

pub(super) fn query_value(url: &Url, name: &str) -> Option<String> {
    url.query_pairs()
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
}

/// The cookie that a response sets, as it is sent back.
pub(super) fn cookie(response: &Response) -> Option<String> {
    let set = response.headers().get(SET_COOKIE)?.to_str().unwrap();
    set.split(';').next().map(str::to_owned)
}

pub(super) fn text(json: &Value, name: &str) -> String {
    json[name].as_str().unwrap_or_default().to_owned()
}
