//! Valid accounts in every shape that the provider may send.

use serde_json::{Value, json};

use crate::support::*;

/// What the API says of the account while the provider answers in this shape, with these members.
async fn info(program: &Program, browser: &Browser, shape: Value, account: Value) -> Answer {
    program.set(json!({ "userinfo_shape": null })).await;
    program.set(json!({ "userinfo_shape": shape })).await;
    let change = json!({
        "quota": 1_000_000, "used_quota": 250_000, "balance_formatted": null, "userinfo_override": account
    });
    program
        .sandbox
        .ask(reqwest::Method::PATCH, "users/demo", change)
        .await;
    let answer = browser.fetch("GET", "/api/user/info").await;
    assert_eq!(answer.status, 200, "{shape} {account}: {}", answer.text());
    answer
}

/// A provider decides how long a name is; what is stored of it does not grow with that.
#[tokio::test]
async fn a_name_of_any_length_signs_in_and_is_cut_everywhere_alike() {
    let program = BINARY
        .start_with(&[("BFF_SESSION__MAX_PER_USER", "1")])
        .await;
    let name = "\u{6587}\u{1f600}".repeat(10_000);
    let cut = "\u{6587}\u{1f600}".repeat(64);
    let email = format!("{}@example.com", "e".repeat(20_000));
    for (id, is_kept) in [("9".repeat(20_000), false), ("7".repeat(128), true)] {
        let account =
            json!({ "id": id, "username": name, "email": email, "quota": "8".repeat(20_000) });
        let change = json!({ "userinfo_override": account });
        program
            .sandbox
            .ask(reqwest::Method::PATCH, "users/demo", change)
            .await;
        let browser = program.browser();
        browser.sign_in().await;
        let session = browser.fetch("GET", "/api/session").await.json();
        assert_eq!(session["user"]["username"], json!(cut));
        let info = browser.fetch("GET", "/api/user/info").await.json();
        assert_eq!(info["username"], json!(cut));
        assert_eq!(info["email"], json!("e".repeat(254)));
        assert_eq!(info["quota"], Value::Null);
        assert_eq!(info["id"] == json!(id), is_kept);
        let page = browser.open("/").await;
        assert!(page.body.len() < 50_000, "{} bytes", page.body.len());
        // The same user's next login ends this session: a long id is one user's all the same.
        program.browser().sign_in().await;
        assert!(!browser.is_signed_in().await);
        let listed = program.run(&["sessions", "list"], "").stdout;
        assert!(listed.len() < 5_000, "{} bytes", listed.len());
        let revoked = program.run(&["sessions", "revoke", "--user", &id], "");
        let revoked = String::from_utf8(revoked.stdout).unwrap();
        assert_eq!(revoked.trim(), "1 ended");
    }
    let file = program.folder.path().join("data/sessions.db");
    let rows = rusqlite::Connection::open(file).unwrap();
    let longest: u32 = rows
        .query_row("SELECT max(length(user)) FROM session", [], |row| {
            row.get(0)
        })
        .unwrap();
    assert_eq!(longest, 128);
}

