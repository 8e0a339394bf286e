//! The account page in every language in every state.

use bff::config::{Config, Sources};
use bff::http::pages::{Frame, Home, Language, Pages};

use super::samples::account;
use super::view::fit;
use super::*;

const NONCE: &str = "bm9uY2U";

fn pages() -> Pages {
    let app = crate::app();
    let loaded = Config::load(&app.add_settings_to(Sources::new(""))).unwrap();
    app.pages(&loaded.config).unwrap()
}

fn frame(language: &Language) -> Frame<'_> {
    Frame {
        user: Some("user123"),
        ..Frame::new(language, NONCE, "0198c0de-request")
    }
}

/// The account of an answer of the provider.
fn info(fields: &Value) -> UserInfo {
    UserInfo::read(&bff::Json::parse(&fields.to_string()).unwrap(), 500_000)
}

fn shown(tag: &str, account: &Account<'_>) -> String {
    let pages = pages();
    let language = pages.languages().find(tag).unwrap();
    let data = json!({ "account": account });
    let home = Home::SignedIn("signed_in");
    pages
        .home(&frame(language), home, None, "account.html", &data)
        .unwrap()
}

/// Covers: ASVS-3.4.3
#[test]
fn the_page_renders_in_every_language_and_state_by_the_rules_of_markup() {
    let pages = pages();
    assert_eq!(pages.check(), Vec::<String>::new());
    for language in pages.languages().all() {
        for sample in samples::all() {
            let (name, home) = (sample.name(), Home::SignedIn(sample.state().unwrap()));
            let data = sample.data();
            let page = pages.home(&frame(language), home, None, sample.template(), data);
            let page = page.unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(
                pages.markup_faults(&page, NONCE, None),
                Vec::<String>::new(),
                "{name}"
            );
        }
    }
}

#[test]
fn the_agreed_texts_are_on_the_page() {
    let page = shown("zh-Hant", &account(Some("750.00")));
    // A fork has a title of its own.
    if env!("CARGO_PKG_NAME") == "aihubmix-bff" {
        assert!(page.contains("我的第三方應用"));
    }
    for text in [
        "歡迎回來！",
        "用戶名：",
        "電子郵件：",
        "帳戶餘額：",
        "刷新餘額",
        "帳戶儲值",
        "餘額已更新",
        "刷新失敗，請重新登入",
    ] {
        assert!(page.contains(text), "{text}");
    }
}

/// Covers: RFC6749-10.14-1
#[test]
fn what_the_provider_says_is_text_and_never_markup() {
    let hostile = "\"><script>alert(1)</script><img src=x onerror='a'>&amp;{{ title }}";
    let page = shown(
        "en",
        &Account {
            username: Some(hostile.to_owned()),
            email: Some(hostile.to_owned()),
            balance: Some(hostile),
            status: i64::MIN,
            status_words: Some("status-unknown"),
            ..account(None)
        },
    );
    assert!(!page.contains("<script>") && !page.contains("<img src=x"));
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
    assert!(page.contains("&amp;amp;{{ title }}"));
    assert!(page.contains("-9223372036854775808"));
}

/// Covers: RFC6749-10.14-1
#[test]
fn a_name_that_looks_like_a_part_of_a_template_or_reverses_the_text_is_only_a_name() {
    let name = "\u{202e}{{ t(id=\"sign-out\") }}{% raw %}{# kept7nonce7kept \u{2066}<script>";
    let info = info(&json!({ "username": name, "email": name, "balance_formatted": "1.00" }));
    for tag in ["en", "zh-Hant"] {
        let page = shown(tag, &Account::new(&info, 500_000));
        let text = "{{ t(id=&quot;sign-out&quot;) }}{% raw %}{# kept7nonce7kept &lt;script&gt;";
        assert_eq!(page.matches(&format!(">{text}</bdi>")).count(), 2, "{page}");
        assert!(!page.contains(['\u{202e}', '\u{2066}']));
    }
}

#[test]
fn a_name_that_changed_at_the_provider_is_not_another_person() {
    let page = shown(
        "en",
        &Account {
            username: Some("renamed".to_owned()),
            ..account(None)
        },
    );
    assert!(page.contains(">renamed<"), "the name as it is now is shown");
    assert!(
        page.contains("data-user=\"user123\""),
        "the script compares with what /api/session says"
    );
}

