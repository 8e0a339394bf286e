//! Every page of the engine in every language in every state.

use super::*;
use crate::domain::{ErrorCode, LoginError};

const REQUEST: &str = "0198c0de-request";

fn settings() -> PageSettings {
    PageSettings {
        default_language: "zh-Hant".to_owned(),
        ..PageSettings::default()
    }
}

pub(super) fn pages() -> Pages {
    Pages::load(&settings()).unwrap()
}

pub(super) fn frame(language: &Language) -> Frame<'_> {
    Frame::new(language, "bm9uY2U", REQUEST)
}

fn language<'p>(pages: &'p Pages, tag: &str) -> &'p Language {
    pages.languages().find(tag).unwrap()
}

/// Renders the page at `/` for a browser that is signed out.
fn signed_out(pages: &Pages, tag: &str, notice: Option<Notice>) -> String {
    let frame = frame(language(pages, tag));
    let page = pages.home(&frame, Home::SignedOut, notice, "home.html", &());
    page.unwrap()
}

#[test]
fn every_page_renders_in_every_language_and_state() {
    let pages = pages();
    let mut seen = 0;
    for language in pages.languages().all() {
        for sandbox in [None, Some("http://127.0.0.1:3001/sandbox")] {
            let frame = Frame {
                sandbox,
                ..frame(language)
            };
            for (name, page) in pages.samples(&frame) {
                let page = page.unwrap_or_else(|error| panic!("{name}: {error}"));
                assert!(page.starts_with("<!doctype html>"), "{name}");
                assert!(page.trim_end().ends_with("</html>"), "{name}");
                let root = format!("<html lang=\"{}\">", language.tag());
                assert!(page.contains(&root), "{name}");
                assert!(!page.contains("{{") && !page.contains("{%"), "{name}");
                seen += 1;
            }
        }
    }
    assert!(seen > 500, "only {seen} pages");
}

/// Covers: ASVS-3.4.3, RFC6749-3.1.2.5-1
#[test]
fn the_check_of_the_engines_own_pages_finds_no_fault() {
    assert_eq!(pages().check(), Vec::<String>::new());
}

#[test]
fn a_page_about_a_failure_carries_the_request_id() {
    let pages = pages();
    let problem = Problem {
        status: 404,
        code: ErrorCode::NotFound.code(),
        arguments: &[],
        row: ErrorCode::NotFound,
        retry: None,
    };
    let frame = frame(language(&pages, "en"));
    for page in [
        pages.problem(&frame, &problem),
        pages.home(&frame, Home::StoreUnavailable, None, "home.html", &()),
    ] {
        assert!(page.unwrap().contains(REQUEST));
    }
}

#[test]
fn an_error_of_the_apps_own_has_its_sentence_or_that_of_its_status() {
    let pages = pages();
    let arguments = [("id_text", "<b>".to_owned())];
    let page = |code| {
        let problem = Problem {
            status: 422,
            code,
            arguments: &arguments,
            row: ErrorCode::BadRequest,
            retry: None,
        };
        pages
            .problem(&frame(language(&pages, "en")), &problem)
            .unwrap()
    };
    // Of the codes only the second has sentences in the words; an argument that no sentence asks for is not shown.
    assert!(page("no_words").contains("We could not understand that request"));
    assert!(page("not_found").contains("Page not found"));
    assert!(!page("no_words").contains("<b>"));
}

#[test]
fn the_interstitial_works_without_scripts() {
    let target = LocalTarget::new("/orders?id=1&view=all").unwrap();
    let pages = pages();
    let page = pages
        .continue_to(&frame(language(&pages, "zh-Hant")), target)
        .unwrap();
    let refresh = "<meta http-equiv=\"refresh\" content=\"0;url=/orders?id=1&amp;view=all\">";
    assert!(page.contains(refresh) && !page.contains("<script"));
    assert!(page.contains("<a href=\"/orders?id=1&amp;view=all\">"));
}

