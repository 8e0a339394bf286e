//! The control API of a sandbox provider: its accounts, faults, counters and log.

use reqwest::Method;
use serde_json::{Value, json};

use crate::launch::client;

/// Controls a running sandbox provider.
#[derive(Clone, Debug)]
pub struct SandboxControl {
    /// The sandbox's origin, without a slash at the end.
    pub base: String,
}

impl SandboxControl {
    /// Returns the control of the sandbox at this origin.
    pub fn new(base: impl Into<String>) -> Self {
        Self { base: base.into() }
    }

    /// Calls the control API, such as `PATCH settings`. Returns the JSON of the answer, `null` when it has none.
    pub async fn ask(&self, method: Method, path: &str, body: Value) -> Value {
        let url = format!("{}/sandbox/api/{path}", self.base);
        let answer = client().request(method, url).json(&body).send().await;
        let answer = answer.expect("the sandbox answers");
        let status = answer.status();
        let text = answer.text().await.unwrap_or_default();
        assert!(status.is_success(), "{path}: {status} {text}");
        serde_json::from_str(&text).unwrap_or_default()
    }

    /// Changes settings.
    pub async fn set(&self, settings: Value) {
        self.ask(Method::PATCH, "settings", settings).await;
    }

    /// Signs every browser in at the sandbox with this account from now on. Creates the account when it does not exist.
    pub async fn sign_in_as(&self, name: &str) {
        if name != "demo" {
            let form = client()
                .post(format!("{}/sandbox/sign-in", self.base))
                .form(&[("name", name), ("password", "x")]);
            let answer = form.send().await.expect("the sandbox answers");
            assert!(answer.status().is_success());
        }
        self.set(json!({ "signed_in_as": name })).await;
    }

    /// Answers this call of the provider's API with this status and JSON from now on, such as `("GET", "/v1/models", 200, json!({ "data": [] }))`.
    /// The path has no query, because the sandbox ignores the query of a call. A call without a valid access token is answered with 401.
    pub async fn answer(&self, method: &str, path: &str, status: u16, body: Value) {
        let answer = json!({ "method": method, "path": path, "status": status, "body": body });
        self.ask(Method::PUT, "answers", answer).await;
    }

    /// Returns the JSON that the app has sent in each call of this path of the provider's API since the log was emptied, the oldest first: `null` for
    /// a call without JSON.
    pub async fn api_calls(&self, path: &str) -> Vec<Value> {
        let log = self.ask(Method::GET, "log", Value::Null).await;
        let events = log["events"].as_array().into_iter().flatten();
        events
            .filter(|event| event["path"] == path)
            .map(|event| event["body"].clone())
            .collect()
    }

    /// Makes every call of this endpoint fail in this way from now on.
    pub async fn break_always(&self, endpoint: &str, fault: &str) {
        let order = json!({ "endpoint": endpoint, "fault": fault, "times": null });
        self.ask(Method::POST, "faults", order).await;
    }

    /// Makes the next call of this endpoint fail in this way.
    pub async fn break_once(&self, endpoint: &str, fault: &str) {
        let order = json!({ "endpoint": endpoint, "fault": fault });
        self.ask(Method::POST, "faults", order).await;
    }

    /// Removes all faults, and releases the calls that are held.
    pub async fn mend(&self) {
        self.ask(Method::DELETE, "faults", Value::Null).await;
    }

    /// Lets every access token of this account expire now.
    pub async fn expire_tokens(&self, name: &str) {
        self.ask(Method::POST, &format!("users/{name}/expire"), json!({}))
            .await;
    }

    /// Returns a counter of the sandbox.
    pub async fn count(&self, counter: &str) -> u64 {
        let log = self
            .ask(Method::GET, "log?after=18446744073709551615", Value::Null)
            .await;
        log["counters"][counter]
            .as_u64()
            .unwrap_or_else(|| panic!("no counter {counter}"))
    }

    /// Sets all counters to zero, and empties the log.
    pub async fn forget_counts(&self) {
        self.ask(Method::DELETE, "log", Value::Null).await;
    }

    /// Waits until the sandbox has logged an event with all these members.
    pub async fn wait_for(&self, wanted: Value) {
        self.wait_for_times(wanted, 1).await;
    }

    /// Waits until the sandbox has logged this number of such events since its log was emptied.
    pub async fn wait_for_times(&self, wanted: Value, times: usize) {
        let wanted = wanted.as_object().expect("an object");
        let (mut after, mut seen) = (0, 0);
        for _ in 0..100 {
            let path = format!("log?after={after}&wait_ms=10000");
            let log = self.ask(Method::GET, &path, Value::Null).await;
            let events = log["events"].as_array().expect("events").clone();
            assert!(!events.is_empty(), "{wanted:?} did not happen: {log}");
            for event in events {
                if wanted.iter().all(|(name, value)| event[name] == *value) {
                    seen += 1;
                    if seen == times {
                        return;
                    }
                }
                after = event["id"].as_u64().expect("an id");
            }
        }
        panic!("{wanted:?} did not happen");
    }
}
