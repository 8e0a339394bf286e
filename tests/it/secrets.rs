//! No secret leaves the program but where it must: a life of logins, refreshes, faults and errors, with the log at its
//! finest level and a provider that repeats what it is told; then every byte is searched.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};
use url::Url;

use crate::support::provider::{CLIENT_SECRET, behind_a_recorder, browser};
use crate::support::*;

/// What went to browsers, without the two places where a secret of theirs belongs: the cookie itself, and the state in
/// the address of the provider.
#[derive(Default)]
struct Transcript {
    shown: Vec<String>,
    states: BTreeSet<String>,
    codes: BTreeSet<String>,
    sessions: BTreeSet<String>,
}

impl Transcript {
    fn note(&mut self, answer: &Answer) {
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
            let value = value.split_once('=').map_or("", |(_, value)| value);
            // A signature stands before the id.
            let id = value.rsplit("%3D").next().unwrap_or_default();
            if !id.is_empty() {
                self.sessions.insert(id.to_owned());
            }
        }
    }

    async fn fetch(&mut self, browser: &Browser, method: &str, path: &str) -> Answer {
        let answer = browser.fetch(method, path).await;
        self.note(&answer);
        answer
    }

    async fn open(&mut self, browser: &Browser, path: &str) {
        let answer = browser.open(path).await;
        self.note(&answer);
    }

    /// To the provider and back, not yet finished.
    async fn come_back(&mut self, browser: &Browser, query: &str) -> Url {
        let answer = browser.click(&format!("/auth/oauth/start{query}")).await;
        self.note(&answer);
        let callback = approve(&Url::parse(answer.location()).expect("an address")).await;
        self.states.extend(parameter(&callback, "state"));
        self.codes.extend(parameter(&callback, "code"));
        callback
    }

    async fn arrive(&mut self, browser: &Browser, callback: &Url) {
        let answer = browser.arrive(callback).await;
        self.note(&answer);
    }

    async fn sign_in(&mut self, browser: &Browser) {
        let callback = self.come_back(browser, "").await;
        self.arrive(browser, &callback).await;
        assert!(browser.is_signed_in().await);
    }
}

/// A secret as it is, and as it may be written: percent-coded, in hexadecimal, inside of some longer base64.
fn forms(secret: &str) -> Vec<String> {
    let mut forms = vec![
        secret.to_owned(),
        utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string(),
        secret.bytes().map(|byte| format!("{byte:02x}")).collect(),
    ];
    for before in 0..3 {
        let coded = STANDARD.encode([&b"xxx"[..before], secret.as_bytes()].concat());
        // The ends depend on the neighbours.
        forms.push(coded[4..coded.len() - 4].to_owned());
    }
    forms
}

fn search(place: &str, text: &str, secrets: &BTreeSet<String>) {
    for secret in secrets {
        for form in forms(secret) {
            let found = text.find(&form).map(|at| {
                let from = text[..at]
                    .char_indices()
                    .rev()
                    .nth(300)
                    .map_or(0, |(at, _)| at);
                text[from..at].to_owned()
            });
            assert!(
                found.is_none(),
                "{place} holds {form}, after: {}",
                found.unwrap_or_default()
            );
        }
    }
}

