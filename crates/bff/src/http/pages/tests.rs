//! Every page in every language in every state.

use std::sync::LazyLock;

use super::*;
use crate::domain::{EndCause, ErrorCode};
use crate::provider::AccountStatus;

const REQUEST: &str = "0198c0de-request";

pub(super) fn pages() -> Pages {
    Pages::load(PageSettings::default()).unwrap()
}

pub(super) fn frame(language: Language) -> Frame<'static> {
    Frame {
        language,
        nonce: "bm9uY2U",
        request_id: REQUEST,
        sandbox: None,
        user: None,
    }
}

fn account(balance: Option<&str>, status: AccountStatus) -> AccountView {
    AccountView {
        username: Some("user123".to_owned()),
        email: Some("user@example.com".to_owned()),
        balance: balance.map(str::to_owned),
        status,
    }
}

/// Every state of `/` under a name for it.
fn homes() -> Vec<(String, Home, Option<Notice>)> {
    use AccountStatus::{Deleted, Disabled, Enabled, Unknown};
    let signed_in = |name: &str, balance, status| {
        (
            name.to_owned(),
            Home::SignedIn(account(balance, status)),
            None,
        )
    };
    let nothing = AccountView {
        username: None,
        email: None,
        balance: None,
        status: Enabled,
    };
    let long = AccountView {
        username: Some("n".repeat(200)),
        email: Some(format!("{}@example.com", "e".repeat(200))),
        balance: Some(format!("-{}.00", "9".repeat(40))),
        status: Unknown(i64::MAX),
    };
    let mut all = vec![
        ("signed-out".to_owned(), Home::SignedOut, None),
        signed_in("signed-in", Some("750.00"), Enabled),
        signed_in("negative", Some("-12.50"), Enabled),
        signed_in("no-balance", None, Enabled),
        signed_in("disabled", Some("750.00"), Disabled),
        signed_in("deleted", Some("0.00"), Deleted),
        signed_in("unknown-status", Some("750.00"), Unknown(42)),
        ("nothing-known".to_owned(), Home::SignedIn(nothing), None),
        ("long".to_owned(), Home::SignedIn(long), None),
        ("store-away".to_owned(), Home::StoreUnavailable, None),
    ];
    for cause in AccountTrouble::ALL {
        for minutes in [None, Some(0), Some(1), Some(59), Some(180)] {
            let home = Home::AccountUnavailable {
                username: Some("user123".to_owned()),
                cause,
                known: minutes.map(|minutes| KnownAccount {
                    account: account(Some("750.00"), Enabled),
                    minutes,
                }),
            };
            all.push((format!("no-account-{cause:?}-{minutes:?}"), home, None));
        }
        all.push((
            format!("no-account-{cause:?}-nameless"),
            Home::AccountUnavailable {
                username: None,
                cause,
                known: None,
            },
            None,
        ));
    }
    for notice in [
        Notice::LoggedOut,
        Notice::RefreshFailed,
        Notice::CookiesBlocked,
    ] {
        all.push((format!("notice-{notice:?}"), Home::SignedOut, Some(notice)));
    }
    for cause in EndCause::ALL {
        let notice = Notice::SessionEnded(cause);
        all.push((
            format!("ended-{}", cause.code()),
            Home::SignedOut,
            Some(notice),
        ));
    }
    for notice in [
        Notice::LoggedIn,
        Notice::StillSignedIn,
        Notice::BalanceUpdated,
    ] {
        let home = Home::SignedIn(account(Some("750.00"), Enabled));
        all.push((format!("notice-{notice:?}"), home, Some(notice)));
    }
    for error in LoginError::ALL.iter().copied() {
        all.push((
            format!("error-{}", error.code()),
            Home::SignedOut,
            Some(Notice::Error(error)),
        ));
    }
    all
}

