//! The link to the support, language and theme, and what search engines are told.

use crate::support::*;

/// An address of a page with a sentence about the support, in English.
const REFUSED: &str = "/?lang=en&error=invalid_scope";

async fn text(browser: &Browser, path: &str) -> String {
    let answer = browser.open(path).await;
    assert!(answer.status < 500, "{path}: {}", answer.text());
    answer.text()
}

#[tokio::test]
async fn contact_us_is_a_link_to_the_support_and_is_not_there_without_one() {
    const PLEASE: &str = "Please let us know";
    let plain = BINARY.start().await;
    let page = text(&plain.browser(), REFUSED).await;
    assert!(
        page.contains("Only the people who run this app can fix this."),
        "{page}"
    );
    assert!(!page.contains(PLEASE), "{page}");
    for address in ["https://example.com/help", "mailto:help@example.com"] {
        let program = BINARY.start_with(&[("BFF_UI__SUPPORT_URL", address)]).await;
        let browser = program.browser();
        let page = text(&browser, REFUSED).await;
        let link = format!("<a href=\"{address}\">{PLEASE}</a>");
        assert!(page.contains(&link), "{page}");
        let page = text(&browser, "/?lang=en&error=access_denied").await;
        assert!(!page.contains(address), "no sentence, no link: {page}");
        browser.sign_in().await;
        program.break_always("userinfo", "html_200").await;
        let page = text(&browser, "/").await;
        assert!(page.contains(&format!("<a href=\"{address}\">")), "{page}");
    }
}

#[tokio::test]
async fn a_theme_is_chosen_by_a_link_and_remembered_until_the_reader_takes_it_back() {
    let program = BINARY.start().await;
    let browser = program.browser();
    let page = text(&browser, "/?lang=en").await;
    assert!(page.contains("<html lang=\"en\">"), "{page}");
    assert!(page.contains("content=\"light dark\""), "{page}");
    for (theme, link) in [("dark", "/?theme=dark"), ("light", "/?theme=light")] {
        assert!(page.contains(&format!("href=\"{link}\"")), "{page}");
        let answer = browser.open(link).await;
        let cookie = answer.set_cookie("color-theme");
        assert!(cookie[0].contains("Max-Age=31536000"), "{cookie:?}");
        assert!(cookie[0].contains("HttpOnly"), "{cookie:?}");
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        // Error pages and the page of a user have it too, and the language stays.
        browser.sign_in().await;
        for path in ["/", "/nowhere", "/sessions"] {
            let page = text(&browser, path).await;
            let root = format!("<html lang=\"en\" data-theme=\"{theme}\">");
            assert!(page.contains(&root), "{path}: {page}");
            let scheme = format!("name=\"color-scheme\" content=\"{theme}\"");
            assert!(page.contains(&scheme), "{path}: {page}");
        }
    }
    let answer = browser.open("/?theme=system").await;
    assert!(answer.set_cookie("color-theme")[0].contains("Max-Age=0"));
    for path in ["/", "/?theme=none", "/?theme=%22%3E"] {
        let page = text(&browser, path).await;
        assert!(page.contains("<html lang=\"en\">"), "{path}: {page}");
    }
}

#[tokio::test]
async fn a_choice_on_any_page_keeps_the_page_and_is_remembered() {
    let program = BINARY.start().await;
    let browser = program.browser();
    let has = |page: &str, links: &[&str]| {
        for link in links {
            assert!(page.contains(&format!("href=\"{link}\"")), "{link}: {page}");
        }
    };
    let page = text(&browser, REFUSED).await;
    has(
        &page,
        &[
            "/?lang=ja&amp;error=invalid_scope",
            "/?theme=dark&amp;error=invalid_scope",
        ],
    );
    // No page shows an address that another site could have written.
    let page = text(&browser, "/nowhere?q=1&lang=en").await;
    has(&page, &["/?lang=ja", "/?theme=dark"]);
    assert!(text(&browser, "/").await.contains("<html lang=\"en\">"));
    browser.sign_in().await;
    let page = text(&browser, "/sessions?done=one&login=success&q=1").await;
    has(
        &page,
        &[
            "/sessions?lang=ja&amp;done=one",
            "/sessions?theme=dark&amp;done=one",
        ],
    );
    let refused = browser.submit("/sessions", "").await;
    assert_eq!(refused.status, 400);
    has(
        &refused.text(),
        &["/sessions?lang=ja", "/sessions?theme=dark"],
    );
}

#[tokio::test]
async fn search_engines_leave_out_all_pages_or_all_but_the_front_page() {
    const META: &str = "<meta name=\"robots\" content=\"noindex\">";
    for (noindex, is_listed) in [("true", false), ("false", true)] {
        let program = BINARY.start_with(&[("BFF_UI__NOINDEX", noindex)]).await;
        let browser = program.browser();
        for (path, may_be_listed) in [("/", true), ("/nowhere", false)] {
            let answer = browser.open(path).await;
            let is_left_out = !(is_listed && may_be_listed);
            let header = answer.header("x-robots-tag");
            assert_eq!(header, is_left_out.then_some("noindex"), "{path}");
            assert_eq!(answer.text().contains(META), is_left_out, "{path}");
        }
        let script = browser.fetch("GET", "/api/session").await;
        assert_eq!(script.header("x-robots-tag"), None, "no page");
    }
}