#[test]
fn the_title_of_the_configuration_replaces_the_one_from_the_words() {
    let settings = PageSettings {
        title: Some("Ledger & Co".to_owned()),
        ..settings()
    };
    let page = signed_out(&Pages::load(&settings).unwrap(), "zh-Hant", None);
    assert!(page.contains("<title>登入 · Ledger &amp; Co</title>"));
    assert!(!page.contains("我的應用"));
}

/// Covers: CSP3-6.4.1-1
#[test]
fn signed_out_the_login_is_a_link_and_nothing_of_an_account_shows() {
    let page = signed_out(&pages(), "zh-Hant", None);
    assert!(
        page.contains("<a class=\"button button-primary button-large\" href=\"/auth/oauth/start\"")
    );
    assert!(page.contains(">🚀 一鍵登入</a>"));
    assert!(!page.contains("<form") && !page.contains("data-account"));
    assert!(page.contains("<title>登入 · 我的應用</title>"));
}

#[test]
fn a_change_of_language_keeps_the_sentence_of_an_error() {
    let pages = pages();
    let notice = Some(Notice::Error(LoginError::AccessDenied));
    let page = signed_out(&pages, "zh-Hant", notice);
    assert!(page.contains("href=\"/?lang=ja&amp;error=access_denied\""));
    let page = signed_out(&pages, "zh-Hant", None);
    assert!(page.contains("href=\"/?lang=ja\""));
}

/// Covers: RFC6749-10.14-1
#[test]
fn a_name_from_the_provider_is_rendered_as_text() {
    let hostile = "\"><script>alert(1)</script><img src=x onerror='a'>&amp;{{ title }}";
    let settings = PageSettings {
        title: Some(hostile.to_owned()),
        ..settings()
    };
    let pages = Pages::load(&settings).unwrap();
    let frame = Frame {
        request_id: hostile,
        user: Some(hostile),
        ..frame(language(&pages, "en"))
    };
    let home = Home::SignedIn("signed_in");
    let page = pages.home(&frame, home, None, "home.html", &()).unwrap();
    assert!(!page.contains("<script>") && !page.contains("<img src=x"));
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
    assert!(page.contains("&amp;amp;{{ title }}"));
}

#[test]
fn only_the_languages_of_the_settings_are_offered_in_their_order() {
    let offered = |languages: &[&'static str], default: &str| {
        let settings = PageSettings {
            languages: languages.to_vec(),
            default_language: default.to_owned(),
            ..PageSettings::default()
        };
        let pages = Pages::load(&settings).map_err(|error| error.to_string())?;
        let tags = pages
            .languages()
            .all()
            .iter()
            .map(|one| one.tag().to_owned());
        Ok(tags.collect::<Vec<_>>().join(" "))
    };
    assert_eq!(offered(&[], "ja"), Ok("en ja zh-Hans zh-Hant".to_owned()));
    assert_eq!(offered(&["ja", "en"], "en"), Ok("ja en".to_owned()));
    let fault: Result<String, String> = offered(&["ja", "en"], "zh-Hant");
    let fault = fault.unwrap_err();
    assert!(
        fault.starts_with("ui.default_language: ") && fault.ends_with("one of ja, en"),
        "{fault}"
    );
    assert!(
        offered(&["ko"], "ko")
            .unwrap_err()
            .contains("templates/i18n/ko.ftl")
    );
}

#[test]
fn a_kept_page_equals_a_rendered_one() {
    let pages = Pages::load(&settings()).unwrap();
    for one in pages.languages().all() {
        let frame = frame(one);
        for home in [Home::SignedOut, Home::StoreUnavailable] {
            for notice in [None, Some(Notice::CookiesBlocked)] {
                let rendered = pages.home(&frame, home, notice, "home.html", &()).unwrap();
                let kept = pages.to_keep(&frame, home, notice, "home.html").unwrap();
                assert_eq!(kept.fill(frame.nonce, frame.request_id), rendered);
            }
        }
    }
}
