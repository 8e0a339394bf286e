//! No secret leaves the program except where it must: logins, refreshes, faults and errors, with the finest log level and a provider that repeats
//! what it gets; then every byte is searched.

pub mod search;
mod transcript;

use std::collections::BTreeSet;

use oauth_sandbox::Sandbox;
use serde_json::{Value, json};

use self::search::search;
use self::transcript::Transcript;
use crate::support::provider::{CLIENT_SECRET, Recorder, behind_a_recorder, browser};
use crate::support::*;

/// One program with its provider, one person's browser, and what was seen of them.
pub struct Life {
    _provider: Sandbox,
    recorder: Recorder,
    pub program: Program,
    person: Browser,
    pub seen: Transcript,
}

impl Life {
    pub async fn begin() -> Self {
        let (provider, recorder, program) = behind_a_recorder(BINARY).await;
        let person = browser(&program);
        let mut seen = Transcript::default();
        seen.sign_in(&person).await;
        Self {
            _provider: provider,
            recorder,
            program,
            person,
            seen,
        }
    }

    pub fn tokens(&self) -> BTreeSet<String> {
        let openings = ["\"access_token\":\"", "\"refresh_token\":\""];
        let mut tokens = self.recorder.values(&openings);
        tokens.retain(|token| token.len() > 20);
        tokens
    }

    async fn order(&self, fault: Value) {
        self.program
            .sandbox
            .ask(reqwest::Method::POST, "faults", fault)
            .await;
    }

    /// Every route, signed in.
    async fn look_around(&mut self) {
        for path in [
            "/api/session",
            "/api/user/info",
            "/api/sessions",
            "/api/oauth/userinfo",
        ] {
            self.seen.fetch(&self.person, "GET", path).await;
        }
        self.seen
            .fetch(&self.person, "POST", "/api/user/refresh")
            .await;
        for path in ["/", "/?lang=ja", "/nowhere"] {
            self.seen.open(&self.person, path).await;
        }
    }

    /// A refresh, and calls and refreshes that fail while the provider repeats what it was sent.
    async fn meet_faults(&mut self) {
        self.program.expire_tokens("demo").await;
        let answer = self.seen.fetch(&self.person, "GET", "/api/user/info").await;
        assert_eq!(answer.status, 200);
        for (endpoint, fault) in [
            ("userinfo", "oauth_error_503"),
            ("userinfo", "success_false_200"),
            ("userinfo", "error_object_400"),
            ("userinfo", "html_200"),
            ("userinfo", "message_error_200"),
            ("userinfo", "error_object_200_auth"),
            ("token.refresh", "oauth_error_503"),
            ("token.refresh", "error_object_500"),
            ("token.refresh", "html_502"),
            ("token.refresh", "success_false_200"),
        ] {
            self.meet_fault(endpoint, fault, "/api/user/info", "/")
                .await;
        }
        assert!(self.person.is_signed_in().await);
    }

    /// Calls this route and opens this page while an endpoint of the provider fails and repeats what it was sent.
    pub async fn meet_fault(&mut self, endpoint: &str, fault: &str, route: &str, page: &str) {
        let repeated = Vec::from_iter(self.tokens());
        let message = format!("busy: {} {CLIENT_SECRET}", repeated.join(" "));
        let fault = json!({ "endpoint": endpoint, "fault": fault, "message": message, "error": repeated[0], "times": null });
        self.order(fault).await;
        if endpoint == "token.refresh" {
            self.program.expire_tokens("demo").await;
        }
        self.seen.fetch(&self.person, "GET", route).await;
        self.seen.open(&self.person, page).await;
        self.program.mend().await;
    }

    /// Logins that fail while the provider repeats the code; the same answer again; answers without a login.
    async fn fail_to_sign_in(&mut self) {
        for fault in [
            "oauth_error_400",
            "error_object_500",
            "success_false_code_401",
            "html_502",
            "truncated_json",
            "wrong_types",
        ] {
            let callback = self.seen.come_back(&self.person, "?display=popup").await;
            let code = parameter(&callback, "code").unwrap_or_default();
            let message = format!("{code} code={code} client_secret={CLIENT_SECRET}");
            self.order(json!({ "endpoint": "token", "fault": fault, "message": message }))
                .await;
            for browser in [&self.person, &self.person, &browser(&self.program)] {
                self.seen.arrive(browser, &callback).await;
            }
            self.program.mend().await;
        }
        for query in [
            "error=access_denied",
            "error=x&error_description=y",
            "code=&state=",
        ] {
            let path = format!("/oauth/callback?{query}");
            self.seen.open(&self.person, &path).await;
        }
    }

