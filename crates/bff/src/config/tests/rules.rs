//! Tests of every rule of the reference, one line each: the input, and the key with the fault.

use std::net::SocketAddr;
use std::time::Duration;

use crate::config::{ClientAuth, LogFormat, SealingKeys, StoreUrl};

use super::{KEY, OLDER_KEY, PRODUCTION, Place, keys, varied};

/// The environment name of a key.
fn long(key: &str) -> String {
    format!("BFF_{}", key.replace('.', "__").to_uppercase())
}

#[test]
fn nothing_configured_is_a_development_setup_with_the_sandbox() {
    let config = Place::new().config(&[]);
    assert!(config.profile.is_development());
    assert_eq!(
        config.server.listen,
        "127.0.0.1:3000".parse::<SocketAddr>().unwrap()
    );
    assert_eq!(config.server.admin_listen.port(), 3900);
    assert!(config.server.trusted_proxies.is_empty());
    assert!(config.sandbox.enabled);
    assert_eq!(config.sandbox.listen.port(), 3001);
    assert!(config.oauth.credentials().is_none());
    assert!(config.oauth.auth_server.is_none() && config.oauth.api_server.is_none());
    assert_eq!(config.oauth.scope, "profile balance");
    assert!(config.oauth.auto_authorize && config.oauth.pkce);
    assert_eq!(config.oauth.client_auth, ClientAuth::Body);
    assert!(config.oauth.revocation_path.is_none() && config.oauth.issuer.is_none());
    assert!(
        matches!(&config.session.store, StoreUrl::Sqlite { path } if path.ends_with("data/sessions.db"))
    );
    assert!(
        matches!(&config.session.keys, SealingKeys::Generated { path } if path.ends_with("data/session.key"))
    );
    assert_eq!(config.session.idle_ttl, Duration::from_secs(7 * 86_400));
    assert_eq!(
        config.session.absolute_ttl,
        Duration::from_secs(30 * 86_400)
    );
    assert!(config.session.persistent_cookie);
    assert_eq!(config.limits.client_rate, 200);
    assert!(config.ui.title.is_none());
    assert_eq!(config.ui.default_language, "zh-Hant");
    assert_eq!(config.log.format, LogFormat::Auto);
    assert!(config.proxy.is_empty());
    assert_eq!(config.public_origin(), "http://127.0.0.1:3000");
    assert!(!config.cookies_are_secure());
}

#[test]
fn valid_values_are_accepted() {
    let place = Place::new();
    for (key, value) in [
        ("server.listen", "0.0.0.0:80"),
        ("server.listen", "[::1]:3000"),
        ("server.admin_listen", "127.0.0.2:3000"),
        ("server.trusted_proxies", "10.0.0.0/8, 192.0.2.1 ,fd00::/8,"),
        (
            "server.trusted_proxies",
            "::ffff:10.0.0.0/104,::FFFF:7f00:1",
        ),
        ("oauth.redirect_uri", "http://localhost:3000/oauth/callback"),
        ("oauth.redirect_uri", "http://app.localhost/oauth/callback"),
        (
            "oauth.redirect_uri",
            "http://[::1]:3000/oauth/callback.html",
        ),
        (
            "oauth.redirect_uri",
            "https://app.test/oauth/callback?tenant=1",
        ),
        ("oauth.client_auth", "basic"),
        ("oauth.pkce", "false"),
        ("oauth.revocation_path", "/api/oauth2/revoke"),
        ("oauth.token_path", "/token"),
        (
            "oauth.userinfo_fields",
            "id=sub,username=preferred_username",
        ),
        ("oauth.issuer", "https://provider.test/t1"),
        ("session.idle_ttl", "1s"),
        ("session.absolute_ttl", "7d"),
        ("session.keys", KEY),
        ("session.keys", KEY.trim_end_matches('=')),
        ("limits.client_rate", "0"),
        ("limits.client_burst", "1"),
        ("limits.connections", "1000000"),
        ("ui.title", "我的第三方應用"),
        ("ui.default_language", "ja"),
        ("ui.support_url", "https://example.com/help?from=app"),
        ("ui.support_url", "http://localhost:8080/help"),
        ("ui.support_url", "mailto:help@example.com?subject=Help"),
        ("ui.overlay", "../look"),
        ("ui.noindex", "false"),
        ("provider.page_wait_ms", "1"),
        ("log.format", "json"),
        ("log.filter", "info,hyper=warn"),
        ("sandbox.listen", "127.0.0.1:0"),
    ] {
        let name = long(key);
        if let Err(faults) = place.load(&[(&name, value)]) {
            panic!("{key} = {value}: {faults}");
        }
    }
}