/// Covers: ASVS-7.4.4
#[test]
fn signed_in_every_action_works_without_scripts() {
    let page = shown("zh-Hant", &account(Some("750.00")));
    for part in [
        ">user123</bdi>",
        ">user@example.com</bdi>",
        ">750.00</p>",
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
    let shown = |balance| shown("en", &account(balance));
    let (plain, below, missing) = (shown(Some("0750.0")), shown(Some("-0.01")), shown(None));
    assert!(plain.contains(">0750.0</p>") && !plain.contains("is-negative"));
    assert!(plain.contains("data-negative-note hidden"));
    assert!(below.contains(">-0.01</p>") && below.contains("is-negative"));
    assert!(!below.contains("data-negative-note hidden"));
    assert!(missing.contains(">Balance not available</p>") && missing.contains("is-missing"));
}

#[test]
fn an_account_that_cannot_be_used_has_its_own_heading_and_no_top_up() {
    for (status, heading) in [
        (2, "This account is disabled"),
        (3, "This account has been deleted"),
    ] {
        let info =
            info(&json!({ "username": "u", "balance_formatted": "-1.00", "status": status }));
        let page = shown("en", &Account::new(&info, 500_000));
        assert!(
            page.contains(&format!("<h1 id=\"account-heading\">{heading}</h1>")),
            "{page}"
        );
        assert!(page.contains(&format!("<title>{heading} · ")), "{page}");
        assert!(
            page.contains("is-blocked") && page.contains(">-1.00</p>"),
            "{page}"
        );
        assert!(
            !page.contains("/topup") && !page.contains("Welcome back!"),
            "{page}"
        );
        assert!(
            page.contains("data-negative-note hidden"),
            "it asks for no top-up either"
        );
    }
}

#[test]
fn name_email_and_balance_are_those_of_one_answer() {
    let known = Known {
        info: info(&json!({ "username": "old", "balance_formatted": "1.00" })),
        unit: 1,
        minutes: 125,
    };
    let of_known = [
        unavailable("provider_timeout", Some("new"), Some(&known)),
        pending(Some("new"), Some(&known), 0, false),
    ];
    for data in of_known {
        assert_eq!(data["account"]["username"], json!("old"));
        assert_eq!(data["account"]["email"], Value::Null);
        assert_eq!(data["account"]["balance"], json!("1.00"));
        assert_eq!(data["age"], json!({ "minutes": 125, "hours": 2 }));
    }
    let data = unavailable("provider_timeout", Some("new"), None);
    assert_eq!(data["account"]["username"], json!("new"));
    assert_eq!(data["account"]["balance"], Value::Null);
}

#[test]
fn a_name_cannot_turn_the_direction_of_the_page() {
    let info =
        info(&json!({ "username": "\u{202e}moc.elpmaxe", "email": "a\u{2067}@example.com" }));
    let account = Account::new(&info, 1);
    assert_eq!(account.username.as_deref(), Some("moc.elpmaxe"));
    assert_eq!(account.initial.as_deref(), Some("M"));
    assert_eq!(account.email.as_deref(), Some("a@example.com"));
}

#[test]
fn an_amount_has_the_step_of_its_length() {
    for (balance, step) in [
        ("0.00", 8),
        ("$123,456.78", 12),
        ("$123,456,789,012,345.678901", 28),
    ] {
        assert_eq!(fit(balance), step, "{balance}");
    }
    assert_eq!(fit(&"9".repeat(200)), 64);
}

#[test]
fn the_quota_unit_is_checked_at_the_start() {
    let load = |value: &str| {
        let sources = Sources::new("").with("BFF_PROVIDER__QUOTA_PER_UNIT", value);
        Config::load(&crate::app().add_settings_to(sources))
    };
    for value in ["0", "-1", "many"] {
        let faults = load(value).err().map(|faults| faults.to_string());
        let faults = faults.unwrap_or_else(|| panic!("{value} is accepted"));
        assert!(faults.starts_with("provider.quota_per_unit: "), "{faults}");
        assert!(
            faults.ends_with("(from BFF_PROVIDER__QUOTA_PER_UNIT)"),
            "{faults}"
        );
    }
    assert!(load("1").is_ok());
}
