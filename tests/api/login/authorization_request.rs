//! The authorization request that the browser carries to the provider.

use std::collections::BTreeSet;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rusqlite::Connection;
use serde_json::json;

use crate::support::scripted_provider::Scripted;
use crate::support::*;

/// Covers: RFC6749-4.1.1-1
#[tokio::test]
async fn the_request_names_every_parameter_once_and_is_no_page() {
    let program = BINARY.start().await;
    let browser = program.browser();
    let answer = browser.click("/auth/oauth/start?return_to=/orders").await;
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert!(answer.body.is_empty());
    let authorize = url::Url::parse(answer.location()).expect("an address");
    assert_eq!(authorize.fragment(), None);
    let mut names: Vec<String> = authorize
        .query_pairs()
        .map(|(name, _)| name.into_owned())
        .collect();
    names.sort_unstable();
    let wanted = [
        "auto_authorize",
        "client_id",
        "code_challenge",
        "code_challenge_method",
        "redirect_uri",
        "response_type",
        "scope",
        "state",
    ];
    assert_eq!(names, wanted);
}

/// Covers: RFC6749-3.1.2-1, ASVS-4.1.3
#[tokio::test]
async fn no_header_and_no_target_of_a_request_shapes_an_address() {
    let redirect_uri = "https://app.test/oauth/callback";
    let program = BINARY
        .start_with(&[
            ("OAUTH_REDIRECT_URI", redirect_uri),
            ("BFF_SERVER__TRUSTED_PROXIES", "127.0.0.1"),
        ])
        .await;
    let browser = Browser::new("https://app.test", &program.addresses.public);
    for target in ["/auth/oauth/start", "http://evil.test/auth/oauth/start"] {
        for (name, value) in [
            ("Host", "evil.test"),
            ("X-Forwarded-Host", "evil.test"),
            ("X-Forwarded-Server", "evil.test"),
            ("X-Forwarded-Proto", "https, evil.test"),
            ("X-Forwarded-Prefix", "/evil.test"),
            ("X-Original-URL", "https://evil.test/"),
            ("X-Rewrite-URL", "https://evil.test/"),
            ("Forwarded", "host=evil.test;proto=https"),
        ] {
            let lying = navigation("GET", target, Initiator::Typed).header(name, value);
            let answer = browser.send(lying, Initiator::Typed).await;
            let what = format!("{target}, {name}");
            let shown = String::from_utf8_lossy(&answer.raw).into_owned();
            assert!(!shown.contains("evil"), "{what}: {shown}");
            if answer.status == 303 {
                let authorize = url::Url::parse(answer.location()).expect("an address");
                let sent = parameter(&authorize, "redirect_uri");
                assert_eq!(sent.as_deref(), Some(redirect_uri), "{what}");
            } else {
                assert!(
                    matches!(answer.status, 400 | 404 | 421),
                    "{what}: {}",
                    answer.status
                );
            }
        }
    }
    // Neither do the addresses of problems, pages and moves to https.
    for (path, name, value) in [
        ("/api/user/info", "Host", "evil.test"),
        ("/nowhere", "X-Forwarded-Host", "evil.test"),
    ] {
        let request = navigation("GET", path, Initiator::Typed).header(name, value);
        let answer = browser.send(request, Initiator::Typed).await;
        assert!(
            !String::from_utf8_lossy(&answer.raw).contains("evil"),
            "{path}"
        );
    }
    let plain = navigation("GET", "/", Initiator::Typed)
        .header("Host", "evil.test")
        .header("X-Forwarded-Proto", "http");
    let answer = browser.send(plain, Initiator::Typed).await;
    assert_eq!(answer.header("location"), Some("https://app.test/"));
}

/// Covers: RFC6749-10.12-1
#[tokio::test]
async fn a_thousand_states_have_nothing_in_common() {
    let program = BINARY.start().await;
    let mut states = Vec::new();
    for _ in 0..1_000 {
        let authorize = program.browser().start("").await;
        states.push(parameter(&authorize, "state").expect("a state"));
    }
    for state in &states {
        let bytes = URL_SAFE_NO_PAD.decode(state).expect("base64url");
        assert_eq!(bytes.len(), 32, "256 bits: {state}");
    }
    let distinct: BTreeSet<&String> = states.iter().collect();
    assert_eq!(distinct.len(), states.len());
    // Of 1,000 random beginnings of 24 bits hardly two are alike; a counter or a clock would show.
    for part in [0..4, 20..24, 38..42] {
        let parts: BTreeSet<&str> = states.iter().map(|state| &state[part.clone()]).collect();
        assert!(parts.len() > 990, "{} at {part:?}", parts.len());
    }
    let rising = states.windows(2).filter(|two| two[0] < two[1]).count();
    assert!((350..650).contains(&rising), "{rising} rise");
}

/// Covers: BFF-6.1.3.1-2, RFC7636-4.1-1, RFC7636-4.2-1
#[tokio::test]
async fn every_login_has_a_verifier_of_its_own_and_its_hash_went_ahead() {
    let provider = Scripted::start().await;
    provider
        .gives(json!({ "access_token": "at", "token_type": "Bearer", "expires_in": 3600 }))
        .await;
    provider.knows_the_account().await;
    let mut challenges = Vec::new();
    for number in 0..50 {
        let browser = provider.program.browser();
        let authorize = browser.start("").await;
        assert!(authorize.as_str().starts_with(provider.base().as_str()));
        assert_eq!(
            parameter(&authorize, "code_challenge_method").as_deref(),
            Some("S256")
        );
        challenges.push(parameter(&authorize, "code_challenge").expect("a challenge"));
        let state = parameter(&authorize, "state");
        let callback = browser
            .origin
            .join(&format!("/oauth/callback?code=c{number}"));
        let callback = with_parameter(&callback.expect("an address"), "state", state.as_deref());
        assert_eq!(
            browser.arrive(&callback).await.location(),
            "/?login=success"
        );
        let forms = provider.forms().await;
        let form = forms.last().expect("a token request");
        assert_eq!(form["grant_type"], "authorization_code");
        let verifier = &form["code_verifier"];
        assert!((43..=128).contains(&verifier.len()), "{verifier}");
        let is_unreserved = |c: char| c.is_ascii_alphanumeric() || "-._~".contains(c);
        assert!(verifier.chars().all(is_unreserved), "{verifier}");
        let hash = URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()));
        assert_eq!(challenges.last(), Some(&hash));
        let shown = String::from_utf8_lossy(&browser.seen()).into_owned();
        assert!(!shown.contains(verifier.as_str()), "the browser saw it");
    }
    let distinct: BTreeSet<&String> = challenges.iter().collect();
    assert_eq!(distinct.len(), challenges.len());
}

/// Covers: ASVS-2.4.1
#[tokio::test]
async fn requests_without_a_session_add_nothing_to_the_store() {
    let program = BINARY.start().await;
    for number in 0..200 {
        let browser = program.browser();
        browser.start(&format!("?return_to=/{number}")).await;
        for path in [
            "/",
            "/api/session",
            "/favicon.ico",
            "/oauth/callback?code=a&state=b",
        ] {
            browser.open(path).await;
        }
    }
    let store = Connection::open(program.folder.path().join("data/sessions.db")).expect("a store");
    for table in ["session", "lease", "spent_attempt"] {
        let count = format!("SELECT count(*) FROM {table}");
        let rows: u32 = store
            .query_row(&count, [], |row| row.get(0))
            .expect("a table");
        assert_eq!(rows, 0, "{table}");
    }
}
