//! The states of the account page, for `templates check` and for tests.

use bff::{Json, PageSample};
use serde_json::{Value, json};

use super::view::{Account, Known};
use super::{UserInfo, pending, unavailable};

/// Returns an account with this balance.
pub(super) fn account(balance: Option<&str>) -> Account<'_> {
    Account {
        email: Some("user@example.com".to_owned()),
        unit: 500_000,
        ..Account::only_name(Some("user123")).with_balance(balance)
    }
}

/// Returns every state of the page.
pub(super) fn all() -> Vec<PageSample> {
    let sample = |name: String, state: &str, data: &Value| {
        PageSample::home(format!("account: {name}"), state, "account.html", data)
    };
    let signed_in = |name: &str, account: Account<'_>| {
        sample(name.to_owned(), "signed_in", &json!({ "account": account }))
    };
    let long = "9".repeat(200);
    let mut all = vec![
        signed_in("signed-in", account(Some("750.00"))),
        signed_in("negative", account(Some("-12.50"))),
        signed_in("no balance", account(None)),
        signed_in(
            "nothing known",
            Account {
                username: None,
                email: None,
                ..account(None)
            },
        ),
        signed_in(
            "long",
            Account {
                username: Some(long.clone()),
                email: Some(long.clone()),
                ..account(Some(&long))
            },
        ),
    ];
    for (status, words) in [
        (2, "status-disabled"),
        (3, "status-deleted"),
        (i64::MAX, "status-unknown"),
    ] {
        let account = Account {
            status,
            status_words: Some(words),
            is_blocked: status < i64::MAX,
            used: Some("2.50".to_owned()),
            ..account(Some("750.00"))
        };
        all.push(signed_in(words, account));
    }
    for cause in [
        "provider_unavailable",
        "provider_timeout",
        "provider_error",
        "forbidden",
    ] {
        for minutes in [None, Some(0), Some(1), Some(59), Some(180)] {
            let known = minutes.and_then(known);
            let data = unavailable(cause, minutes.map(|_| "user123"), known.as_ref());
            all.push(sample(
                format!("{cause} {minutes:?}"),
                "account_unavailable",
                &data,
            ));
        }
    }
    for minutes in [None, Some(0), Some(59), Some(180)] {
        let known = minutes.and_then(known);
        let data = pending(Some("user123"), known.as_ref(), 0, false);
        all.push(sample(
            format!("pending {minutes:?}"),
            "account_pending",
            &data,
        ));
    }
    all
}

/// Returns account data of so many minutes ago. `None` when no JSON can be read, which cannot be.
fn known(minutes: u64) -> Option<Known> {
    let userinfo = r#"{ "username": "user123", "email": "user@example.com", "balance_formatted": "750.00", "status": 1 }"#;
    Some(Known {
        info: UserInfo::read(&Json::parse(userinfo)?, 500_000),
        unit: 500_000,
        minutes,
    })
}
