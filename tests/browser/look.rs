//! What the page looks like at bad moments: small screens, large text, forced colours, paper, strange names, no scripts.

use reqwest::Method;
use serde_json::{Value, json};

use crate::kit::Browser;
use crate::program::Program;
use crate::steps::*;
use crate::words::{LANGUAGES, sentences};

/// The distance of an edge of the first such element from the top of the window, in pixels.
async fn edge(browser: &Browser, css: &str, edge: &str) -> f64 {
    let script =
        format!("return document.querySelector({css:?}).getBoundingClientRect().{edge} + scrollY");
    browser.ask(&script).await.as_f64().expect("a number")
}

async fn change_user(program: &Program, change: Value) {
    let sandbox = &program.sandbox;
    sandbox.ask(Method::PATCH, "users/demo", change).await;
}

/// Fails if the page is wider than the window.
async fn fits(browser: &Browser, what: &str) {
    let width = "return document.documentElement.scrollWidth - innerWidth";
    let over = browser.ask(width).await.as_i64().expect("a number");
    assert!(over <= 0, "{what}: {over} pixels too wide");
}

#[tokio::test]
async fn the_sign_in_is_in_sight_on_a_small_screen_with_any_error_in_any_language() {
    let program = Program::start().await;
    let browser = Browser::start().await;
    browser.be_sized(320, 640).await;
    for language in LANGUAGES {
        for (code, _) in sentences(language) {
            let path = format!("/?lang={language}&error={code}");
            browser.open(&program.url(&path)).await;
            browser.see(".card .notice-bad").await;
            let top = edge(&browser, ".card", "top").await;
            assert!(top <= 96.0, "{path}: the card begins at {top}");
            let bottom = edge(&browser, LOGIN, "bottom").await;
            assert!(bottom <= 640.0, "{path}: the button ends at {bottom}");
            fits(&browser, &path).await;
        }
    }
    browser.finish().await;
}

#[tokio::test]
async fn the_card_begins_near_the_top_at_every_width() {
    let program = Program::start().await;
    let browser = Browser::start().await;
    sign_in(&browser, &program).await;
    for (width, height) in [(320, 640), (390, 844), (768, 1024), (1280, 800)] {
        browser.be_sized(width, height).await;
        for path in ["/", "/?lang=en", "/?lang=ja", "/nowhere"] {
            browser.open(&program.url(path)).await;
            browser.see(".card").await;
            let top = edge(&browser, ".card", "top").await;
            assert!(top <= 96.0, "{path} at {width}: {top}");
            fits(&browser, path).await;
        }
    }
    browser.complaints().await;
    browser.finish().await;
}

#[tokio::test]
async fn an_amount_never_breaks_and_never_leaves_its_panel() {
    let program = Program::start().await;
    let browser = Browser::start().await;
    sign_in(&browser, &program).await;
    let lines = "const range = document.createRange(); \
        const money = document.querySelector('.money'); \
        range.selectNodeContents(money); \
        return [range.getClientRects().length, money.scrollWidth - money.clientWidth]";
    for amount in ["0.00", "-12.50", "$123,456,789,012,345.678901"] {
        change_user(&program, json!({ "balance_formatted": amount })).await;
        // 195 pixels are 390 at a zoom of 200 %.
        for width in [195, 320, 390, 1280] {
            browser.be_wide(width).await;
            browser.open(&program.url("/")).await;
            browser.read(".money", amount).await;
            for scale in ["100%", "200%"] {
                if (width, scale) == (195, "200%") {
                    continue;
                }
                let larger = format!("document.documentElement.style.fontSize = '{scale}'");
                browser.ask(&larger).await;
                let what = format!("{amount} at {width} and {scale}");
                assert_eq!(browser.ask(lines).await, json!([1, 0]), "{what}");
                fits(&browser, &what).await;
            }
        }
    }
    // The script gives a new amount the size of its length.
    browser.be_wide(320).await;
    browser.open(&program.url("/")).await;
    change_user(&program, json!({ "balance_formatted": "7.50" })).await;
    let size = "return parseFloat(getComputedStyle(document.querySelector('.money')).fontSize)";
    let before = browser.ask(size).await.as_f64();
    browser.click("[data-refresh] button").await;
    browser.read(".money", "7.50").await;
    assert!(browser.ask(size).await.as_f64() > before);
    browser.finish().await;
}

