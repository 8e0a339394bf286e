//! The audit log: every security event is one line of the form that `docs/audit-events.md` describes, and no client can write a line into it.

mod places;

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use bff::audit::{EVENTS, Form, kind};
use serde_json::{Value, json};

use crate::configuration::keys::{FIRST, Mount, SECOND};
use crate::support::*;

const FILE: &str = "audit.jsonl";
const CLIENT_SECRET: &str = "kT93hs-first-secret";
const COMMON: [&str; 7] = [
    "audit",
    "time",
    "level",
    "event",
    "request_id",
    "client",
    "session",
];

/// With an audit log in a file, a log that shows nothing, and these variables.
async fn start_with(environment: &[(&str, &str)]) -> Program {
    let mut all = vec![
        ("BFF_LOG__AUDIT", "file:audit.jsonl"),
        ("BFF_LOG__FORMAT", "text"),
        ("RUST_LOG", "off"),
    ];
    all.extend(environment);
    BINARY.start_with(&all).await
}

fn text(program: &Program) -> String {
    std::fs::read_to_string(program.folder.path().join(FILE)).expect("an audit log")
}

/// Its lines, each held against the form of its event.
fn lines(program: &Program) -> Vec<Value> {
    text(program).lines().map(in_form).collect()
}

fn events(program: &Program, event: &str) -> Vec<Value> {
    let mut lines = lines(program);
    lines.retain(|line| line["event"] == event);
    lines
}

