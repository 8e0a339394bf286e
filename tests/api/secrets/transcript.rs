//! Everything that browsers received in a run of one program, and their secrets.

use std::collections::BTreeSet;

use url::Url;

use crate::support::*;

/// What went to browsers, without the two places where a secret of theirs belongs: the cookie itself, and the state in
/// the address of the provider.
#[derive(Default)]
pub struct Transcript {
    pub shown: Vec<String>,
    pub states: BTreeSet<String>,
    pub codes: BTreeSet<String>,
    pub sessions: BTreeSet<String>,
}

impl Transcript {
    pub fn note(&mut self, answer: &Answer) {
        let is_start = answer
            .header("location")
            .is_some_and(|location| location.contains("/api/oauth2/authorize?"));
        let mut text: String = answer
            .headers
            .iter()
            .filter(|(name, _)| name != "set-cookie" && !(is_start && name == "location"))
            .map(|(name, value)| format!("{name}: {value}\n"))
            .collect();
        text += &answer.text();
        self.shown.push(text);
        for line in answer.set_cookie("session") {
            let value = line.split(';').next().unwrap_or_default();
            let id = value.split_once('=').map_or("", |(_, id)| id);
            if !id.is_empty() {
                self.sessions.insert(id.to_owned());
            }
        }
    }

    pub async fn fetch(&mut self, browser: &Browser, method: &str, path: &str) -> Answer {
        let answer = browser.fetch(method, path).await;
        self.note(&answer);
        answer
    }

    pub async fn open(&mut self, browser: &Browser, path: &str) {
        let answer = browser.open(path).await;
        self.note(&answer);
    }

    /// To the provider and back, not yet finished.
    pub async fn come_back(&mut self, browser: &Browser, query: &str) -> Url {
        let answer = browser.click(&format!("/auth/oauth/start{query}")).await;
        self.note(&answer);
        let callback = approve(&Url::parse(answer.location()).expect("an address")).await;
        self.states.extend(parameter(&callback, "state"));
        self.codes.extend(parameter(&callback, "code"));
        callback
    }

    pub async fn arrive(&mut self, browser: &Browser, callback: &Url) {
        let answer = browser.arrive(callback).await;
        self.note(&answer);
    }

    pub async fn sign_in(&mut self, browser: &Browser) {
        let callback = self.come_back(browser, "").await;
        self.arrive(browser, &callback).await;
        assert!(browser.is_signed_in().await);
    }
}
