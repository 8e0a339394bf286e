//! Tests of `[[proxy]]`: which requests are allowed, and that all others are refused.

use crate::config::PathPattern;

use super::{Place, keys, varied};

#[test]
fn proxies_are_read_from_files() {
    let place = Place::new();
    place.write(
        "config/development.toml",
        "[[proxy]]\nname = 'models'\nupstream = 'https://api.test/base'\nmethods = ['GET', 'POST']\n\
         paths = ['/v1/models', '/v1/chat/*', '/*']\n",
    );
    let [proxy] = &place.config(&[]).proxy[..] else {
        panic!("one proxy");
    };
    assert_eq!(proxy.name, "models");
    assert!(!proxy.encoded_slash);
    assert_eq!(proxy.upstream.as_str(), "https://api.test/base");
    assert_eq!(proxy.methods, ["GET", "POST"]);
    assert_eq!(
        proxy.paths,
        [
            PathPattern::Exact("/v1/models".to_owned()),
            PathPattern::Below("/v1/chat/".to_owned()),
            PathPattern::Below("/".to_owned()),
        ]
    );
}

/// Covers: BFF-6.1.3.6-1, DRV-CONFIG
#[test]
fn a_proxy_that_would_let_more_through_is_a_fault() {
    let good = [
        ("name", "'models'"),
        ("upstream", "'https://api.test'"),
        ("methods", "['GET']"),
        ("paths", "['/v1/models']"),
    ];
    for (field, value) in [
        ("name", "'Models'"),
        ("name", "'a/b'"),
        ("name", "''"),
        ("name", "7"),
        ("upstream", "'http://api.test'"),
        ("upstream", "'https://api.test?x=1'"),
        ("upstream", "'https://*.test'"),
        ("upstream", "'https://me:word@api.test'"),
        ("upstream", ""),
        ("methods", "[]"),
        ("methods", "['get']"),
        ("methods", "['CONNECT']"),
        ("methods", "['TRACE']"),
        ("methods", "['*']"),
        ("methods", "'GET'"),
        ("paths", "[]"),
        ("paths", "['v1']"),
        ("paths", "['/v1*']"),
        ("paths", "['/*/models']"),
        ("paths", "['/v1/../admin']"),
        ("paths", "['/v1//models']"),
        ("paths", "['/v1/%2e']"),
        ("paths", "['/v1?x']"),
        ("paths", ""),
        ("paths", "['/v1%2Fmodels']"),
        ("encoded_slash", "'true'"),
        ("encoded_slash", "1"),
        ("headers", "['X']"),
        ("max_body", "0"),
        ("max_body", "'10MB'"),
        ("max_calls", "-1"),
        ("max_calls", "1.5"),
        ("max_session_calls", "'all'"),
        ("answer_timeout", "60"),
        ("answer_timeout", "'0s'"),
        ("idle_timeout", "'soon'"),
    ] {
        let mut fields: Vec<(&str, &str)> = varied(&good, &[(field, value)]);
        fields.retain(|(_, value)| !value.is_empty());
        let lines: Vec<String> = fields
            .iter()
            .map(|(name, value)| format!("{name} = {value}"))
            .collect();
        let place = Place::new();
        place.write(
            "config/development.toml",
            &format!("[[proxy]]\n{}\n", lines.join("\n")),
        );
        let faults = place.faults(&[]);
        assert_eq!(keys(&faults), ["proxy"], "{field} = {value}");
        assert!(
            faults.to_string().contains(&format!("table 1: {field} ")),
            "{faults}"
        );
    }
}

#[test]
fn two_proxies_of_one_name_are_a_fault() {
    let one =
        "[[proxy]]\nname = 'a'\nupstream = 'https://a.test'\nmethods = ['GET']\npaths = ['/']\n";
    let place = Place::new();
    place.write("config/development.toml", &format!("{one}{one}"));
    let faults = place.faults(&[]).to_string();
    assert!(faults.contains("table 2: name is there twice"), "{faults}");
}
