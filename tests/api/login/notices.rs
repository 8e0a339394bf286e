//! A notice that the URL asks for is shown only when it is true.

use crate::support::*;

/// Every value of `?error=` that the contract names, and one that it does not.
const ERRORS: [&str; 14] = [
    "missing_parameters",
    "invalid_state",
    "login_expired",
    "server_error",
    "provider_unavailable",
    "account_disabled",
    "access_denied",
    "invalid_request",
    "unauthorized_client",
    "unsupported_response_type",
    "invalid_scope",
    "temporarily_unavailable",
    "authorization_failed",
    "unknown",
];

/// The sentence above the card, its tone first; `None` where there is none.
fn notice(page: &str) -> Option<(String, String)> {
    let (_, rest) = page.split_once("<div class=\"notice notice-")?;
    let (tone, rest) = rest.split_once('"').expect("a tone");
    let (_, rest) = rest.split_once("notice-title\">").expect("a title");
    let title = rest.split('<').next().unwrap_or_default();
    Some((tone.to_owned(), title.to_owned()))
}

fn state(page: &str) -> &str {
    let mark = page.split("data-state=\"").nth(1).expect("a mark");
    mark.split('"').next().unwrap_or_default()
}

/// Opens an address as a link elsewhere does, and takes the step that the page there takes by itself.
async fn follow(browser: &Browser, path: &str) -> String {
    let mut answer = browser
        .send(
            navigation("GET", path, Initiator::CrossSite),
            Initiator::CrossSite,
        )
        .await;
    if answer.status == 303 {
        let next = answer.location().to_owned();
        let again = navigation("GET", &next, Initiator::CrossSite);
        answer = browser.send(again, Initiator::CrossSite).await;
    }
    let page = answer.text();
    let Some((_, next)) = page.split_once("content=\"0;url=") else {
        return page;
    };
    let next = next.split('"').next().unwrap_or_default();
    browser.click(&next.replace("&#x2F;", "/")).await.text()
}

#[tokio::test]
async fn a_signed_in_user_never_sees_the_signed_out_page() {
    let program = BINARY.start().await;
    let browser = program.browser();
    browser.sign_in().await;
    let still = Some(("good".to_owned(), english("notice-still_signed_in")));
    for error in ERRORS {
        let expected = match error {
            // Nothing was refused: an old answer, or none.
            "missing_parameters" | "invalid_state" => None,
            _ => still.clone(),
        };
        let path = format!("/?error={error}");
        for page in [
            browser.open(&path).await.text(),
            browser.click(&path).await.text(),
            follow(&browser, &path).await,
        ] {
            assert_eq!(state(&page), "signed_in", "{error}");
            assert_eq!(notice(&page), expected, "{error}");
            assert!(!page.contains(&english(&format!(
                "error-{}",
                if error == "unknown" {
                    "authorization_failed"
                } else {
                    error
                }
            ))));
        }
    }
    for (query, title) in [
        ("login=success", Some("notice-logged_in")),
        ("login=done", Some("notice-logged_in")),
        ("login=no", None),
        ("logout=success", None),
        // The line below the balance says so.
        ("balance=updated", None),
        ("topup=success", None),
    ] {
        let page = browser.open(&format!("/?{query}")).await.text();
        let told = notice(&page).map(|(_, title)| title);
        assert_eq!(told, title.map(english), "{query}");
    }
}

#[tokio::test]
async fn the_line_below_the_balance_says_when_it_was_updated() {
    let program = BINARY.start().await;
    let browser = program.browser();
    browser.sign_in().await;
    for (path, words) in [
        ("/", "updated-just_now"),
        ("/?balance=updated", "notice-balance_updated"),
    ] {
        let page = browser.open(path).await.text();
        let (_, line) = page.split_once("data-balance-status").expect("a line");
        let (_, line) = line.split_once('>').expect("a text");
        assert!(line.starts_with(&english(words)), "{path}: {line}");
    }
}