async fn wait_for(program: &Program, event: &str, times: usize) {
    for _ in 0..2_000 {
        if events(program, event).len() >= times {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("no {event}: {}", text(program));
}

/// The line as JSON, which holds the fields that are documented for its event, of the kinds that are documented, and no other.
fn in_form(line: &str) -> Value {
    let read: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    assert!(line.chars().all(|c| c.is_ascii_graphic() || c == ' '));
    let name = read["event"].as_str().expect("a name");
    let kind = kind(name).unwrap_or_else(|| panic!("{name} is not documented"));
    let documented: BTreeSet<&str> = COMMON
        .into_iter()
        .chain(kind.fields.iter().map(|field| field.name))
        .collect();
    let members = read.as_object().expect("an object").keys();
    let held: BTreeSet<&str> = members.map(String::as_str).collect();
    assert_eq!(held, documented, "{line}");
    assert_eq!(read["audit"], 1);
    assert_eq!(read["level"], kind.level, "{line}");
    let at = read["time"].as_str().expect("a time");
    let at = time::OffsetDateTime::parse(at, &time::format_description::well_known::Rfc3339);
    assert!(at.is_ok_and(|at| at.offset().is_utc()), "{line}");
    for of_request in ["request_id", "client"] {
        let value = &read[of_request];
        assert!(value.is_null() || value.is_string(), "{line}");
    }
    let session = &read["session"];
    assert_eq!(
        session.as_str().map(str::len),
        kind.has_session.then_some(22),
        "{line}"
    );
    for field in kind.fields {
        let value = &read[field.name];
        let fits = match field.form {
            Form::Text => value.is_string(),
            Form::MaybeText => value.is_null() || value.is_string(),
            Form::Number => value.is_u64(),
        };
        assert!(fits, "{}: {line}", field.name);
    }
    read
}

fn causes(program: &Program) -> Vec<String> {
    let cause = |line: &Value| line["cause"].as_str().expect("a cause").to_owned();
    events(program, "session_ended").iter().map(cause).collect()
}

/// Logins that succeed, fail, come twice, and lead elsewhere.
async fn sign_in_in_every_way(program: &Program) {
    let browser = program.browser();
    let callback = browser.come_back("").await;
    let copy = browser.copy();
    browser.arrive(&callback).await;
    copy.arrive(&callback).await;
    let callback = browser.come_back("?return_to=//evil.test/zq9mark").await;
    let refused = with_parameter(&callback, "code", None);
    let refused = with_parameter(&refused, "error", Some("access_denied"));
    browser.arrive(&refused).await;
    browser.open("/oauth/callback?code=a&state=zq9mark").await;
    let named = with_parameter(&browser.come_back("").await, "iss", Some("zq9mark"));
    browser.arrive(&named).await;
}

/// A session that its browser replaces, its owner ends from elsewhere, the operator ends, the person leaves.
async fn end_in_every_way(program: &Program) {
    let (browser, other) = (program.browser(), program.browser());
    browser.sign_in().await;
    browser.sign_in().await;
    other.sign_in().await;
    let listed = browser.fetch("GET", "/api/sessions").await.json();
    let of_other = listed.as_array().or(listed["sessions"].as_array());
    let of_other = of_other.expect("a list").iter();
    let id = of_other
        .filter(|session| session["current"] == false)
        .find_map(|session| session["id"].as_str())
        .expect("another session");
    let path = format!("/api/sessions/{id}");
    assert_eq!(browser.fetch("DELETE", &path).await.status, 204);
    browser.fetch("POST", "/auth/logout").await;
    other.sign_in().await;
    let revoked = program.run(&["sessions", "revoke", "--all"], "");
    assert!(revoked.status.success());
}

/// A refresh, one whose answer is lost so that the next one repeats a spent token, and a grant that is revoked.
async fn refresh_in_every_way(program: &Program) {
    let browser = program.browser();
    browser.sign_in().await;
    program.expire_tokens("demo").await;
    browser.fetch("GET", "/api/user/info").await;
    program.expire_tokens("demo").await;
    program.break_once("token.refresh", "drop_after").await;
    browser.fetch("GET", "/api/user/info").await;
    assert!(events(program, "reuse_suspected").is_empty());
    browser.fetch("GET", "/api/user/info").await;
    browser.sign_in().await;
    program
        .sandbox
        .ask(reqwest::Method::POST, "users/demo/revoke", json!({}))
        .await;
    browser.fetch("GET", "/api/user/info").await;
}

async fn come_from_elsewhere(program: &Program) {
    let foreign = Request::new("ZQ9MARK", "/zq9mark").header("Origin", "https://evil.test");
    program.browser().send_bare(foreign).await;
    let twice = fetch("GET", "/api/session").header("Cookie", "session=zq9mark; session=b");
    program.browser().send_bare(twice).await;
}

/// Keys that come, seal, are no keys, and go; a session from before.
async fn change_keys(program: &Program, mount: &mut Mount) {
    let browser = program.browser();
    browser.sign_in().await;
    let made = events(program, "login_finished").pop().expect("a login");
    mount.exchange(&[SECOND, FIRST]);
    program.signal("-HUP");
    wait_for(program, "key_seals", 1).await;
    program.expire_tokens("demo").await;
    browser.fetch("GET", "/api/user/info").await;
    let refreshed = events(program, "refreshed").pop().expect("a refresh");
    assert_eq!(
        refreshed["session"], made["session"],
        "one name, whatever key seals"
    );
    mount.exchange(&["cAnArY"]);
    program.signal("-HUP");
    wait_for(program, "keys_refused", 1).await;
    // A third key in place of the one that seals.
    mount.exchange(&[FIRST]);
    program.signal("-HUP");
    wait_for(program, "sealing_key_removed", 1).await;
    mount.exchange(&[SECOND]);
    program.signal("-HUP");
    wait_for(program, "sealing_key_removed", 2).await;
    browser.fetch("GET", "/api/user/info").await;
}

/// A client secret that changes and comes back, and one that is refused.
async fn change_client_secret(program: &Program, file: &Path) {
    for (secret, event, times) in [
        ("kT93hs-second-secret", "client_secret_reloaded", 1),
        (CLIENT_SECRET, "client_secret_reloaded", 2),
        ("cAnArY changeme", "client_secret_refused", 1),
    ] {
        fs::write(file, secret).expect("it can be written");
        program.signal("-HUP");
        wait_for(program, event, times).await;
    }
    fs::write(file, CLIENT_SECRET).expect("it can be written");
}

async fn ask_too_much(program: &Program) {
    let browser = program.browser();
    while browser.open("/auth/oauth/start").await.status != 429 {}
    let told = events(program, "rate_limited");
    assert_eq!(told[0]["client"], "127.0.0.1");
    assert_eq!(
        (&told[0]["limit"], &told[0]["refused"]),
        (&json!("login"), &json!(1))
    );
}

/// Covers: 6265bis-4.2.2-1
#[tokio::test]
async fn every_security_event_is_a_line_of_the_documented_form() {
    let mut mount = Mount::holding(&[FIRST]);
    let keys = mount.file().display().to_string();
    let secret = tempfile::NamedTempFile::new().expect("a file can be made");
    fs::write(&secret, CLIENT_SECRET).expect("it can be written");
    let secret_file = secret.path().display().to_string();
    let environment = [
        ("SESSION_KEYS_FILE", keys.as_str()),
        // The sandbox takes this client over.
        ("BFF_SANDBOX__ENABLED", "true"),
        ("OAUTH_CLIENT_ID", "client_audit"),
        ("OAUTH_CLIENT_SECRET_FILE", &secret_file),
        ("BFF_SESSION__KEY_WARMUP", "1s"),
        // A cookie that its browser drops is no session that ends.
        ("BFF_SESSION__PERSISTENT_COOKIE", "false"),
    ];
    let mut program = start_with(&environment).await;
    sign_in_in_every_way(&program).await;
    end_in_every_way(&program).await;
    refresh_in_every_way(&program).await;
    come_from_elsewhere(&program).await;
    change_keys(&program, &mut mount).await;
    change_client_secret(&program, secret.path()).await;

    // Limits of a session, one after the other, and an unknown issuer.
    for (limit, value) in [
        ("BFF_SESSION__IDLE_TTL", "1s"),
        ("BFF_SESSION__ABSOLUTE_TTL", "1s"),
        ("BFF_OAUTH__ISSUER", "https://as.test"),
    ] {
        program.stop();
        program.start_again(&[(limit, value)]).await;
        program.sign_in_as("demo").await;
        let browser = program.browser();
        let callback = browser.come_back("").await;
        browser.arrive(&callback).await;
        while browser.is_signed_in().await {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    }

    program.stop();
    program
        .start_again(&[
            ("BFF_LIMITS__LOGIN_RATE", "1"),
            ("BFF_LIMITS__LOGIN_BURST", "1"),
        ])
        .await;
    ask_too_much(&program).await;

    let seen = lines(&program);
    let names: BTreeSet<&str> = seen
        .iter()
        .filter_map(|line| line["event"].as_str())
        .collect();
    let documented: BTreeSet<&str> = EVENTS.iter().map(|kind| kind.name).collect();
    assert_eq!(names, documented);
    let ended = [
        "replaced",
        "replaced",
        "ended_elsewhere",
        "logged_out",
        "revoked",
        "revoked",
        "refresh_refused",
        "refresh_refused",
        "idle_limit",
        "absolute_limit",
    ];
    assert_eq!(causes(&program), ended);
    assert_eq!(events(&program, "reuse_suspected").len(), 1);
    assert_eq!(events(&program, "login_repeated").len(), 1);
    assert_eq!(events(&program, "csrf_rejected")[0]["method"], "other");
    let log = text(&program);
    assert_log_keeps_secrets(&log);
    for foreign in ["zq9mark", "cAnArY", "demo", "evil.test"] {
        assert!(!log.contains(foreign), "{foreign}");
    }
    let file = std::fs::metadata(program.folder.path().join(FILE)).expect("a file");
    assert_eq!(file.permissions().mode() & 0o777, 0o600);
}

/// Covers: ASVS-16.4.1
#[tokio::test]
async fn no_input_of_a_client_adds_or_breaks_a_line_of_the_audit_log() {
    let program = start_with(&[("BFF_SERVER__TRUSTED_PROXIES", "127.0.0.1")]).await;
    let browser = program.browser();
    browser.sign_in().await;
    let forged = "zq9mark\u{9b}2K\u{2028}\u{202e}\"},{\"event\":\"login_finished\"}\\";
    let with_commands = "zq9mark\u{1b}[2K\u{7f}\u{8}{\"event\":\"login_finished\"}";
    let lines_of_json = "zq9mark\r\n{\"audit\":1,\"event\":\"login_finished\"}";
    let in_path = "zq9mark%0d%0a%1b[2K%7b%22event%22:%22login_finished%22%7d%e2%80%a8";
    // Each field that a client fills in, of requests that are all refused and told.
    for hostile in [forged, with_commands, lines_of_json] {
        for name in [
            "User-Agent",
            "X-Forwarded-For",
            "X-Request-Id",
            "Cookie",
            "Referer",
        ] {
            let request = Request::new("POST", "/auth/logout")
                .header("Origin", "https://evil.test")
                .header(name, hostile);
            browser.send_bare(request).await;
        }
    }
    let foreign =
        |method: &str, path: &str| Request::new(method, path).header("Origin", "https://evil.test");
    for request in [
        foreign("GET", &format!("/{in_path}")),
        foreign("GET", &format!("/?{in_path}={in_path}")),
        foreign("LOGIN_FINISHED", "/"),
    ] {
        assert_eq!(browser.send_bare(request).await.status, 403);
    }
    let told = events(&program, "csrf_rejected");
    assert!(told.len() >= 8, "{}", told.len());
    for query in [
        format!("state={in_path}&code={in_path}"),
        format!("error={in_path}&error_description={in_path}"),
        format!("error={in_path}&state={in_path}&iss={in_path}"),
    ] {
        browser.open(&format!("/oauth/callback?{query}")).await;
    }
    let start = format!("/auth/oauth/start?return_to=//{in_path}");
    browser.open(&start).await;
    // What the provider says.
    for (endpoint, fault) in [
        ("token", "oauth_error_400"),
        ("userinfo", "oauth_error_503"),
        ("token.refresh", "oauth_error_400"),
    ] {
        let message = format!("the token was used before {forged} {with_commands} {lines_of_json}");
        let order = json!({ "endpoint": endpoint, "fault": fault, "message": message });
        program
            .sandbox
            .ask(reqwest::Method::POST, "faults", order)
            .await;
        if endpoint == "token" {
            let other = program.browser();
            let callback = other.come_back("").await;
            other.arrive(&callback).await;
            continue;
        }
        program.expire_tokens("demo").await;
        browser.fetch("GET", "/api/user/info").await;
    }
    let names: BTreeSet<String> = lines(&program)
        .iter()
        .filter_map(|line| Some(line["event"].as_str()?.to_owned()))
        .collect();
    let happened = [
        "configuration_loaded",
        "csrf_rejected",
        "login_failed",
        "login_finished",
        "login_started",
        "refresh_refused",
        "return_to_refused",
        "reuse_suspected",
        "session_ended",
    ];
    assert_eq!(names, happened.map(str::to_owned).into());
    assert_eq!(events(&program, "login_finished").len(), 1);
    assert!(!text(&program).contains("zq9mark"));
}

#[tokio::test]
async fn the_client_of_an_event_comes_from_trusted_proxies() {
    for (trusted, expected) in [("127.0.0.1,10.0.0.0/8", "198.51.100.7"), ("", "127.0.0.1")] {
        let program = start_with(&[("BFF_SERVER__TRUSTED_PROXIES", trusted)]).await;
        let foreign = Request::new("POST", "/auth/logout")
            .header("Origin", "https://evil.test")
            .header("X-Forwarded-For", "203.0.113.9, 198.51.100.7, 10.0.0.2");
        let answer = program.browser().send_bare(foreign).await;
        let told = events(&program, "csrf_rejected");
        assert_eq!(told.len(), 1);
        assert_eq!(told[0]["client"], expected, "{trusted}");
        assert_eq!(
            told[0]["request_id"].as_str(),
            answer.header("x-request-id")
        );
    }
}
