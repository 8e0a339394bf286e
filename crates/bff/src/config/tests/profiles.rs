//! Tests of the required keys of each profile, and of when the sandbox is the provider.

use crate::config::LogFormat;

use super::{PRODUCTION, Place, keys, varied};

#[test]
fn four_variables_point_the_same_program_at_a_real_provider() {
    let config = Place::new().config(&[
        ("OAUTH_CLIENT_ID", "client_1"),
        ("OAUTH_CLIENT_SECRET", "secret_kT93hs"),
        ("OAUTH_REDIRECT_URI", "https://app.test:8443/oauth/callback"),
        ("OAUTH_AUTH_SERVER", "https://provider.test/base"),
    ]);
    assert!(!config.sandbox.enabled);
    assert_eq!(config.oauth.api_server, config.oauth.auth_server);
    assert_eq!(config.public_origin(), "https://app.test:8443");
    assert!(config.cookies_are_secure());
}

#[test]
fn a_client_without_its_other_half_is_a_fault() {
    let place = Place::new();
    for (set, value, missing) in [
        ("OAUTH_CLIENT_ID", "client_1", "oauth.client_secret"),
        ("OAUTH_CLIENT_SECRET", "secret_kT93hs", "oauth.client_id"),
    ] {
        let server = ("OAUTH_AUTH_SERVER", "https://provider.test");
        assert_eq!(keys(&place.faults(&[(set, value), server])), [missing]);
        let with_sandbox = [(set, value), ("BFF_SANDBOX__ENABLED", "true")];
        assert_eq!(keys(&place.faults(&with_sandbox)), [missing]);
    }
}

#[test]
fn without_a_sandbox_client_and_provider_are_needed() {
    let place = Place::new();
    let faults = place.faults(&[("BFF_SANDBOX__ENABLED", "false")]);
    assert_eq!(
        keys(&faults),
        [
            "oauth.client_id",
            "oauth.client_secret",
            "oauth.auth_server"
        ]
    );
    let only_a_server = place.faults(&[("OAUTH_AUTH_SERVER", "https://provider.test")]);
    assert_eq!(
        keys(&only_a_server),
        ["oauth.client_id", "oauth.client_secret"]
    );
    let only_an_api = place.faults(&[("BFF_OAUTH__API_SERVER", "https://provider.test")]);
    assert_eq!(keys(&only_an_api), ["oauth.auth_server"]);
}

#[test]
fn the_sandbox_may_be_asked_for_beside_real_credentials() {
    let config = Place::new().config(&[
        ("OAUTH_CLIENT_ID", "client_1"),
        ("OAUTH_CLIENT_SECRET", "secret_kT93hs"),
        ("BFF_SANDBOX__ENABLED", "true"),
    ]);
    assert!(config.sandbox.enabled);
    assert!(config.oauth.auth_server.is_none());
}

#[test]
fn production_starts_with_exactly_what_it_needs() {
    let loaded = Place::new().load(&PRODUCTION).expect("production starts");
    assert!(!loaded.config.sandbox.enabled);
    assert_eq!(loaded.config.log.format, LogFormat::Json);
    assert!(loaded.warnings.is_empty(), "{:?}", loaded.warnings);
}

/// Covers: BFF-6.1.3.1-1
#[test]
fn production_refuses_to_start_without_client_provider_or_keys() {
    let place = Place::new();
    for (name, key) in [
        ("OAUTH_CLIENT_ID", "oauth.client_id"),
        ("OAUTH_CLIENT_SECRET", "oauth.client_secret"),
        ("OAUTH_AUTH_SERVER", "oauth.auth_server"),
        ("SESSION_KEYS", "session.keys"),
    ] {
        assert_eq!(
            keys(&place.faults(&varied(&PRODUCTION, &[(name, "")]))),
            [key]
        );
    }
    assert_eq!(
        keys(&place.faults(&[("BFF_PROFILE", "production")])),
        [
            "oauth.client_id",
            "oauth.client_secret",
            "oauth.auth_server",
            "session.keys"
        ]
    );
}