#[tokio::test]
async fn what_was_used_is_shown_in_the_unit_of_the_balance_also_after_a_refresh() {
    let program = Program::start().await;
    let browser = Browser::start().await;
    sign_in(&browser, &program).await;
    let shown = "const line = document.querySelector('[data-used]'); return line.hidden ? '' : line.textContent";
    assert_eq!(browser.ask(shown).await, json!("已使用 250.00"));
    let same = json!({ "quota": 1_000_000, "used_quota": 250_000, "balance_formatted": "$2.00" });
    change_user(&program, same).await;
    browser.click("[data-refresh] button").await;
    browser.read(".hero-line", "已使用 $0.50").await;
    browser.open(&program.url("/")).await;
    browser.read(".hero-line", "已使用 $0.50").await;
    change_user(&program, json!({ "balance_formatted": "9.00" })).await;
    browser.click("[data-refresh] button").await;
    browser.read(".money", "9.00").await;
    assert_eq!(browser.ask(shown).await, json!(""), "the unit is unknown");
    browser.finish().await;
}

#[tokio::test]
async fn a_direction_mark_of_the_provider_turns_nothing() {
    let program = Program::start().await;
    let browser = Browser::start().await;
    sign_in(&browser, &program).await;
    let email = "\u{202e}ann@example.com";
    change_user(&program, json!({ "email": email })).await;
    let shown = "return document.querySelector('[data-field=email]').textContent";
    browser.open(&program.url("/")).await;
    assert_eq!(browser.ask(shown).await, json!("ann@example.com"));
    browser.click("[data-refresh] button").await;
    browser.read("[data-balance-status]", "餘額已更新").await;
    assert_eq!(browser.ask(shown).await, json!("ann@example.com"));
    let isolated = "return [...document.querySelectorAll('.fact bdi')] \
        .map((name) => getComputedStyle(name).unicodeBidi).join()";
    assert_eq!(browser.ask(isolated).await, json!("isolate,isolate"));
    browser.finish().await;
}

#[tokio::test]
async fn the_email_is_copied_by_a_button_that_is_there_only_with_scripts() {
    let program = Program::start().await;
    let browser = Browser::start().await;
    sign_in(&browser, &program).await;
    let allowed = json!({ "permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"] });
    browser.devtools("Browser.grantPermissions", allowed).await;
    let said = "return document.querySelector('.is-copied + [role=status]').textContent";
    browser.click("[data-copy=email]").await;
    browser.see(".is-copied").await;
    assert_eq!(browser.ask(said).await, json!("已複製"));
    let script = "const done = arguments[0]; navigator.clipboard.readText().then(done, (error) => done(`${error}`))";
    let copied = browser.driver.execute_async(script, Vec::new()).await;
    let email = browser
        .ask("return document.querySelector('[data-field=email]').textContent")
        .await;
    assert_eq!(copied.expect("the page can ask").json(), &email);

    browser.open(&program.url("/nowhere")).await;
    browser.click("[data-copy=request]").await;
    browser.see(".is-copied").await;

    browser.run_scripts(false).await;
    browser.open(&program.url("/")).await;
    browser.see(ACCOUNT).await;
    let button = browser
        .driver
        .find(thirtyfour::By::Css("[data-copy]"))
        .await;
    let is_shown = button.expect("it is hidden").is_displayed().await;
    assert_eq!(is_shown.ok(), Some(false));
    // The browser itself notes the 404.
    browser.complaints().await;
    browser.finish().await;
}

#[tokio::test]
async fn an_account_that_cannot_be_used_offers_no_top_up() {
    let program = Program::start().await;
    let browser = Browser::start().await;
    sign_in(&browser, &program).await;
    let hero = "return getComputedStyle(document.querySelector('.hero')).backgroundColor";
    let usual = browser.ask(hero).await;
    for (status, heading) in [(2, "這個帳戶已被停用"), (3, "這個帳戶已被刪除")] {
        change_user(&program, json!({ "status": status })).await;
        browser.open(&program.url("/")).await;
        browser.read("h1", heading).await;
        let title = browser.ask("return document.title").await;
        assert!(
            title
                .as_str()
                .is_some_and(|title| title.starts_with(heading)),
            "{title}"
        );
        let top_up = "return document.querySelectorAll('a[href=\"/topup\"]').length";
        assert_eq!(browser.ask(top_up).await, json!(0));
        assert_ne!(browser.ask(hero).await, usual, "the panel is grey");
    }
    browser.finish().await;
}

#[tokio::test]
async fn forced_colours_keep_the_edges() {
    let program = Program::start().await;
    let browser = Browser::start().await;
    sign_in(&browser, &program).await;
    browser.emulate(&[("forced-colors", "active")]).await;
    browser.open(&program.url("/?login=success")).await;
    browser.see(".notice").await;
    for part in [
        ".card",
        ".hero",
        ".notice",
        ".initial",
        ".button-primary",
        ".masthead .button",
        ".button-refresh",
    ] {
        let edge = format!(
            "const style = getComputedStyle(document.querySelector({part:?})); \
             return style.borderTopStyle === 'solid' && parseFloat(style.borderTopWidth) > 0 && style.borderTopColor.startsWith('rgb(')"
        );
        assert_eq!(browser.ask(&edge).await, json!(true), "{part}");
    }
    browser.photograph("forced-colours").await;
    browser.finish().await;
}

