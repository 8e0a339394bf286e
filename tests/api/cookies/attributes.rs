//! Names and attributes of the cookies. Their values are opaque.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::support::every_answer::every_answer;
use crate::support::*;

/// Whether a name is one of ours, under its prefix.
fn is_known(name: &str) -> bool {
    let Some(own) = name.strip_prefix("__Host-Http-") else {
        return false;
    };
    let is_attempt = own
        .strip_prefix("login-")
        .is_some_and(|tag| tag.len() == 22);
    is_attempt || ["session", "replaces", "language", "color-theme"].contains(&own)
}

/// Covers: BFF-6.1.3.2-1, BFF-6.1.3.2-2, BFF-6.1.3.2-3, BFF-6.1.3.2-4, BFF-6.1.3.2-5, BFF-6.1.3.2-6, 6265bis-4.1.1-1
/// Covers: 6265bis-5.7-1
#[tokio::test]
async fn every_cookie_is_named_and_marked_as_it_must_be_also_when_it_is_taken_away() {
    let (mut set, mut removed) = (BTreeSet::new(), BTreeSet::new());
    for seen in Box::pin(every_answer()).await {
        let what = &seen.what;
        let mut names = BTreeSet::new();
        for line in seen.answer.all("set-cookie") {
            let mut parts = line.split("; ");
            let (name, value) = parts
                .next()
                .and_then(|pair| pair.split_once('='))
                .expect("a pair");
            assert!(is_known(name), "{what}: {line}");
            assert!(names.insert(name.to_owned()), "{what} sets {name} twice");
            assert!(line.len() <= 4096, "{what}: {} bytes", line.len());
            let mut marks: Vec<&str> = parts.collect();
            marks.sort_unstable();
            let max_age = marks.iter().find_map(|mark| mark.strip_prefix("Max-Age="));
            let is_removal = max_age == Some("0");
            assert_eq!(value.is_empty(), is_removal, "{what}: {line}");
            let kind = name
                .trim_start_matches("__Host-Http-")
                .split('-')
                .next()
                .unwrap_or_default();
            let same_site = if kind == "session" {
                "SameSite=Strict"
            } else {
                "SameSite=Lax"
            };
            marks.retain(|mark| !mark.starts_with("Max-Age=") && !mark.starts_with("Expires="));
            assert_eq!(
                marks,
                ["HttpOnly", "Path=/", same_site, "Secure"],
                "{what}: {line}"
            );
            if is_removal {
                removed.insert(kind.to_owned());
            } else {
                set.insert(kind.to_owned());
            }
        }
    }
    let all = |kinds: &[&str]| {
        kinds
            .iter()
            .map(|kind| (*kind).to_owned())
            .collect::<BTreeSet<_>>()
    };
    assert_eq!(
        set,
        all(&["color", "language", "login", "replaces", "session"])
    );
    assert_eq!(removed, all(&["login", "replaces", "session"]));
}

/// Covers: BFF-6.1.3.2-6
#[tokio::test]
async fn a_session_counts_under_the_prefixed_name_only() {
    let program = BINARY
        .start_with(&[("OAUTH_REDIRECT_URI", "https://app.test/oauth/callback")])
        .await;
    let browser = Browser::new("https://app.test", &program.addresses.public);
    browser.sign_in().await;
    let id = browser.session();
    let ask = async |name: &str| {
        let request = fetch("GET", "/api/session").header("Cookie", &format!("{name}={id}"));
        let answer = Browser::new("https://app.test", &program.addresses.public)
            .send_bare(request)
            .await;
        answer.json()["authenticated"].as_bool()
    };
    assert_eq!(ask("__Host-Http-session").await, Some(true));
    for name in [
        "session",
        "sid",
        "__Secure-session",
        "__Host-session",
        "__Http-session",
        "__host-http-session",
        "__HOST-HTTP-SESSION",
        "__Host-Http-Session",
        "__Host-Http-session ",
        " __Host-Http-sessio",
    ] {
        // A browser would cut white space off, so only a name that is another counts as one.
        let expected = name.trim() == "__Host-Http-session";
        assert_eq!(ask(name).await, Some(expected), "{name}");
    }
}

/// Covers: BFF-6.1.3.2-7, RFC6749-10.8-1
#[tokio::test]
async fn what_a_cookie_holds_cannot_be_read() {
    let program = BINARY.start().await;
    let browser = program.browser();
    let authorize = browser.start("?return_to=/private?secret=1").await;
    let state = parameter(&authorize, "state").expect("a state");
    let sealed = browser.jar().any_attempt();
    let opened = URL_SAFE_NO_PAD.decode(&sealed).expect("base64url");
    browser.sign_in().await;
    let session = browser.session();
    assert!(session.len() < 256, "{} bytes", session.len());
    for bytes in [sealed.as_bytes(), &opened, session.as_bytes()] {
        let text = String::from_utf8_lossy(bytes);
        for readable in [state.as_str(), "private", "secret", "demo", "refresh_"] {
            assert!(!text.contains(readable), "{readable}: {text}");
        }
        // JSON, plain or encoded. Anywhere else so few characters may come about by chance.
        for beginning in ["{\"", "eyJ"] {
            assert!(!text.starts_with(beginning), "{text}");
        }
    }
    // The state itself is random and says nothing either.
    let raw = URL_SAFE_NO_PAD.decode(&state).expect("base64url");
    assert!(raw.len() >= 32, "{} bytes", raw.len());
    assert!(!String::from_utf8_lossy(&raw).contains("private"));
}
