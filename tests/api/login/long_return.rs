//! Long return addresses: which are kept, which get a notice, and that cookies stay small enough for browsers and proxies.

use futures_util::future::join_all;

use crate::support::*;

/// The longest return address, as it is sent on.
const LONGEST: usize = 2_048;
/// What browsers take for the name and the value of one cookie (RFC 6265bis §5.6), and `MAX_COOKIE` of RFC 6265 §6.1 with the attributes.
const ONE_COOKIE: usize = 4_096;
/// The length of one header line that nginx and Apache take unless they are told otherwise.
const ONE_LINE: usize = 8_190;

fn encoded(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

/// A path of this length.
fn path(bytes: usize) -> String {
    format!("/{}", "a".repeat(bytes - 1))
}

async fn lands(browser: &Browser, asked: &str) -> String {
    let callback = browser
        .come_back(&format!("?return_to={}", encoded(asked)))
        .await;
    browser.arrive(&callback).await.location().to_owned()
}

#[tokio::test]
async fn a_return_address_of_2048_bytes_is_kept_and_a_longer_one_gets_a_notice() {
    let program = BINARY
        .start_with(&[("OAUTH_REDIRECT_URI", "https://app.test/oauth/callback")])
        .await;
    let browser = || Browser::new("https://app.test", &program.addresses.public);
    // 57 Chinese characters are 513 bytes once encoded; 227 are 2,043.
    let poem = format!("/{}", "書".repeat(57));
    let book = format!("/{}", "書".repeat(227));
    let query = format!("/search?q={}#{}", "書".repeat(112), "頁".repeat(110));
    let escaped = format!("/{}", "%E6%9B%B8".repeat(227));
    let own = format!("https://app.test{}", path(LONGEST));
    for asked in [
        path(513),
        path(LONGEST),
        poem,
        book,
        query,
        escaped,
        own,
        // What falls away when it is parsed does not count.
        format!("{}/end", "/a/..".repeat(600)),
        format!("/{}", "%41%2f\"<'".repeat(100)),
    ] {
        let browser = browser();
        let landed = lands(&browser, &asked).await;
        let expected = url::Url::parse("https://app.test")
            .unwrap()
            .join(&asked)
            .unwrap();
        let wanted = &expected[url::Position::BeforePath..];
        let landed = landed
            .replace("?login=success", "")
            .replace("&login=success", "");
        assert_eq!(landed, wanted, "{} bytes", asked.len());
        for line in browser.seen().split(|byte| *byte == b'\n') {
            let is_cookie = line.to_ascii_lowercase().starts_with(b"set-cookie: ");
            assert!(
                !is_cookie || line.len() - 12 <= ONE_COOKIE,
                "{}",
                line.len()
            );
        }
    }
    assert!(program.events("return_to_refused").is_empty());
    for (asked, reason) in [
        (path(LONGEST + 1), "too_long"),
        (format!("/{}", "書".repeat(228)), "too_long"),
        (format!("https://app.test{}", path(LONGEST + 1)), "too_long"),
        ("//evil.test/".to_owned(), "elsewhere"),
        (format!("//evil.test{}", path(LONGEST)), "elsewhere"),
        ("/auth/logout".to_owned(), "elsewhere"),
    ] {
        assert_eq!(lands(&browser(), &asked).await, "/?login=success");
        let told = program.events("return_to_refused");
        assert_eq!(
            told.last().expect("it is told")["reason"],
            reason,
            "{} bytes",
            asked.len()
        );
    }
}

#[tokio::test]
async fn where_a_login_fails_a_long_address_is_no_hindrance() {
    let program = BINARY.start().await;
    let browser = program.browser();
    for (display, status) in [("", 303), ("&display=popup", 200)] {
        let query = format!("?return_to={}{display}", path(LONGEST));
        let callback = browser.come_back(&query).await;
        let refused = with_parameter(&callback, "code", None);
        let refused = with_parameter(&refused, "error", Some("access_denied"));
        assert_eq!(browser.arrive(&refused).await.status, status);
        let callback = browser.come_back(&query).await;
        let answer = browser.arrive(&callback).await;
        assert_eq!(answer.status, status);
        if status == 200 {
            assert!(
                answer.text().contains(&"a".repeat(LONGEST - 1)),
                "{}",
                answer.text()
            );
        }
        assert!(browser.is_signed_in().await);
    }
}

/// Covers: 6265bis-6.1-1
#[tokio::test]
async fn several_tabs_with_long_addresses_all_sign_in_and_the_cookies_fit_into_one_line() {
    let program = BINARY
        .start_with(&[("OAUTH_REDIRECT_URI", "https://app.test/oauth/callback")])
        .await;
    // How many tabs there are, how long their addresses, and for how many of the newest there is room to keep them.
    for (tabs, bytes, kept) in [(2, LONGEST, 2), (5, LONGEST, 1), (5, 600, 5)] {
        let browser = Browser::new("https://app.test", &program.addresses.public);
        browser.sign_in().await;
        browser.open("/?lang=zh-Hant").await;
        let mut callbacks = Vec::new();
        for number in 0..tabs {
            let asked = format!("{}{number}", path(bytes - 1));
            let callback = browser.come_back(&format!("?return_to={asked}")).await;
            callbacks.push((callback, asked));
            let sent = browser.jar().header(Initiator::SameOrigin, true);
            let sent = sent.expect("cookies").len();
            assert!(sent <= ONE_LINE - 1_024, "{sent} bytes in one line");
        }
        assert_eq!(browser.jar().attempts().len(), tabs);
        callbacks.reverse();
        for (place, (callback, asked)) in callbacks.iter().enumerate() {
            let landed = browser.arrive(callback).await.location().to_owned();
            if place < kept {
                assert_eq!(landed, format!("{asked}?login=success"), "{place}");
            } else {
                assert_eq!(landed, "/?login=success", "{place}");
            }
            assert!(browser.is_signed_in().await);
        }
    }
    let told = program.events("return_to_refused");
    assert!(told.iter().all(|line| line["reason"] == "no_room"));
    assert_eq!(told.len(), 4);
}

#[tokio::test]
async fn tabs_that_start_at_the_same_instant_with_long_addresses_all_sign_in() {
    let program = BINARY.start().await;
    let browser = program.browser();
    let query = format!("?return_to={}", path(LONGEST));
    let callbacks = join_all((0..5).map(|_| browser.come_back(&query))).await;
    for callback in &callbacks {
        assert_eq!(browser.arrive(callback).await.status, 303);
        assert!(browser.is_signed_in().await);
    }
}
