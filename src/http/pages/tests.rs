//! Every page in every language in every state.

use super::*;

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
    let mut all = vec![
        ("signed-out".to_owned(), Home::SignedOut, None),
        signed_in("signed-in", Some("750.00"), Enabled),
        signed_in("negative", Some("-12.50"), Enabled),
        signed_in("no-balance", None, Enabled),
        signed_in("disabled", Some("750.00"), Disabled),
        signed_in("deleted", Some("0.00"), Deleted),
        signed_in("unknown-status", Some("750.00"), Unknown(42)),
        ("nothing-known".to_owned(), Home::SignedIn(nothing), None),
        ("store-away".to_owned(), Home::StoreUnavailable, None),
    ];
    for cause in AccountTrouble::ALL {
        let home = Home::AccountUnavailable {
            username: Some("user123".to_owned()),
            cause,
        };
        all.push((format!("no-account-{cause:?}"), home, None));
        all.push((
            format!("no-account-{cause:?}-nameless"),
            Home::AccountUnavailable {
                username: None,
                cause,
            },
            None,
        ));
    }
    for notice in [
        Notice::LoggedOut,
        Notice::RefreshFailed,
        Notice::SessionExpired,
    ] {
        all.push((format!("notice-{notice:?}"), Home::SignedOut, Some(notice)));
    }
    for notice in [Notice::LoggedIn, Notice::BalanceUpdated] {
        let home = Home::SignedIn(account(Some("750.00"), Enabled));
        all.push((format!("notice-{notice:?}"), home, Some(notice)));
    }
    for error in LoginError::ALL {
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
    for kind in ProblemKind::ALL {
        for retry in [None, Some(target)] {
            let problem = Problem {
                status: 503,
                kind,
                retry,
            };
            let name = format!("problem-{}-{}", kind.code(), retry.is_some());
            all.push((name, pages.problem(frame, &problem).unwrap()));
        }
    }
    let success = PopupOutcome::Success { return_to: target };
    all.push((
        "popup-success".to_owned(),
        pages.popup_result(frame, success).unwrap(),
    ));
    for error in LoginError::ALL {
        let page = pages
            .popup_result(frame, PopupOutcome::Error(error))
            .unwrap();
        all.push((format!("popup-{}", error.code()), page));
    }
    all
}

fn in_all_languages(mut check: impl FnMut(Language, &str, &str)) {
    let pages = pages();
    for language in Language::ALL {
        for sandbox in [None, Some("http://127.0.0.1:3001/sandbox")] {
            for (name, page) in every_page(
                &pages,
                &Frame {
                    sandbox,
                    ..frame(language)
                },
            ) {
                check(language, &name, &page);
            }
        }
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
