//! Tests of every form of `session.store`.

use secrecy::ExposeSecret;

use crate::config::StoreUrl;
use crate::config::field::Setting as _;
use crate::store::RedisServers;

fn servers(text: &str) -> RedisServers {
    match StoreUrl::parse(text) {
        Ok(StoreUrl::Redis(servers) | StoreUrl::RedisCluster(servers)) => servers,
        Ok(StoreUrl::RedisSentinel { sentinels, .. }) => sentinels,
        other => panic!("{text}: {other:?}"),
    }
}

#[test]
fn every_form_is_read_and_printed_without_its_login() {
    for (text, printed) in [
        ("sqlite:data/sessions.db", "sqlite:data/sessions.db"),
        ("sqlite:/var/lib/a b.db", "sqlite:/var/lib/a b.db"),
        ("memory:", "memory:"),
        ("redis://cache.test", "redis://cache.test:6379/0"),
        ("redis://cache.test/", "redis://cache.test:6379/0"),
        ("redis://10.0.0.1:7000/3", "redis://10.0.0.1:7000/3"),
        ("rediss://[::1]:7000", "rediss://[::1]:7000/0"),
        ("redis://:word@cache.test", "redis://***@cache.test:6379/0"),
        ("redis://word@cache.test", "redis://***@cache.test:6379/0"),
        (
            "rediss://app:word@cache.test/2",
            "rediss://***@cache.test:6379/2",
        ),
        (
            "redis+sentinel://a,b:7000/main",
            "redis+sentinel://a:26379,b:7000/main/0",
        ),
        (
            "rediss+sentinel://u:word@a,b/main/4",
            "rediss+sentinel://***@a:26379,b:26379/main/4",
        ),
        (
            "redis+cluster://a,b:7000,[::1]",
            "redis+cluster://a:6379,b:7000,[::1]:6379",
        ),
        ("rediss+cluster://u:word@a", "rediss+cluster://***@a:6379"),
    ] {
        match StoreUrl::parse(text) {
            Ok(store) => assert_eq!(store.to_string(), printed),
            Err(wrong) => panic!("{text}: {wrong:?}"),
        }
    }
}

#[test]
fn a_login_is_decoded_and_may_hold_any_character() {
    for (text, user, password) in [
        ("redis://app:word@h", Some("app"), Some("word")),
        ("redis://:word@h", None, Some("word")),
        ("redis://app@h", Some("app"), None),
        ("redis://:a%40b%2Fc%3A@h", None, Some("a@b/c:")),
        ("redis://:a@b:c@h", None, Some("a@b:c")),
        ("redis://:a/b@h/1", None, Some("a/b")),
        ("redis://h", None, None),
    ] {
        let servers = servers(text);
        assert_eq!(servers.username.as_deref(), user, "{text}");
        let found = servers.password.as_ref().map(ExposeSecret::expose_secret);
        assert_eq!(found, password, "{text}");
        assert_eq!(servers.nodes[0].host, "h", "{text}");
    }
    assert!(servers("rediss+cluster://h").tls);
    assert!(!servers("redis+cluster://h").tls);
}

#[test]
fn everything_else_is_refused() {
    for text in [
        "",
        "sessions.db",
        "sqlite:",
        "sqlite::memory:",
        "sqlite://data/x.db",
        "sqlite:x.db?mode=ro",
        "memory",
        "memory:x",
        "redis:",
        "redis:cache.test",
        "redis://",
        "redis://:6379",
        "redis://h:0",
        "redis://h:port",
        "redis://h:65536",
        "redis://h/zero",
        "redis://h/70000",
        "redis://h/-1",
        "redis://a,b",
        "redis://a b",
        "redis://[::1",
        "redis://[x]:1",
        "redis://h/0?x=1",
        "redis://h#1",
        "redis://:%ff@h",
        "REDIS://h",
        "valkey://h",
        "unix:///run/redis.sock",
        "redis+sentinel://a,b",
        "redis+sentinel://a,b/",
        "redis+sentinel://a,b/ma in",
        "redis+sentinel://a/main/x",
        "redis+cluster://a,,b",
        "redis+cluster://a/1",
        "redis+cluster://",
        "redis://h\n",
        "sqlite:a\0b",
    ] {
        assert!(StoreUrl::parse(text).is_err(), "{text:?}");
    }
}
