//! What a reader has set: a zoom of 400 %, text of 200 %, less motion.

use reqwest::Method;
use serde_json::json;

use crate::kit::Browser;
use crate::program::Program;
use crate::steps::*;
use crate::words::{LANGUAGES, sentences};

/// Returns what of the page a reader cannot see or press: what is outside of the window or of its panel, and controls that something covers.
const OUT_OF_REACH: &str = "
  const faults = [];
  const wide = document.documentElement.scrollWidth - innerWidth;
  if (wide > 0) faults.push(`the page is ${wide} pixels too wide`);
  const name = (one) => `${one.tagName}.${one.className} ${one.textContent.trim().slice(0, 20)}`;
  const shown = (css) => [...document.querySelectorAll(css)].filter((one) => one.checkVisibility() && !one.closest('svg, .skip, .copied'));
  for (const one of shown('body *')) {
    const { left, right } = one.getBoundingClientRect();
    if (left < -0.5 || right > innerWidth + 0.5) faults.push(`outside: ${name(one)}`);
    const isClipped = getComputedStyle(one).overflowY !== 'visible';
    if (isClipped && one.scrollHeight > one.clientHeight + 1) faults.push(`cut: ${name(one)}`);
  }
  for (const panel of shown('.card, .hero, .button, .notice, .callout, .badge, .masthead, .foot')) {
    const range = document.createRange();
    range.selectNodeContents(panel);
    const { left, right } = panel.getBoundingClientRect();
    const isOver = [...range.getClientRects()].some((box) => box.left < left - 0.5 || box.right > right + 0.5);
    if (isOver) faults.push(`too wide for its panel: ${name(panel)}`);
  }
  for (const one of shown('a, button')) {
    one.scrollIntoView({ block: 'center', behavior: 'instant' });
    const { x, y, width, height } = one.getClientRects()[0];
    const top = document.elementFromPoint(x + width / 2, y + height / 2);
    if (!top || !one.contains(top)) faults.push(`covered: ${name(one)}`);
  }
  return faults;";

/// Opens these pages in each language, and checks that everything on them can be reached.
async fn everything_is_in_reach(browser: &Browser, program: &Program, paths: &[&str], css: &str) {
    for language in LANGUAGES {
        for path in paths {
            let separator = if path.contains('?') { '&' } else { '?' };
            let path = format!("{path}{separator}lang={language}");
            let what = |how: &str| format!("{path}, {how}");
            browser.zoom(4).await;
            browser.open(&program.url(&path)).await;
            browser.see(css).await;
            let faults = browser.ask(OUT_OF_REACH).await;
            assert_eq!(faults, json!([]), "{}", what("zoom 400 %"));
            browser
                .ask("document.documentElement.style.fontSize = '200%'")
                .await;
            for width in [390, 1280] {
                browser.be_wide(width).await;
                let faults = browser.ask(OUT_OF_REACH).await;
                let how = format!("text 200 % at {width}");
                assert_eq!(faults, json!([]), "{}", what(&how));
            }
        }
    }
}

#[tokio::test]
async fn signed_out_everything_is_in_reach_at_a_zoom_of_400_and_text_of_200_percent() {
    let program = Program::start().await;
    let browser = Browser::start().await;
    let errors = sentences("en");
    let longest = errors.iter().max_by_key(|(_, text)| text.len());
    let error = format!("/?error={}", longest.expect("there are errors").0);
    let paths = ["/", &error, "/nowhere"];
    everything_is_in_reach(&browser, &program, &paths, ".card").await;
    // The browser itself notes the page that is not there.
    browser.complaints().await;
    browser.finish().await;
}

#[tokio::test]
async fn signed_in_everything_is_in_reach_at_a_zoom_of_400_and_text_of_200_percent() {
    let program = Program::start().await;
    let browser = Browser::start().await;
    sign_in(&browser, &program).await;
    let user = json!({
        "balance_formatted": "$123,456,789,012,345.678901",
        "email": "a.very.long.address.without.any.space@a-long-name-of-a-host.example.com",
    });
    program.sandbox.ask(Method::PATCH, "users/demo", user).await;
    let paths = ["/?balance=updated", "/sessions"];
    everything_is_in_reach(&browser, &program, &paths, ".card").await;
    program.sandbox.break_always("userinfo", "html_502").await;
    everything_is_in_reach(&browser, &program, &["/"], ".callout").await;
    browser.complaints().await;
    browser.finish().await;
}

#[tokio::test]
async fn less_motion_moves_nothing() {
    let program = Program::start_with(&[("BFF_PROVIDER__PAGE_WAIT_MS", "1")]).await;
    let browser = Browser::start().await;
    sign_in(&browser, &program).await;
    program.sandbox.break_always("userinfo", "hang").await;
    browser.open(&program.url("/?error=access_denied")).await;
    browser.see("[data-pending] .spinner").await;
    let moves = "return document.getAnimations().length > 0";
    for (motion, is_moving) in [("no-preference", true), ("reduce", false)] {
        browser.emulate(&[("prefers-reduced-motion", motion)]).await;
        assert_eq!(browser.ask(moves).await, json!(is_moving), "{motion}");
    }
    browser.finish().await;
}