/// Every page there is, by name, in one language.
pub(super) fn every_page(pages: &Pages, frame: &Frame<'_>) -> Vec<(String, String)> {
    let target = LocalTarget::new("/orders?id=1&view=all").unwrap();
    let mut all = vec![(
        "continue".to_owned(),
        pages.continue_to(frame, target).unwrap(),
    )];
    for (name, home, notice) in homes() {
        all.push((name, pages.home(frame, &home, notice).unwrap()));
    }
    for error in ErrorCode::ALL {
        for retry in [None, Some(target)] {
            let problem = Problem {
                status: 503,
                code: error.code(),
                arguments: &[],
                row: error,
                retry,
            };
            let name = format!("problem-{}-{}", error.code(), retry.is_some());
            all.push((name, pages.problem(frame, &problem).unwrap()));
        }
    }
    let success = PopupOutcome::Success { return_to: target };
    all.push((
        "popup-success".to_owned(),
        pages.popup_result(frame, success).unwrap(),
    ));
    for error in LoginError::ALL.iter().copied() {
        let page = pages
            .popup_result(frame, PopupOutcome::Error(error))
            .unwrap();
        all.push((format!("popup-{}", error.code()), page));
    }
    all
}

/// Calls `check` with every page in every language, with and without the sandbox's ribbon.
pub(super) fn in_all_languages(mut check: impl FnMut(Language, &str, &str)) {
    static ALL: LazyLock<Vec<(Language, String, String)>> = LazyLock::new(|| {
        let pages = pages();
        let mut all = Vec::new();
        for language in Language::ALL {
            for sandbox in [None, Some("http://127.0.0.1:3001/sandbox")] {
                let frame = Frame {
                    sandbox,
                    ..frame(language)
                };
                let rendered = every_page(&pages, &frame).into_iter();
                all.extend(rendered.map(|(name, page)| (language, name, page)));
            }
        }
        all
    });
    for (language, name, page) in ALL.iter() {
        check(*language, name, page);
    }
}

#[test]
fn every_page_renders_in_every_language_and_state() {
    let mut seen = 0;
    in_all_languages(|language, name, page| {
        assert!(page.starts_with("<!doctype html>"), "{name}");
        assert!(page.trim_end().ends_with("</html>"), "{name}");
        assert!(
            page.contains(&format!("<html lang=\"{}\">", language.tag())),
            "{name}"
        );
        assert!(!page.contains("{{") && !page.contains("{%"), "{name}");
        seen += 1;
    });
    assert!(seen > 500, "only {seen} pages");
}

/// Covers: RFC6749-10.14-1
#[test]
fn what_the_provider_says_is_text_and_never_markup() {
    let hostile = "\"><script>alert(1)</script><img src=x onerror='a'>&amp;{{ title }}";
    let home = Home::SignedIn(AccountView {
        username: Some(hostile.to_owned()),
        email: Some(hostile.to_owned()),
        balance: Some(hostile.to_owned()),
        status: AccountStatus::Unknown(i64::MIN),
    });
    let settings = PageSettings {
        title: Some(hostile.to_owned()),
    };
    let frame = Frame {
        request_id: hostile,
        user: Some(hostile),
        ..frame(Language::En)
    };
    let page = Pages::load(settings)
        .unwrap()
        .home(&frame, &home, None)
        .unwrap();
    assert!(!page.contains("<script>") && !page.contains("<img src=x"));
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
    assert!(page.contains("&amp;amp;{{ title }}"));
    assert!(page.contains("-9223372036854775808"));
}

#[test]
fn a_name_that_changed_at_the_provider_is_not_another_person() {
    let home = Home::SignedIn(AccountView {
        username: Some("renamed".to_owned()),
        ..account(None, AccountStatus::Enabled)
    });
    let frame = Frame {
        user: Some("user123"),
        ..frame(Language::En)
    };
    let page = pages().home(&frame, &home, None).unwrap();
    assert!(page.contains(">renamed<"), "the name as it is now is shown");
    assert!(
        page.contains("data-user=\"user123\""),
        "the script compares with what /api/session says"
    );
}

