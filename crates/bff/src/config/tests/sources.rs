//! Tests of the precedence of sources, the names of variables, and the faults of invalid sources.

use std::path::Path;

use crate::config::LogFormat;

use super::{Config, KEY, PRODUCTION, Place, keys, varied};

fn title(config: &Config) -> &str {
    config.ui.title.as_deref().unwrap_or_default()
}

#[test]
fn a_later_source_wins() {
    let place = Place::new();
    assert_eq!(title(&place.config(&[])), "");
    place.write("config/default.toml", "[ui]\ntitle = 'default file'\n");
    assert_eq!(title(&place.config(&[])), "default file");
    place.write("config/development.toml", "[ui]\ntitle = 'profile file'\n");
    assert_eq!(title(&place.config(&[])), "profile file");
    place.write(".env", "BFF_UI__TITLE=dot env\n");
    assert_eq!(title(&place.config(&[])), "dot env");
    assert_eq!(
        title(&place.config(&[("BFF_UI__TITLE", "environment")])),
        "environment"
    );
    place.write("title.txt", "named file\n");
    assert_eq!(
        title(&place.config(&[("BFF_UI__TITLE_FILE", "title.txt")])),
        "named file"
    );
}

#[test]
fn only_the_file_of_the_profile_is_read() {
    let place = Place::new();
    place.write("config/development.toml", "[ui]\ntitle = 'development'\n");
    assert_eq!(title(&place.config(&PRODUCTION)), "");
    place.write("config/production.toml", "[ui]\ntitle = 'production'\n");
    assert_eq!(title(&place.config(&PRODUCTION)), "production");
    assert_eq!(title(&place.config(&[])), "development");
}

#[test]
fn a_file_on_disk_takes_the_place_of_the_built_in_production_file() {
    let place = Place::new();
    assert_eq!(place.config(&PRODUCTION).log.format, LogFormat::Json);
    place.write("config/production.toml", "");
    assert_eq!(place.config(&PRODUCTION).log.format, LogFormat::Auto);
}

#[test]
fn every_short_name_sets_its_key() {
    let config = Place::new().config(&varied(
        &PRODUCTION,
        &[
            ("SESSION_STORE", "redis://cache.test"),
            ("RUST_LOG", "debug"),
        ],
    ));
    let (id, _) = config.oauth.credentials().expect("credentials");
    assert_eq!(id, "client_1");
    assert_eq!(
        config.oauth.redirect_uri.as_str(),
        "https://app.test/oauth/callback"
    );
    assert_eq!(
        config.oauth.auth_server.expect("a server").as_str(),
        "https://provider.test/"
    );
    assert_eq!(
        config.session.store.to_string(),
        "redis://cache.test:6379/0"
    );
    assert_eq!(config.log.filter, "debug");
}

#[test]
fn two_names_for_one_key_are_a_fault_that_names_both() {
    let place = Place::new();
    place.write("store", "memory:");
    for (one, other) in [
        (
            ("SESSION_STORE", "memory:"),
            ("BFF_SESSION__STORE", "memory:"),
        ),
        (
            ("SESSION_STORE", "memory:"),
            ("SESSION_STORE_FILE", "store"),
        ),
        (
            ("BFF_SESSION__STORE_FILE", "store"),
            ("SESSION_STORE_FILE", "store"),
        ),
    ] {
        let faults = place.faults(&[one, other]);
        assert_eq!(keys(&faults), ["session.store"]);
        let text = faults.to_string();
        assert!(text.contains(one.0) && text.contains(other.0), "{text}");
    }
}

#[test]
fn an_empty_variable_counts_as_not_set() {
    let place = Place::new();
    place.write("config/development.toml", "[ui]\ntitle = 'file'\n");
    let config = place.config(&[
        ("BFF_UI__TITLE", ""),
        ("OAUTH_CLIENT_ID", " "),
        ("SESSION_STORE", ""),
        ("SESSION_STORE_FILE", ""),
        ("BFF_PROFILE", ""),
    ]);
    assert_eq!(title(&config), "file");
    assert!(config.sandbox.enabled);
}