#[tokio::test]
async fn on_paper_there_is_the_account_and_nothing_to_press() {
    let program = Program::start().await;
    let browser = Browser::start().await;
    sign_in(&browser, &program).await;
    let paper = json!({ "media": "print" });
    browser.devtools("Emulation.setEmulatedMedia", paper).await;
    for part in ["h1", ".money", ".facts", ".hero-line"] {
        browser.see(part).await;
    }
    let shown = "return [...document.querySelectorAll('a, button')].filter((one) => one.checkVisibility()).map((one) => one.className).join()";
    assert_eq!(browser.ask(shown).await, json!("brand"));
    browser.photograph("print").await;
    browser.finish().await;
}

#[tokio::test]
async fn a_notice_that_is_there_at_load_changes_once_so_that_it_is_spoken() {
    let program = Program::start().await;
    let browser = Browser::start().await;
    let watch = "addEventListener('DOMContentLoaded', () => new MutationObserver(() => { window.spoken = true; }) \
        .observe(document.querySelector('[data-notices]'), { childList: true, subtree: true }))";
    browser
        .devtools(
            "Page.addScriptToEvaluateOnNewDocument",
            json!({ "source": watch }),
        )
        .await;
    browser.open(&program.url("/?error=access_denied")).await;
    browser.see(".notice-bad").await;
    while browser.ask("return window.spoken === true").await != json!(true) {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    browser
        .read("[role=status] .notice-title", "您沒有同意授權")
        .await;
    let title = browser.ask("return document.title").await;
    assert!(
        title
            .as_str()
            .is_some_and(|title| title.starts_with("您沒有同意授權")),
        "{title}"
    );
    browser.finish().await;
}

#[tokio::test]
async fn a_press_on_the_sign_in_shows_at_once() {
    let program = Program::start().await;
    let browser = Browser::start().await;
    browser.open(&program.url("/")).await;
    let button = browser.see(LOGIN).await;
    let ground = "const style = getComputedStyle(document.querySelector('[data-login]')); \
        return [style.backgroundColor, style.transitionDuration]";
    let before = browser.ask(ground).await;
    let press = browser
        .driver
        .action_chain()
        .click_and_hold_element(&button);
    press.perform().await.expect("it can be pressed");
    let pressed = browser.ask(ground).await;
    assert_ne!(pressed[0], before[0]);
    assert_eq!(pressed[1], json!("0s"));
    browser.finish().await;
}

#[tokio::test]
async fn the_theme_of_the_page_wins_over_that_of_the_system() {
    let program = Program::start().await;
    let browser = Browser::start().await;
    browser.open(&program.url("/")).await;
    let ground = |theme: &str| {
        format!(
            "const root = document.documentElement; if ({theme:?}) root.dataset.theme = {theme:?}; else delete root.dataset.theme; \
             return getComputedStyle(root).backgroundColor"
        )
    };
    let of_system = |scheme: &'static str| [("prefers-color-scheme", scheme)];
    let mut seen = Vec::new();
    for scheme in ["light", "dark"] {
        browser.emulate(&of_system(scheme)).await;
        for theme in ["", "light", "dark"] {
            seen.push(browser.ask(&ground(theme)).await);
        }
    }
    let (light, dark) = (&seen[0], &seen[3]);
    assert_ne!(light, dark);
    assert_eq!(
        seen.iter().collect::<Vec<_>>(),
        [light, light, dark, dark, light, dark]
    );
    browser.finish().await;
}

#[tokio::test]
async fn a_first_visit_takes_at_most_five_requests_and_25_kilobytes() {
    let program = Program::start().await;
    let browser = Browser::start().await;
    let taken = "return [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')] \
        .map((one) => ({ name: one.name, bytes: one.transferSize }))";
    browser.open(&program.url("/")).await;
    browser.see(LOGIN).await;
    let entries = browser.ask(taken).await;
    let entries = entries.as_array().expect("a list");
    assert!((3..=5).contains(&entries.len()), "{entries:?}");
    let bytes: u64 = entries.iter().filter_map(|one| one["bytes"].as_u64()).sum();
    assert!((1_000..=25_000).contains(&bytes), "{bytes}: {entries:?}");
    browser.finish().await;
}