#[test]
fn a_change_of_language_keeps_the_sentence_of_an_error() {
    let pages = pages();
    let notice = Some(Notice::Error(LoginError::AccessDenied));
    let page = pages
        .home(&frame(Language::ZhHant), &Home::SignedOut, notice)
        .unwrap();
    assert!(page.contains("href=\"/?lang=ja&amp;error=access_denied\""));
    let page = pages
        .home(&frame(Language::ZhHant), &Home::SignedOut, None)
        .unwrap();
    assert!(page.contains("href=\"/?lang=ja\""));
}

/// Covers: CSP3-6.4.1-1
#[test]
fn signed_out_the_login_is_a_link_and_nothing_of_an_account_shows() {
    let page = pages()
        .home(&frame(Language::ZhHant), &Home::SignedOut, None)
        .unwrap();
    assert!(
        page.contains("<a class=\"button button-primary button-large\" href=\"/auth/oauth/start\"")
    );
    assert!(page.contains(">🚀 一鍵登入</a>"));
    assert!(!page.contains("<form") && !page.contains("data-account"));
}

/// Covers: ASVS-7.4.4
#[test]
fn signed_in_every_action_works_without_scripts() {
    let home = Home::SignedIn(account(Some("750.00"), AccountStatus::Enabled));
    let page = pages().home(&frame(Language::ZhHant), &home, None).unwrap();
    for part in [
        ">user123</dd>",
        ">user@example.com</dd>",
        ">750.00</dd>",
        "<form method=\"get\" action=\"/\"",
        "<input type=\"hidden\" name=\"balance\" value=\"updated\">",
        "href=\"/topup\" target=\"_blank\" rel=\"noopener\"",
        "<form method=\"post\" action=\"/auth/logout\">",
    ] {
        assert!(page.contains(part), "{part} is missing");
    }
}

#[test]
fn a_balance_is_shown_word_for_word_below_zero_and_missing() {
    let pages = pages();
    let shown = |balance| {
        let home = Home::SignedIn(account(balance, AccountStatus::Enabled));
        pages.home(&frame(Language::En), &home, None).unwrap()
    };
    let (plain, below, missing) = (shown(Some("0750.0")), shown(Some("-0.01")), shown(None));
    assert!(plain.contains(">0750.0</dd>") && !plain.contains("is-negative"));
    assert!(plain.contains("data-negative-note hidden"));
    assert!(below.contains(">-0.01</dd>") && below.contains("is-negative"));
    assert!(!below.contains("data-negative-note hidden"));
    assert!(missing.contains(">Balance not available</dd>") && missing.contains("is-missing"));
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
    let away = Home::AccountUnavailable {
        username: None,
        cause: AccountTrouble::ProviderTimeout,
        known: None,
    };
    let frame = frame(Language::En);
    for page in [
        pages.problem(&frame, &problem),
        pages.home(&frame, &away, None),
        pages.home(&frame, &Home::StoreUnavailable, None),
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
        pages.problem(&frame(Language::En), &problem).unwrap()
    };
    // Of the codes only the second has sentences in the words; an argument that no sentence asks for is not shown.
    assert!(page("no_words").contains("We could not understand that request"));
    assert!(page("not_found").contains("There is no such page"));
    assert!(!page("no_words").contains("<b>"));
}

#[test]
fn the_step_to_the_target_needs_no_script() {
    let target = LocalTarget::new("/orders?id=1&view=all").unwrap();
    let page = pages()
        .continue_to(&frame(Language::ZhHant), target)
        .unwrap();
    let refresh = "<meta http-equiv=\"refresh\" content=\"0;url=/orders?id=1&amp;view=all\">";
    assert!(page.contains(refresh) && !page.contains("<script"));
    assert!(page.contains("<a href=\"/orders?id=1&amp;view=all\">"));
}

#[test]
fn the_title_of_the_configuration_replaces_the_one_from_the_words() {
    let settings = PageSettings {
        title: Some("Ledger & Co".to_owned()),
    };
    let page = Pages::load(settings).unwrap();
    let page = page
        .home(&frame(Language::ZhHant), &Home::SignedOut, None)
        .unwrap();
    assert!(page.contains("<title>Ledger &amp; Co</title>"));
    assert!(!page.contains("我的第三方應用"));
}
