//! Finds a secret in a text, in every encoding.

use std::collections::BTreeSet;

use crate::support::*;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

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

/// Fails when the text holds one of the secrets.
pub fn search(place: &str, text: &str, secrets: &BTreeSet<String>) {
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

/// Covers: ASVS-10.1.1
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

/// Covers: ASVS-16.2.5
#[test]
#[should_panic(expected = "looks like a secret")]
fn a_token_in_any_log_is_noticed() {
    assert_log_keeps_secrets(
        "INFO login_started state=f7oW7oLEGp7bhXGLYLpMJHy-B6UM6U9bjTvPuKUeTE8",
    );
}
