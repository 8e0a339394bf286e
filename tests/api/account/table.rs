//! The faults of the provider, and the expected result of each.

use serde_json::Value;

use crate::support::*;

/// What a signed-in user sees of a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The access token is refused: renewed once, asked once more.
    TokenRefused,
    /// The refresh token is refused for good: the session is over.
    GrantRefused,
    /// The account may not.
    Forbidden,
    /// Unusable.
    Error,
    /// Down, slow or overloaded.
    Unavailable,
    /// No answer in time.
    Timeout,
    /// Nothing is wrong.
    Fine,
}

use Outcome::{Error, Fine, Forbidden, GrantRefused, Timeout, TokenRefused, Unavailable};

/// Every fault of the sandbox: its name, what it comes to on a call of the API, what on a refresh.
pub const FAULTS: &[(&str, Outcome, Outcome)] = &[
    ("oauth_error_400", TokenRefused, GrantRefused),
    ("oauth_error_401", TokenRefused, GrantRefused),
    ("oauth_error_200", TokenRefused, GrantRefused),
    ("invalid_client", TokenRefused, Unavailable),
    ("invalid_token", TokenRefused, GrantRefused),
    ("insufficient_scope", Forbidden, Forbidden),
    ("oauth_error_503", Unavailable, Unavailable),
    ("success_false_200", Unavailable, Unavailable),
    ("success_false_200_auth", TokenRefused, Error),
    ("success_false_code_200", TokenRefused, GrantRefused),
    ("success_false_code_401", TokenRefused, GrantRefused),
    ("success_false_code_403", TokenRefused, GrantRefused),
    ("account_disabled_403", Forbidden, Forbidden),
    ("error_object_200", Unavailable, Unavailable),
    ("error_object_200_auth", TokenRefused, GrantRefused),
    ("error_object_400", Error, Error),
    ("error_object_401", TokenRefused, GrantRefused),
    ("error_object_403", Forbidden, Forbidden),
    ("error_object_404", Error, Error),
    ("error_object_429", Unavailable, Unavailable),
    ("error_object_500", Unavailable, Unavailable),
    ("error_object_503", Unavailable, Unavailable),
    ("message_error_200", Unavailable, Unavailable),
    ("message_error_200_auth", TokenRefused, Error),
    ("empty_200", Error, Error),
    ("empty_401", TokenRefused, Unavailable),
    ("empty_429", Unavailable, Unavailable),
    ("empty_500", Unavailable, Unavailable),
    ("empty_503", Unavailable, Unavailable),
    ("html_200", Error, Error),
    ("html_404", Error, Error),
    ("html_502", Unavailable, Unavailable),
    ("html_504", Unavailable, Unavailable),
    ("null", Error, Error),
    ("array", Error, Error),
    ("empty_object", Error, Error),
    ("string", Error, Error),
    ("number", Error, Error),
    ("wrong_types", Error, Error),
    ("success_without_data", Error, Error),
    ("truncated_json", Error, Error),
    ("oversized", Error, Error),
    ("redirect", Error, Error),
    ("cut_body", Unavailable, Unavailable),
    ("stall_body", Timeout, Timeout),
    ("hang", Timeout, Timeout),
    ("drop", Unavailable, Unavailable),
    ("drop_after", Unavailable, Unavailable),
    ("slow", Fine, Fine),
];

impl Outcome {
    /// Fails unless the API's answer is what this comes to.
    pub fn is_answered_by(self, answer: &Answer, what: &str) {
        let (status, error, waits) = match self {
            Fine => return assert_eq!(answer.status, 200, "{what}: {}", answer.text()),
            GrantRefused => (401, "session_expired", false),
            Forbidden => (403, "forbidden", false),
            // A token that was just issued is refused: the provider is at fault, and the session lives on.
            Error | TokenRefused => (502, "provider_error", false),
            Unavailable => (503, "provider_unavailable", true),
            Timeout => (504, "provider_timeout", true),
        };
        let found = (answer.status, answer.error());
        assert_eq!((found.0, found.1.as_str()), (status, error), "{what}");
        assert_eq!(answer.header("retry-after").is_some(), waits, "{what}");
        let ends = self == GrantRefused;
        assert_eq!(
            answer.removes_session(),
            ends,
            "{what}: {:?}",
            answer.headers
        );
        let text = answer.text();
        for foreign in [
            "系統繁忙",
            "access token",
            "sandbox",
            "the grant is not valid",
        ] {
            assert!(
                !text.contains(foreign),
                "{what} shows the provider's words: {text}"
            );
        }
    }

    /// The mark of the page at `/`, and the words that it says, by their key.
    pub fn page(self) -> (&'static str, Option<&'static str>) {
        match self {
            Fine => ("signed_in", None),
            GrantRefused => ("signed_out", Some("ended-refresh_refused")),
            Forbidden => ("account_unavailable", Some("trouble-forbidden")),
            Error | TokenRefused => ("account_unavailable", Some("trouble-provider_error")),
            Unavailable => ("account_unavailable", Some("trouble-provider_unavailable")),
            Timeout => ("account_unavailable", Some("trouble-provider_timeout")),
        }
    }

    /// Fails unless the page at `/` shows this.
    pub async fn is_shown_to(self, browser: &Browser, what: &str) {
        let page = browser.open("/").await;
        assert_eq!(page.status, 200, "{what}");
        let (state, words) = self.page();
        let text = page.text();
        assert!(
            text.contains(&format!("data-state=\"{state}\"")),
            "{what}: {text}"
        );
        if let Some(words) = words {
            let sentence = english(words);
            assert!(text.contains(&sentence), "{what}: {sentence}\n{text}");
        }
    }
}

#[tokio::test]
async fn the_table_holds_every_fault_that_there_is() {
    let program = BINARY.start().await;
    let faults = program
        .sandbox
        .ask(reqwest::Method::GET, "faults", Value::Null)
        .await;
    let known: Vec<&str> = FAULTS.iter().map(|(name, ..)| *name).collect();
    for name in faults["catalogue"].as_array().unwrap() {
        let name = name.as_str().unwrap();
        // How a browser is sent back is the login's business.
        assert!(
            known.contains(&name) || name.starts_with("redirect_"),
            "{name}"
        );
    }
}
