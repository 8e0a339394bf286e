//! Tests of the URL of PostgreSQL in `session.store`.

use std::path::Path;

use secrecy::ExposeSecret;

use super::{PRODUCTION, Place};
use crate::config::StoreUrl;
use crate::config::field::Setting as _;
use crate::store::{PostgresRoots, PostgresServers, PostgresTls};

fn servers(text: &str) -> PostgresServers {
    match StoreUrl::parse(text) {
        Ok(StoreUrl::Postgres(servers)) => servers,
        other => panic!("{text}: {other:?}"),
    }
}

#[test]
fn every_form_is_read_and_printed_without_its_login() {
    for (text, printed) in [
        (
            "postgres://app:word@db.test/sessions",
            "postgres://***@db.test:5432/sessions?sslmode=prefer",
        ),
        (
            "postgresql://app@10.0.0.1:7000/sessions",
            "postgres://***@10.0.0.1:7000/sessions?sslmode=prefer",
        ),
        (
            "postgres://app@[::1]:7000",
            "postgres://***@[::1]:7000/app?sslmode=prefer",
        ),
        (
            "postgres://app:word@a,b:7000/s?sslmode=verify-full&target_session_attrs=read-write",
            "postgres://***@a:5432,b:7000/s?sslmode=verify-full",
        ),
        (
            "postgres://app@%2Fvar%2Frun%2Fpostgresql/s",
            "postgres://***@%2Fvar%2Frun%2Fpostgresql:5432/s?sslmode=prefer",
        ),
        (
            "postgres://app@%2frun:7000/s",
            "postgres://***@%2Frun:7000/s?sslmode=prefer",
        ),
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
        ("postgres://app:word@h/s", "app", Some("word")),
        ("postgres://a%40b@h/s", "a@b", None),
        ("postgres://app:a%40b%2Fc%3A@h/s", "app", Some("a@b/c:")),
        ("postgres://app:a@b:c/d?e@h/s", "app", Some("a@b:c/d?e")),
    ] {
        let servers = servers(text);
        assert_eq!(servers.username, user, "{text}");
        let found = servers.password.as_ref().map(ExposeSecret::expose_secret);
        assert_eq!(found, password, "{text}");
        assert_eq!(
            (servers.nodes[0].host.as_str(), servers.database.as_str()),
            ("h", "s")
        );
    }
}

#[test]
fn options_are_those_of_libpq() {
    let plain = servers("postgres://app@h/s");
    assert_eq!((plain.tls, plain.connections), (PostgresTls::Prefer, 10));
    assert!(!plain.needs_primary && plain.passfile.is_none());
    assert!(servers("postgres://app@a,b/s").needs_primary);
    assert!(servers("postgres://app@a/s?target_session_attrs=read-write").needs_primary);
    let checked = servers(
        "postgres://app@h/s?sslmode=verify-ca&sslrootcert=%2Fetc%2Fca.pem&passfile=pass&pool_max_conns=3",
    );
    assert_eq!(checked.tls, PostgresTls::VerifyCa);
    assert_eq!(checked.roots, PostgresRoots::File("/etc/ca.pem".into()));
    assert_eq!(checked.passfile.as_deref(), Some(Path::new("pass")));
    assert_eq!(checked.connections, 3);
    let system = servers("postgres://app@h/s?sslmode=verify-full&sslrootcert=system");
    assert_eq!(system.roots, PostgresRoots::System);
}

#[test]
fn everything_else_is_refused() {
    for text in [
        "postgres:",
        "postgres:app@h/s",
        "postgres://",
        "postgres://h/s",
        "postgres://:word@h/s",
        "postgres://app@/s",
        "postgres://app@h:0/s",
        "postgres://app@h:port/s",
        "postgres://app@h,,i/s",
        "postgres://app@h i/s",
        "postgres://app@%2Frun:x/s",
        "postgres://app@h/s?sslmode",
        "postgres://app@h/s?sslmode=allow",
        "postgres://app@h/s?sslmode=",
        "postgres://app@h/s?options=-c",
        "postgres://app@h/s?sslrootcert=ca.pem",
        "postgres://app@h/s?pool_max_conns=0",
        "postgres://app@h/s?pool_max_conns=1001",
        "postgres://app@h/s?target_session_attrs=standby",
        "postgres://app@a,b/s?target_session_attrs=any",
        "postgres://app@h/s#1",
        "postgres://app:%ff@h/s",
        "POSTGRES://app@h/s",
        "postgres+tls://app@h/s",
    ] {
        assert!(StoreUrl::parse(text).is_err(), "{text:?}");
    }
}

#[test]
fn the_variable_of_libpq_names_the_passfile_unless_the_url_does() {
    let place = Place::new();
    let passfile = |url: &str| {
        let variables = [("SESSION_STORE", url), ("PGPASSFILE", "pgpass")];
        let config = place.config(&super::varied(&PRODUCTION, &variables));
        match config.session.store {
            StoreUrl::Postgres(servers) => servers.passfile.unwrap(),
            other => panic!("{other:?}"),
        }
    };
    let in_folder = passfile("postgres://app@h/s");
    assert!(in_folder.is_absolute() && in_folder.ends_with("pgpass"));
    let named = passfile("postgres://app@h/s?passfile=/etc/pgpass");
    assert_eq!(named, Path::new("/etc/pgpass"));
}
