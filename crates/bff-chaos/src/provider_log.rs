//! Everything that the provider logged during a run. It keeps only its last thousand calls itself, so they are fetched as they come.

use std::sync::{Arc, Mutex};

use bff_testing::SandboxControl;
use reqwest::Method;
use serde::Deserialize;
use serde_json::json;
use tokio::task::JoinHandle;

use super::clock::{Moment, now};

/// One call that the provider got.
#[derive(Clone, Debug, Deserialize)]
pub struct Event {
    pub id: u64,
    pub endpoint: String,
    pub outcome: String,
    pub reason: Option<String>,
    pub fault: Option<String>,
    pub user: Option<String>,
    pub request_id: Option<String>,
    /// When it was fetched: soon after it happened.
    #[serde(skip)]
    pub seen: Moment,
}

impl Event {
    /// Whether new tokens were given for a refresh token.
    pub fn is_granted_refresh(&self) -> bool {
        self.endpoint == "token.refresh" && self.outcome == "ok"
    }

    /// Whether a spent refresh token was shown.
    pub fn is_reuse(&self) -> bool {
        self.endpoint == "token.refresh" && self.reason.as_deref() == Some("reused")
    }
}

#[derive(Default)]
struct Fetched {
    events: Vec<Event>,
    /// How many were gone before they were fetched.
    missed: u64,
}

/// Fetches until it is dropped.
pub struct ProviderLog {
    provider: String,
    fetched: Arc<Mutex<Fetched>>,
    task: JoinHandle<()>,
}

impl ProviderLog {
    /// Of the provider at this address, from its next call on.
    pub fn follow(provider: String) -> Self {
        let fetched = Arc::<Mutex<Fetched>>::default();
        let (base, into) = (provider.clone(), Arc::clone(&fetched));
        let task = tokio::spawn(async move {
            loop {
                fetch(&base, &into, 1_000).await;
            }
        });
        Self {
            provider,
            fetched,
            task,
        }
    }

    /// All of it, and how many calls are missing.
    pub async fn end(self) -> (Vec<Event>, u64) {
        self.task.abort();
        fetch(&self.provider, &self.fetched, 0).await;
        let mut fetched = self.fetched.lock().expect("no task panics with it");
        let fetched = std::mem::take(&mut *fetched);
        (fetched.events, fetched.missed)
    }
}

impl Drop for ProviderLog {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn fetch(provider: &str, into: &Mutex<Fetched>, wait_ms: u64) {
    let last = |fetched: &Fetched| fetched.events.last().map_or(0, |event| event.id);
    let after = last(&into.lock().expect("no task panics with it"));
    let path = format!("log?after={after}&wait_ms={wait_ms}");
    let mut log = SandboxControl::new(provider)
        .ask(Method::GET, &path, json!(null))
        .await;
    let events: Vec<Event> = serde_json::from_value(log["events"].take()).expect("events");
    let seen = now();
    let mut fetched = into.lock().expect("no task panics with it");
    for event in events {
        let before = last(&fetched);
        if event.id > before {
            fetched.missed += event.id - before - 1;
            fetched.events.push(Event { seen, ..event });
        }
    }
}