/// One line for each invalid input.
const REFUSED: &[(&str, &str)] = &[
    ("server.listen", "localhost:3000"),
    ("server.listen", "3000"),
    ("server.listen", "127.0.0.1:65536"),
    ("server.admin_listen", "127.0.0.1:3000"),
    ("server.admin_listen", "0.0.0.0:3000"),
    ("server.admin_listen", "[::ffff:127.0.0.1]:3000"),
    ("server.trusted_proxies", "*"),
    ("server.trusted_proxies", "0.0.0.0/0"),
    ("server.trusted_proxies", "::/0"),
    ("server.trusted_proxies", "0.0.0.0/1,128.0.0.0/1"),
    ("server.trusted_proxies", "10.0.0.0/33"),
    ("server.trusted_proxies", "::ffff:0:0/96"),
    ("server.trusted_proxies", "::ffff:10.0.0.0/103"),
    ("server.trusted_proxies", "::ffff:10.0.0.0/90"),
    ("server.trusted_proxies", "::/64"),
    ("server.trusted_proxies", "proxy.internal"),
    ("server.shutdown_grace", "0s"),
    ("limits.client_rate", "-1"),
    ("limits.client_rate", "1000001"),
    ("limits.session_burst", "0"),
    ("limits.connections", "many"),
    ("server.shutdown_grace", "30"),
    ("oauth.redirect_uri", "http://app.test/oauth/callback"),
    ("oauth.redirect_uri", "/oauth/callback"),
    ("oauth.redirect_uri", "app.test/oauth/callback"),
    ("oauth.redirect_uri", "https:/app.test/oauth/callback"),
    ("oauth.redirect_uri", "https:///app.test/oauth/callback"),
    ("oauth.redirect_uri", "https://app.test/oauth/callback#top"),
    (
        "oauth.redirect_uri",
        "https://me:word@app.test/oauth/callback",
    ),
    ("oauth.redirect_uri", "https://@app.test/oauth/callback"),
    ("oauth.redirect_uri", "https://*.app.test/oauth/callback"),
    ("oauth.redirect_uri", "https://app.test\\oauth\\callback"),
    ("oauth.redirect_uri", "https://app.test/oauth /callback"),
    ("oauth.redirect_uri", "javascript://app.test/%0aalert(1)"),
    (
        "oauth.redirect_uri",
        "http://127.0.0.1.evil.test/oauth/callback",
    ),
    (
        "oauth.redirect_uri",
        "http://localhost.evil.test/oauth/callback",
    ),
    ("oauth.scope", "profile  balance"),
    ("oauth.scope", "profile\"balance"),
    ("oauth.auto_authorize", "yes"),
    ("oauth.pkce", "1"),
    ("oauth.client_auth", "post"),
    ("oauth.revocation_path", "https://provider.test/revoke"),
    ("oauth.revocation_path", "//provider.test/revoke"),
    ("oauth.revocation_path", "/a/../revoke"),
    ("oauth.revocation_path", "/revoke?a=b"),
    ("oauth.authorize_path", "authorize"),
    ("oauth.userinfo_path", "https://provider.test/me"),
    ("oauth.userinfo_fields", "id"),
    ("oauth.userinfo_fields", "id=sub,=name"),
    ("oauth.userinfo_fields", "id=a=b"),
    ("oauth.issuer", "http://provider.test"),
    ("oauth.issuer", "https://provider.test/?a=b"),
    ("oauth.issuer", "https://provider.test/#a"),
    ("session.store", "postgres://db/sessions"),
    ("session.keys", "not base64!"),
    ("session.keys", "c2hvcnQ="),
    (
        "session.keys",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
    ),
    (
        "session.keys",
        "cGFzc3BocmFzZXMtYXJlLW5vdC1yYW5kb20ta2V5cyE=",
    ),
    (
        "session.keys",
        "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
    ),
    ("session.idle_ttl", "forever"),
    ("session.idle_ttl", "31d"),
    ("session.absolute_ttl", "31d"),
    ("session.persistent_cookie", "on"),
    ("provider.connect_timeout", "11s"),
    ("provider.total_timeout", "500ms"),
    ("provider.refresh_timeout", "9s"),
    ("provider.refresh_timeout", "46s"),
    ("ui.title", "two\nlines"),
    ("ui.default_language", "not a tag"),
    ("ui.default_language", "zh_hant"),
    ("ui.support_url", "http://example.com/help"),
    ("ui.support_url", "javascript:alert(1)"),
    ("ui.support_url", "example.com"),
    ("ui.support_url", "mailto:help"),
    ("ui.support_url", "mailto:a@b.test,c@d.test"),
    ("ui.noindex", "perhaps"),
    ("provider.page_wait_ms", "0"),
    ("provider.page_wait_ms", "60001"),
    ("log.format", "xml"),
    ("log.filter", "hyper=loud"),
    ("sandbox.enabled", "maybe"),
    ("sandbox.listen", "127.0.0.1:3000"),
    ("sandbox.listen", "0.0.0.0:3900"),
];

fn assert_refused(key: &str, value: &str) {
    let name = long(key);
    let faults = Place::new().faults(&[(&name, value)]);
    assert!(
        keys(&faults).iter().all(|faulty| *faulty == key),
        "{key} = {value}: {faults}"
    );
    let text = faults.to_string();
    assert!(
        text.starts_with(&format!("{key}: ")),
        "the key is named: {text}"
    );
    assert!(text.contains(&name), "the variable is named: {text}");
}