#[test]
fn dot_env_loses_against_the_environment_under_any_name() {
    let place = Place::new();
    place.write(".env", "SESSION_STORE=redis://dot.env\n");
    assert_eq!(
        place.config(&[]).session.store.to_string(),
        "redis://dot.env:6379/0"
    );
    for name in ["SESSION_STORE", "BFF_SESSION__STORE"] {
        let config = place.config(&[(name, "memory:")]);
        assert_eq!(config.session.store.to_string(), "memory:", "{name}");
    }
    let config = place.config(&[("SESSION_STORE", "")]);
    assert_eq!(config.session.store.to_string(), "redis://dot.env:6379/0");
}

#[test]
fn dot_env_is_not_read_in_production() {
    let place = Place::new();
    place.write(".env", "BFF_UI__TITLE=x\nBFF_NOTHING=1\n!!!\n");
    assert_eq!(title(&place.config(&PRODUCTION)), "");
}

#[test]
fn dot_env_may_hold_what_is_not_ours() {
    let place = Place::new();
    place.write(".env", "AIHUBMIX_DEVELOPER_TOKEN=x\nDATABASE_URL=y\n");
    place.config(&[]);
}

#[test]
fn a_broken_dot_env_names_its_lines() {
    let place = Place::new();
    place.write(
        ".env",
        "BFF_UI__TITLE=fine\nwhat is this\nA='open\nBFF_PROFILE=production\nBFF_UI__TITEL=x\n",
    );
    let faults = place.faults(&[]);
    assert_eq!(
        keys(&faults),
        [".env", ".env", "BFF_PROFILE", "BFF_UI__TITEL"]
    );
    let text = faults.to_string();
    assert!(text.contains("line 2") && text.contains("line 3"), "{text}");
    assert!(text.contains("did you mean BFF_UI__TITLE?"), "{text}");
}

/// Covers: DRV-CONFIG
#[test]
fn a_variable_that_names_no_key_is_refused_with_the_likely_name() {
    let place = Place::new();
    for (name, hint) in [
        ("BFF_SESSION_IDLE_TTL", "BFF_SESSION__IDLE_TTL"),
        ("BFF_OAUTH__CLIENT_SECRETS", "BFF_OAUTH__CLIENT_SECRET"),
        ("BFF_PROXY__0__NAME", "[[proxy]]"),
        ("BFF_PROXY", "[[proxy]]"),
        ("BFF_PROFILE_FILE", "remove it"),
        ("BFF_", "remove it"),
        ("BFF_bff_session__idle_ttl", "remove it"),
    ] {
        let faults = place.faults(&[(name, "x")]);
        assert_eq!(keys(&faults), [name]);
        assert!(faults.to_string().contains(hint), "{faults}");
    }
    place.config(&[
        ("PATH", "/bin"),
        ("SESSION_MANAGER", "x"),
        ("OAUTH_SOMETHING", "x"),
    ]);
}

#[test]
fn a_key_that_does_not_exist_is_refused_with_the_likely_name() {
    let place = Place::new();
    place.write(
        "config/development.toml",
        "top = 1\nui = 2\n[session]\nidle_tl = '1d'\ncookie_domain = 'app.test'\n[nothing]\nx = 1\ny = 2\n",
    );
    let faults = place.faults(&[]);
    let mut found = keys(&faults);
    found.sort_unstable();
    assert_eq!(
        found,
        [
            "nothing",
            "session.cookie_domain",
            "session.idle_tl",
            "top",
            "ui"
        ]
    );
    let text = faults.to_string();
    assert!(text.contains("did you mean session.idle_ttl?"), "{text}");
    assert!(text.contains("write [ui] above its keys"), "{text}");
    assert_eq!(text.matches("development.toml").count(), 5, "{text}");
}