    /// A front end that finishes the login itself, wrongly and rightly, and secrets where they do not belong.
    async fn use_a_front_end(&mut self) {
        let callback = self.seen.come_back(&self.person, "").await;
        let body =
            json!({ "code": parameter(&callback, "code"), "state": parameter(&callback, "state") });
        for body in [format!("{body}x"), body.to_string(), body.to_string()] {
            let request = fetch("POST", "/api/oauth/exchange-token")
                .header("Content-Type", "application/json")
                .body(body);
            let answer = self.person.send(request, Initiator::SameOrigin).await;
            self.seen.note(&answer);
        }
        let id = self
            .seen
            .sessions
            .iter()
            .next()
            .cloned()
            .unwrap_or_default();
        for path in [
            format!("/{id}"),
            format!("/api/sessions/{id}"),
            format!("/api/user/info?session={id}"),
            format!("/?error={id}"),
            format!("/static/{id}"),
            format!("/auth/oauth/start?return_to=/{id}"),
        ] {
            self.seen.fetch(&self.person, "GET", &path).await;
        }
    }

    /// Replaced, signed out, used once more, ended by the provider.
    async fn come_to_an_end(&mut self) {
        let before = self.person.copy();
        self.seen.sign_in(&self.person).await;
        self.seen.fetch(&before, "GET", "/api/user/info").await;
        let copy = self.person.copy();
        self.seen.fetch(&self.person, "POST", "/auth/logout").await;
        self.seen.fetch(&copy, "GET", "/api/user/info").await;
        self.seen.sign_in(&self.person).await;
        self.program
            .sandbox
            .ask(reqwest::Method::POST, "users/demo/revoke", json!({}))
            .await;
        self.seen.fetch(&self.person, "GET", "/api/user/info").await;
        self.seen.open(&self.person, "/").await;
        self.program
            .wait_for(json!({ "endpoint": "revoke", "outcome": "ok" }))
            .await;
    }

    /// All secrets that passed; it fails when they were not seen.
    fn secrets(&self) -> BTreeSet<String> {
        let mut secrets = self.tokens();
        assert!(secrets.len() >= 8, "tokens: {}", secrets.len());
        let verifiers = self.recorder.values(&["code_verifier="]);
        assert!(verifiers.len() >= 3, "verifiers: {}", verifiers.len());
        assert!(verifiers.iter().all(|verifier| verifier.len() >= 43));
        for (what, seen) in [
            ("states", &self.seen.states),
            ("codes", &self.seen.codes),
            ("sessions", &self.seen.sessions),
        ] {
            assert!(seen.len() >= 4, "{what}: {}", seen.len());
            secrets.extend(seen.clone());
        }
        secrets.extend(verifiers);
        secrets.insert(CLIENT_SECRET.to_owned());
        secrets
    }
}

/// Covers: ASVS-10.1.1, RFC6749-10.1-1, ASVS-3.3.4, RFC7636-4.1-1, ASVS-16.2.5
#[tokio::test]
async fn no_secret_is_in_any_answer_or_log_line_even_when_the_provider_repeats_it() {
    let mut life = Box::pin(Life::begin()).await;
    Box::pin(life.look_around()).await;
    Box::pin(life.meet_faults()).await;
    Box::pin(life.fail_to_sign_in()).await;
    Box::pin(life.use_a_front_end()).await;
    Box::pin(life.come_to_an_end()).await;

    let secrets = life.secrets();
    for shown in &life.seen.shown {
        search("an answer", shown, &secrets);
    }
    let log = life.program.log();
    assert!(log.contains("\"level\":\"TRACE\""), "the finest level");
    search("the log", &log, &secrets);
    let audit_log = life.program.folder.path().join("audit.jsonl");
    let audit_log = std::fs::read_to_string(audit_log).unwrap();
    assert!(audit_log.lines().count() > 20, "{audit_log}");
    search("the audit log", &audit_log, &secrets);
    for arguments in [&["config"][..], &["sessions", "list"]] {
        let output = life.program.run(arguments, "");
        let told = [output.stdout, output.stderr].concat();
        search(arguments[0], &String::from_utf8_lossy(&told), &secrets);
    }
    for entry in std::fs::read_dir(life.program.folder.path().join("data")).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read(&path).unwrap();
        let place = path.display().to_string();
        search(&place, &String::from_utf8_lossy(&text), &secrets);
    }
}