/// Covers: ASVS-13.4.1
#[test]
fn the_sandbox_is_refused_outside_development() {
    let place = Place::new();
    let with_sandbox = varied(&PRODUCTION, &[("BFF_SANDBOX__ENABLED", "true")]);
    assert_eq!(keys(&place.faults(&with_sandbox)), ["sandbox.enabled"]);
    let auto = varied(&PRODUCTION, &[("BFF_SANDBOX__ENABLED", "auto")]);
    assert!(!place.config(&auto).sandbox.enabled);
}

#[test]
fn a_profile_of_ones_own_needs_its_file_and_is_as_strict_as_production() {
    let place = Place::new();
    let misspelt = varied(&PRODUCTION, &[("BFF_PROFILE", "prodution")]);
    assert_eq!(keys(&place.faults(&misspelt)), ["BFF_PROFILE"]);
    place.write("config/staging.toml", "[ui]\ntitle = 'staging'\n");
    let staging = varied(&PRODUCTION, &[("BFF_PROFILE", "staging")]);
    assert_eq!(place.config(&staging).ui.title.as_deref(), Some("staging"));
    assert_eq!(keys(&place.faults(&[("BFF_PROFILE", "staging")])).len(), 4);
    for name in ["../etc/passwd", "Production", "default", "a b"] {
        let faults = place.faults(&varied(&PRODUCTION, &[("BFF_PROFILE", name)]));
        assert_eq!(keys(&faults), ["BFF_PROFILE"], "{name}");
    }
}

#[test]
fn a_valid_value_that_is_probably_a_mistake_is_a_warning() {
    let place = Place::new();
    for (change, key) in [
        (("SESSION_STORE", "memory:"), "session.store: "),
        (
            ("OAUTH_REDIRECT_URI", "https://app.test/login/done"),
            "oauth.redirect_uri: ",
        ),
        (
            ("OAUTH_REDIRECT_URI", "http://127.0.0.1:3000/oauth/callback"),
            "oauth.redirect_uri: ",
        ),
        (("BFF_OAUTH__PKCE", "false"), "oauth.pkce: "),
        (
            ("BFF_SERVER__TRUSTED_PROXIES", ""),
            "server.trusted_proxies: ",
        ),
    ] {
        let loaded = place
            .load(&varied(&PRODUCTION, &[change]))
            .expect("it starts");
        let [warning] = loaded.warnings.as_slice() else {
            panic!("{change:?}: {:?}", loaded.warnings);
        };
        assert!(warning.to_string().starts_with(key), "{warning}");
    }
}

#[test]
fn a_former_key_counts_under_its_new_name_and_a_warning_names_that() {
    let place = Place::new();
    let loaded = place
        .load(&[
            ("BFF_LIMITS__STRANGER_RATE", "7"),
            ("BFF_LIMITS__CLIENT_CONNECTIONS", "3"),
        ])
        .expect("it starts");
    assert_eq!(loaded.config.limits.login_rate, 7);
    let warnings: Vec<String> = loaded.warnings.iter().map(ToString::to_string).collect();
    assert_eq!(warnings.len(), 2, "{warnings:?}");
    assert!(warnings.iter().any(|warning| {
        warning.starts_with("limits.stranger_rate: is now called limits.login_rate; ")
    }));
    assert!(
        warnings
            .iter()
            .any(|warning| warning.starts_with("limits.client_connections: has no effect; "))
    );
    // From a file too, and the environment wins over it.
    place.write(
        "config/development.toml",
        "[limits]\nstranger_burst = 8\nlogin_rate = 9\n",
    );
    let loaded = place
        .load(&[("BFF_LIMITS__STRANGER_RATE", "7")])
        .expect("it starts");
    assert_eq!(loaded.config.limits.login_rate, 7);
    assert_eq!(loaded.config.limits.login_burst, 8);
    assert_eq!(loaded.warnings.len(), 2);
    // Both names at once are two values for one key.
    let faults = place
        .load(&[
            ("BFF_LIMITS__STRANGER_RATE", "7"),
            ("BFF_LIMITS__LOGIN_RATE", "7"),
        ])
        .expect_err("it does not start");
    assert_eq!(keys(&faults), ["limits.login_rate"]);
}