#[tokio::test]
async fn the_account_is_passed_on_as_it_was_sent() {
    let program = BINARY.start().await;
    let browser = program.browser();
    browser.sign_in().await;
    let plain = info(&program, &browser, json!({}), json!({})).await.json();
    assert_eq!(plain["id"], 12345);
    assert_eq!(plain["quota"], 1_000_000);
    assert_eq!(plain["balance_formatted"], "2.00");
    assert_eq!(plain["status"], 1);

    for (settings, account, member, expected) in [
        (
            json!({ "numbers": "float" }),
            json!({}),
            "quota",
            "1000000.5",
        ),
        (
            json!({ "numbers": "string" }),
            json!({}),
            "quota",
            "\"1000000\"",
        ),
        (
            json!({ "numbers": "decimal_string" }),
            json!({}),
            "quota",
            "\"1000000.25\"",
        ),
        (
            json!({ "numbers": "negative" }),
            json!({}),
            "quota",
            "-1000000",
        ),
        (
            json!({ "numbers": "beyond_double" }),
            json!({}),
            "quota",
            "\"9007199255740993\"",
        ),
        (json!({ "wrapped": true }), json!({}), "quota", "1000000"),
        (
            json!({}),
            json!({ "id": 9_007_199_254_740_993_u64 }),
            "id",
            "\"9007199254740993\"",
        ),
        (json!({}), json!({ "id": "u-1" }), "id", "\"u-1\""),
        (
            json!({}),
            json!({ "balance_formatted": "¥ 1,5 <b>" }),
            "balance_formatted",
            "\"¥ 1,5 <b>\"",
        ),
        (
            json!({}),
            json!({ "balance_formatted": "-2.50" }),
            "balance_formatted",
            "\"-2.50\"",
        ),
        (
            json!({ "absent": ["balance_formatted"] }),
            json!({}),
            "balance_formatted",
            "\"2.00\"",
        ),
        (
            json!({ "null": ["balance_formatted"] }),
            json!({}),
            "balance_formatted",
            "\"2.00\"",
        ),
        (
            json!({ "null": ["balance_formatted"], "numbers": "negative" }),
            json!({}),
            "balance_formatted",
            "\"-2.00\"",
        ),
        (json!({}), json!({ "status": 7 }), "status", "7"),
    ] {
        let text = info(&program, &browser, settings.clone(), account.clone())
            .await
            .text();
        assert!(
            text.contains(&format!("\"{member}\":{expected}")),
            "{settings} {account}: {text}"
        );
    }
}

#[tokio::test]
async fn fields_that_the_provider_does_not_send_or_document_are_not_there() {
    let program = BINARY.start().await;
    let browser = program.browser();
    browser.sign_in().await;
    for settings in [
        json!({ "absent": ["id", "email", "quota", "used_quota", "balance_formatted"] }),
        json!({ "null": ["id", "email", "quota", "used_quota", "balance_formatted"] }),
    ] {
        let extra = json!({ "secret_note": "x", "access_token": "y" });
        let told = info(&program, &browser, settings.clone(), extra)
            .await
            .json();
        let mut members: Vec<&String> = told.as_object().unwrap().keys().collect();
        members.sort();
        assert_eq!(
            members,
            ["created_time", "status", "username"],
            "{settings}: documented fields only"
        );
        assert_eq!(browser.page_state().await, "signed_in");
    }
}

#[tokio::test]
async fn the_page_shows_what_the_provider_says_of_the_account_and_never_as_markup() {
    let program = BINARY.start().await;
    let browser = program.browser();
    browser.sign_in().await;
    let page = async |account: Value| {
        let change = json!({ "userinfo_override": account });
        program
            .sandbox
            .ask(reqwest::Method::PATCH, "users/demo", change)
            .await;
        browser.open("/").await.text()
    };
    let shown = page(
        json!({ "username": "<script>alert(1)</script>", "balance_formatted": "<img src=x>" }),
    )
    .await;
    assert!(
        !shown.contains("<script>alert") && !shown.contains("<img src=x>"),
        "{shown}"
    );
    assert!(shown.contains("&lt;script&gt;"), "{shown}");
    assert!(
        page(json!({ "balance_formatted": "-2.50" }))
            .await
            .contains("is-negative")
    );
    assert!(
        page(json!({ "balance_formatted": null, "quota": null }))
            .await
            .contains("is-missing")
    );
    assert!(
        page(json!({ "status": 7 }))
            .await
            .contains("data-status=\"7\"")
    );
    for status in [2, 3] {
        let shown = page(json!({ "status": status })).await;
        assert!(
            shown.contains(&format!("data-status=\"{status}\"")),
            "{shown}"
        );
        browser
            .fetch("GET", "/api/user/info")
            .await
            .is_problem(403, "forbidden");
        assert!(browser.is_signed_in().await);
    }
}