#[tokio::test]
async fn a_bookmarked_callback_leads_a_signed_in_user_to_the_account() {
    let program = BINARY.start().await;
    let browser = program.browser();
    let callback = browser.come_back("").await;
    browser.arrive(&callback).await;
    let spent = callback[url::Position::BeforePath..].to_owned();
    for path in [
        "/oauth/callback",
        "/oauth/callback.html",
        "/oauth/callback?",
        "/oauth/callback?code=a",
        "/oauth/callback?state=a",
        "/oauth/callback?code=a&state=b",
        "/oauth/callback?code=a&code=b&state=c",
        &spent,
    ] {
        let answer = browser.open(path).await;
        assert_eq!(answer.status, 303, "{path}");
        let landed = browser.click(answer.location()).await.text();
        for page in [landed, follow(&browser, path).await] {
            assert_eq!(state(&page), "signed_in", "{path}");
            assert_eq!(notice(&page), None, "{path}");
        }
    }
    let answer = browser.open("/oauth/callback?error=access_denied").await;
    let page = browser.click(answer.location()).await.text();
    let (tone, title) = notice(&page).expect("a sentence");
    assert_eq!(
        (tone.as_str(), title),
        ("good", english("notice-still_signed_in"))
    );
    assert!(browser.is_signed_in().await);
}

#[tokio::test]
async fn while_the_provider_is_away_the_same_holds() {
    let program = BINARY.start().await;
    let browser = program.browser();
    browser.sign_in().await;
    program.break_always("userinfo", "html_502").await;
    for (query, title) in [
        ("error=access_denied", Some("notice-still_signed_in")),
        ("error=missing_parameters", None),
        ("login=success", Some("notice-logged_in")),
        ("logout=success", None),
        ("balance=updated", None),
    ] {
        let page = browser.open(&format!("/?{query}")).await.text();
        assert_eq!(state(&page), "account_unavailable", "{query}");
        let told = notice(&page).map(|(_, title)| title);
        assert_eq!(told, title.map(english), "{query}");
    }
}

#[tokio::test]
async fn a_signed_out_user_sees_no_notice_about_a_session_or_a_balance() {
    let program = BINARY.start().await;
    let browser = program.browser();
    for error in ERRORS {
        let page = browser.open(&format!("/?error={error}")).await.text();
        assert_eq!(notice(&page).expect("a sentence").0, "bad", "{error}");
    }
    for (query, title) in [
        ("login=success", Some("notice-cookies_blocked")),
        ("login=done", Some("notice-cookies_blocked")),
        ("logout=success", Some("notice-logged_out")),
        ("balance=updated", None),
    ] {
        let page = browser.click(&format!("/?{query}")).await.text();
        assert_eq!(state(&page), "signed_out", "{query}");
        let told = notice(&page).map(|(_, title)| title);
        assert_eq!(told, title.map(english), "{query}");
    }
    // A bookmark is no login, so the sentence on cookies says under which condition it holds.
    let page = browser.click("/?login=success").await.text();
    assert!(page.contains("If you have just signed in"), "{page}");
}

#[tokio::test]
async fn a_session_that_has_ended_says_so_whatever_the_address_asks_for() {
    let program = BINARY.start().await;
    for query in [
        "error=access_denied",
        "login=success",
        "logout=success",
        "balance=updated",
    ] {
        let browser = program.browser();
        browser.sign_in().await;
        let ended = program.run(&["sessions", "revoke", "--all"], "");
        assert_eq!(ended.status.code(), Some(0), "{ended:?}");
        let page = browser.open(&format!("/?{query}")).await.text();
        let (_, title) = notice(&page).expect("a sentence");
        assert_eq!(title, english("ended-revoked"), "{query}");
    }
}

#[tokio::test]
async fn where_the_store_cannot_be_asked_nothing_is_claimed() {
    let mut redis = RedisServer::start("").await;
    let store = format!("redis://127.0.0.1:{}", redis.port());
    let program = BINARY.start_with(&[("SESSION_STORE", &store)]).await;
    let browser = program.browser();
    browser.sign_in().await;
    redis.kill();
    for query in [
        "error=access_denied",
        "error=server_error",
        "login=success",
        "logout=success",
        "balance=updated",
    ] {
        let page = browser.click(&format!("/?{query}")).await;
        assert_eq!(page.status, 503, "{query}");
        assert_eq!(notice(&page.text()), None, "{query}");
    }
}
