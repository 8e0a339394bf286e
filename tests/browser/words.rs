//! Every error that the page can be asked to show, in every language, and nothing echoed.

use std::fs;
use std::path::Path;

use serde_json::json;

use crate::kit::Browser;
use crate::program::Program;

pub const LANGUAGES: [&str; 4] = ["zh-Hant", "zh-Hans", "en", "ja"];

/// The sentences of a language: `error-CODE = SENTENCE`.
pub fn sentences(language: &str) -> Vec<(String, String)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join(format!("crates/bff/templates/i18n/{language}.ftl"));
    let text = fs::read_to_string(path).expect("every language has its words");
    let found: Vec<_> = text
        .lines()
        .filter_map(|line| line.strip_prefix("error-")?.split_once(" = "))
        .map(|(code, sentence)| {
            (
                code.to_owned(),
                sentence.replace("{ -provider }", "AIHubMix"),
            )
        })
        .collect();
    assert!(found.len() >= 10, "the words of {language} can be read");
    found
}

#[tokio::test]
async fn every_error_is_a_sentence_in_the_readers_language() {
    let program = Program::start().await;
    let browser = Browser::start().await;
    for language in LANGUAGES {
        for (code, sentence) in sentences(language) {
            browser
                .open(&program.url(&format!("/?lang={language}&error={code}")))
                .await;
            browser.read(".notice-bad .notice-title", &sentence).await;
        }
        browser.photograph_all(&format!("error-{language}")).await;
    }
    browser.finish().await;
}

#[tokio::test]
async fn a_space_is_narrower_than_a_letter_in_every_language() {
    let program = Program::start().await;
    let browser = Browser::start().await;
    let script = "const pen = document.createElement('canvas').getContext('2d'); \
        pen.font = `100px ${getComputedStyle(document.body).fontFamily}`; \
        return pen.measureText(' ').width / pen.measureText('n').width";
    for language in LANGUAGES {
        browser
            .open(&program.url(&format!("/?lang={language}")))
            .await;
        browser.see("[data-login]").await;
        let width = browser
            .driver
            .execute(script, Vec::new())
            .await
            .expect("the page can be asked");
        let width = width.json().as_f64().expect("a number");
        assert!(width < 1.0, "{language}: {width}");
    }
    browser.finish().await;
}

#[tokio::test]
async fn an_unknown_error_is_not_echoed() {
    let program = Program::start().await;
    let browser = Browser::start().await;
    browser
        .open(&program.url("/?error=canary-1&error_description=canary-2&lang=canary-3"))
        .await;
    browser.see("[data-login]").await;
    let page = browser
        .driver
        .source()
        .await
        .expect("the page has a source");
    assert!(!page.contains("canary"), "{page}");
    browser.finish().await;
}

#[tokio::test]
async fn contact_us_is_a_link_where_there_is_an_address_and_is_not_there_without_one() {
    let support = "https://support.example.com/";
    let browser = Browser::start().await;
    let link = "return document.querySelectorAll('.notice a').length";
    for (settings, links) in [(vec![("BFF_UI__SUPPORT_URL", support)], 1), (vec![], 0)] {
        let program = Program::start_with(&settings).await;
        browser.open(&program.url("/?error=invalid_scope")).await;
        browser.see(".notice-bad").await;
        assert_eq!(browser.ask(link).await, json!(links));
        if links > 0 {
            browser.see(&format!(".notice a[href='{support}']")).await;
        }
    }
    browser.finish().await;
}