#[tokio::test]
async fn no_secret_is_in_any_answer_or_log_line_even_when_the_provider_repeats_it() {
    let (_provider, recorder, program) = behind_a_recorder().await;
    let mut life = Transcript::default();
    let tokens = || recorder.values(&["\"access_token\":\"", "\"refresh_token\":\""]);
    let person = browser(&program);
    life.sign_in(&person).await;

    // Every route, signed in.
    for path in [
        "/api/session",
        "/api/user/info",
        "/api/user/topup",
        "/api/sessions",
        "/api/oauth/userinfo",
    ] {
        life.fetch(&person, "GET", path).await;
    }
    life.fetch(&person, "POST", "/api/user/refresh").await;
    for path in ["/", "/?lang=ja", "/topup", "/nowhere"] {
        life.open(&person, path).await;
    }

    // A refresh, and refreshes that fail while the provider repeats what it was sent.
    program.expire_tokens("demo").await;
    assert_eq!(
        life.fetch(&person, "GET", "/api/user/info").await.status,
        200
    );
    for (endpoint, fault) in [
        ("userinfo", "oauth_error_503"),
        ("userinfo", "success_false_200"),
        ("userinfo", "error_object_400"),
        ("userinfo", "html_200"),
        ("userinfo", "message_error_200"),
        ("userinfo", "error_object_200_auth"),
        ("topup", "error_object_403"),
        ("token.refresh", "oauth_error_503"),
        ("token.refresh", "error_object_500"),
        ("token.refresh", "html_502"),
        ("token.refresh", "success_false_200"),
    ] {
        let repeated: Vec<String> = tokens()
            .into_iter()
            .chain([CLIENT_SECRET.to_owned()])
            .collect();
        let message = format!(
            "this will not do: {} (Bearer {})",
            repeated.join(" "),
            repeated[0]
        );
        let order = json!({ "endpoint": endpoint, "fault": fault, "message": message, "error": repeated[0], "times": null });
        program
            .sandbox(reqwest::Method::POST, "faults", order)
            .await;
        if endpoint == "token.refresh" {
            program.expire_tokens("demo").await;
        }
        life.fetch(&person, "GET", "/api/user/info").await;
        life.fetch(&person, "GET", "/api/user/topup").await;
        life.open(&person, "/").await;
        program.mend().await;
    }
    assert!(person.is_signed_in().await);

    // Logins that fail while the provider repeats the code; the same answer again; answers of nobody.
    for fault in [
        "oauth_error_400",
        "error_object_500",
        "success_false_code_401",
        "html_502",
        "truncated_json",
        "wrong_types",
    ] {
        let callback = life.come_back(&person, "?display=popup").await;
        let code = parameter(&callback, "code").unwrap();
        let order = json!({ "endpoint": "token", "fault": fault, "message": format!("{code} code={code} client_secret={CLIENT_SECRET}") });
        program
            .sandbox(reqwest::Method::POST, "faults", order)
            .await;
        life.arrive(&person, &callback).await;
        life.arrive(&person, &callback).await;
        life.arrive(&browser(&program), &callback).await;
        program.mend().await;
    }
    for query in [
        "error=access_denied",
        "error=x&error_description=y",
        "code=&state=",
    ] {
        life.open(&person, &format!("/oauth/callback?{query}"))
            .await;
    }

    // A front end that finishes the login itself, with the answer in a body, rightly and wrongly.
    let front_end = browser(&program);
    let callback = life.come_back(&front_end, "").await;
    let body: Value =
        json!({ "code": parameter(&callback, "code"), "state": parameter(&callback, "state") });
    for body in [format!("{body}x"), body.to_string(), body.to_string()] {
        let request = fetch("POST", "/api/oauth/exchange-token")
            .header("Content-Type", "application/json")
            .body(body);
        let answer = front_end.send(request, Initiator::SameOrigin).await;
        life.note(&answer);
    }

    // Secrets where they do not belong.
    let id = life.sessions.iter().next().cloned().unwrap();
    for path in [
        format!("/{id}"),
        format!("/api/sessions/{id}"),
        format!("/api/user/info?session={id}"),
        format!("/?error={id}"),
        format!("/static/{id}"),
        format!("/auth/oauth/start?return_to=/{id}"),
    ] {
        life.fetch(&front_end, "GET", &path).await;
    }

    // Replaced, signed out, used once more, ended by the provider.
    let before = person.copy();
    life.sign_in(&person).await;
    life.fetch(&before, "GET", "/api/user/info").await;
    let copy = person.copy();
    life.fetch(&person, "POST", "/auth/logout").await;
    life.fetch(&copy, "GET", "/api/user/info").await;
    program
        .sandbox(reqwest::Method::POST, "users/demo/revoke", json!({}))
        .await;
    life.fetch(&front_end, "GET", "/api/user/info").await;
    life.open(&front_end, "/").await;
    program
        .wait_for(json!({ "endpoint": "revoke", "outcome": "ok" }))
        .await;

    let mut secrets = tokens();
    secrets.retain(|secret| secret.len() > 20);
    assert!(secrets.len() >= 8, "tokens were seen: {}", secrets.len());
    let verifiers = recorder.values(&["code_verifier="]);
    assert!(
        verifiers.len() >= 3 && verifiers.iter().all(|verifier| verifier.len() >= 43),
        "verifiers were seen"
    );
    assert!(life.states.len() >= 9 && life.codes.len() >= 9 && life.sessions.len() >= 3);
    secrets.extend(verifiers);
    secrets.extend(life.states.clone());
    secrets.extend(life.codes.clone());
    secrets.extend(life.sessions.clone());
    secrets.insert(CLIENT_SECRET.to_owned());

    for shown in &life.shown {
        // Only what a browser brought itself may stand in an address that it is sent on to.
        search("an answer", shown, &secrets);
    }
    let log = program.log();
    assert!(log.contains("\"level\":\"TRACE\""), "the finest level");
    search("the log", &log, &secrets);
    for arguments in [&["config"][..], &["sessions", "list"]] {
        let output = program.run(arguments, "");
        search(
            arguments[0],
            &String::from_utf8_lossy(&[output.stdout, output.stderr].concat()),
            &secrets,
        );
    }
    let data = program.folder.path().join("data");
    for entry in std::fs::read_dir(data).unwrap() {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        search(
            &path.display().to_string(),
            &String::from_utf8_lossy(&bytes),
            &secrets,
        );
    }
}

#[test]
fn a_secret_is_found_in_every_form() {
    let secret = "refresh_AbCdEfGh-0123456789";
    let all = BTreeSet::from([secret.to_owned()]);
    for text in [
        format!("x{secret}y"),
        format!("t={}", utf8_percent_encode(secret, NON_ALPHANUMERIC)),
        STANDARD.encode(format!("id:{secret}")),
        STANDARD.encode(format!("a{secret}, and more")),
        STANDARD.encode(format!("ab{secret}")),
    ] {
        let found = std::panic::catch_unwind(|| search("the text", &text, &all));
        assert!(found.is_err(), "{text}");
    }
    search("the text", "nothing of the kind", &all);
}