#[test]
fn a_file_that_is_not_toml_is_named_with_its_line() {
    let place = Place::new();
    place.write("config/default.toml", "[ui]\ntitle = 'a'\ntitle = 'b'\n");
    place.write("config/development.toml", "[ui\n");
    let text = place.faults(&[]).to_string();
    assert!(
        text.contains("default.toml: is not valid TOML at line 3"),
        "{text}"
    );
    assert!(
        text.contains("development.toml: is not valid TOML at line 1"),
        "{text}"
    );
}

#[test]
fn a_file_named_by_a_variable_must_hold_something() {
    let place = Place::new();
    place.write("empty", "\n").write("folder/x", "");
    std::fs::write(place.path().join("binary"), [0xff, 0xfe, 0x00]).unwrap();
    std::fs::write(place.path().join("huge"), vec![b'a'; 1024 * 1024 + 1]).unwrap();
    for path in [
        "missing",
        "empty",
        "folder",
        "binary",
        "huge",
        "empty/below",
        "/dev/zero",
    ] {
        let faults = place.faults(&varied(
            &PRODUCTION,
            &[
                ("OAUTH_CLIENT_SECRET", ""),
                ("OAUTH_CLIENT_SECRET_FILE", path),
            ],
        ));
        assert_eq!(keys(&faults), ["oauth.client_secret"], "{path}");
        assert!(
            faults.to_string().contains("OAUTH_CLIENT_SECRET_FILE"),
            "{faults}"
        );
    }
}

#[test]
fn a_file_named_by_a_variable_may_hold_a_list_a_line_each() {
    let place = Place::new();
    place.write("keys", &format!("{KEY}\r\n{}\n", super::OLDER_KEY));
    let variables = [("SESSION_KEYS", ""), ("SESSION_KEYS_FILE", "keys")];
    let config = place.config(&varied(&PRODUCTION, &variables));
    assert!(
        matches!(config.session.keys, crate::config::SealingKeys::Given(keys) if keys.len() == 2)
    );
}

#[test]
fn paths_of_data_are_below_the_folder_the_program_runs_in() {
    let place = Place::new();
    let in_place = format!("sqlite:{}", place.path().join("data/sessions.db").display());
    assert_eq!(place.config(&[]).session.store.to_string(), in_place);
    let elsewhere = place.config(&[("SESSION_STORE", "sqlite:/var/lib/x.db")]);
    assert_eq!(elsewhere.session.store.to_string(), "sqlite:/var/lib/x.db");
}

#[test]
fn variables_that_are_not_utf8_are_faults_when_they_are_ours() {
    let place = Place::new();
    let mut sources = place.sources(&[]);
    sources.not_utf8 = ["SESSION_KEYS", "SESSION_KEYS_FILE", "BFF_X", "LESS"]
        .map(str::to_owned)
        .to_vec();
    let faults = Config::load(&sources).expect_err("not UTF-8");
    assert_eq!(
        keys(&faults),
        ["SESSION_KEYS", "SESSION_KEYS_FILE", "BFF_X"]
    );
}

#[test]
fn every_fault_names_its_source_once() {
    let place = Place::new();
    place.write(
        "config/development.toml",
        "[ui]\ndefault_language = 'f r'\n",
    );
    let file = place.path().join(Path::new("config/development.toml"));
    assert_eq!(
        place.faults(&[]).to_string(),
        format!(
            "ui.default_language: is no language tag; \
             write the name of a file in templates/i18n, such as zh-Hant or en (from {})",
            file.display()
        )
    );
    assert_eq!(
        place
            .faults(&[("BFF_UI__DEFAULT_LANGUAGE", "f r")])
            .to_string(),
        "ui.default_language: is no language tag; \
         write the name of a file in templates/i18n, such as zh-Hant or en (from BFF_UI__DEFAULT_LANGUAGE)"
    );
}