/// Covers: BFF-6.1.2.2-2, ASVS-4.1.3, DRV-CONFIG
#[test]
fn a_bad_value_is_a_fault_of_its_key_and_of_no_other() {
    for (key, value) in REFUSED {
        assert_refused(key, value);
    }
}

#[test]
fn a_title_is_short_and_a_key_stands_once() {
    assert_refused("ui.title", &"題".repeat(101));
    assert_refused("session.keys", &format!("{KEY},{OLDER_KEY},{KEY}"));
}

/// Covers: RFC6749-10.9-1, DRV-CONFIG
#[test]
fn plain_http_leads_to_loopback_only() {
    let place = Place::new();
    for name in ["OAUTH_AUTH_SERVER", "BFF_OAUTH__API_SERVER"] {
        let key = if name == "OAUTH_AUTH_SERVER" {
            "oauth.auth_server"
        } else {
            "oauth.api_server"
        };
        for bad in [
            "http://provider.test",
            "http://10.0.0.1",
            "https://provider.test/?tenant=1",
            "https://provider.test/#x",
            "https://me@provider.test",
            "ftp://provider.test",
            "provider.test",
        ] {
            let variables = varied(&PRODUCTION, &[(name, bad)]);
            assert_eq!(keys(&place.faults(&variables)), [key], "{bad}");
        }
        for good in [
            "http://127.0.0.1:9",
            "http://[::1]:9/base/",
            "https://p.test/base",
        ] {
            place.config(&varied(&PRODUCTION, &[(name, good)]));
        }
    }
}

/// Covers: DRV-CONFIG
#[test]
fn credentials_that_are_examples_are_refused() {
    let place = Place::new();
    for secret in [
        "changeme",
        "CHANGE-ME",
        "secret_…",
        "secret_...",
        "<client secret>",
        "your_client_secret",
        "secret",
        "Password",
        "test",
    ] {
        let faults = place.faults(&varied(&PRODUCTION, &[("OAUTH_CLIENT_SECRET", secret)]));
        assert_eq!(keys(&faults), ["oauth.client_secret"], "{secret}");
    }
    for id in ["client_…", "your-client-id", "<id>", "id\u{7f}"] {
        let faults = place.faults(&varied(&PRODUCTION, &[("OAUTH_CLIENT_ID", id)]));
        assert_eq!(keys(&faults), ["oauth.client_id"], "{id}");
    }
}

#[test]
fn keys_keep_their_order_newest_first() {
    let both = format!("{KEY},{OLDER_KEY}");
    let config = Place::new().config(&[("SESSION_KEYS", &both)]);
    let SealingKeys::Given(keys) = config.session.keys else {
        panic!("keys were given");
    };
    let written: Vec<String> = keys.iter().map(|key| key.to_base64().to_string()).collect();
    assert_eq!(written, [KEY, OLDER_KEY]);
}

/// Covers: RFC6749-3.1.2-1
#[test]
fn the_redirect_uri_is_kept_as_written() {
    for written in [
        "HTTPS://App.Test:443/oauth/callback",
        "https://app.test/oauth/callback?a=%7e",
    ] {
        let config = Place::new().config(&varied(&PRODUCTION, &[("OAUTH_REDIRECT_URI", written)]));
        assert_eq!(config.oauth.redirect_uri.as_str(), written);
        assert_eq!(config.public_origin(), "https://app.test");
    }
}

#[test]
fn port_zero_never_collides() {
    Place::new().config(&[
        ("BFF_SERVER__LISTEN", "127.0.0.1:0"),
        ("BFF_SERVER__ADMIN_LISTEN", "127.0.0.1:0"),
        ("BFF_SANDBOX__LISTEN", "127.0.0.1:0"),
    ]);
}

#[test]
fn every_fault_is_reported_at_once() {
    let place = Place::new();
    place.write(
        "config/production.toml",
        "proxy = 3\n[server]\nlisten = 3000\n[session]\nidle_tll = '1d'\nabsolute_ttl = 7\n[colour]\nred = 1\n",
    );
    let faults = place.faults(&[
        ("BFF_PROFILE", "production"),
        ("BFF_NOTHING", "x"),
        ("OAUTH_CLIENT_SECRET", "changeme"),
        ("OAUTH_REDIRECT_URI", "http://app.test/"),
        ("SESSION_STORE", "memory:"),
        ("BFF_SESSION__STORE", "memory:"),
        ("BFF_UI__DEFAULT_LANGUAGE", "f/r"),
        ("BFF_SANDBOX__ENABLED", "true"),
    ]);
    let mut found = keys(&faults);
    found.sort_unstable();
    assert_eq!(
        found,
        [
            "BFF_NOTHING",
            "colour",
            "oauth.auth_server",
            "oauth.client_id",
            "oauth.client_secret",
            "oauth.redirect_uri",
            "proxy",
            "sandbox.enabled",
            "server.listen",
            "session.absolute_ttl",
            "session.idle_tll",
            "session.keys",
            "session.store",
            "ui.default_language",
        ],
        "{faults}"
    );
    let text = faults.to_string();
    for (line, fault) in text.lines().zip(faults.iter()) {
        assert!(line.starts_with(&format!("{}: ", fault.key())), "{line}");
    }
}
