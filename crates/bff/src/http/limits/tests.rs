//! Which limit counts which request.

use actix_web::http::header::{COOKIE, HeaderMap, HeaderValue};

use super::super::cookies::Cookies;
use super::*;
use crate::config::{Config, Sources};
use crate::domain::{SessionId, SystemEntropy};

const HOUR: Duration = Duration::from_secs(3_600);
/// Retry after one hour.
const LATER: Result<(), u32> = Err(3_600);

const COOKIES: Cookies = Cookies { secure: false };

fn limits(variables: &[(&str, &str)]) -> Limits {
    let sources = Sources {
        environment: variables
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
        ..Sources::default()
    };
    Limits::new(&Config::load(&sources).unwrap().config)
}

/// Returns buckets that hold `burst` and gain one an hour.
fn few(burst: u32) -> Option<Buckets> {
    Some(Buckets::new(Rate::one_every(HOUR, burst)))
}

fn address(text: &str) -> Option<IpAddr> {
    Some(text.parse().unwrap())
}

/// Returns the cookies of a request with this `Cookie` line, or with none.
fn sent(line: Option<&str>) -> RequestCookies {
    let line = line.map(|line| (COOKIE, HeaderValue::from_str(line).unwrap()));
    RequestCookies::read(&HeaderMap::from_iter(line), COOKIES)
}

/// A session cookie as we issue it.
fn own() -> RequestCookies {
    let line = COOKIES.issued(&SessionId::random(&SystemEntropy));
    sent(Some(&line))
}

fn made_up(value: &str) -> RequestCookies {
    sent(Some(&format!("session={value}")))
}

fn ask(limits: &Limits, from: &str, path: &str, cookies: &RequestCookies) -> Result<(), u32> {
    let client = limits.client(address(from), address(from));
    let asked = limits.check(client.as_ref(), path, true, cookies);
    asked.map_err(|refusal| refusal.seconds())
}

#[test]
fn a_client_is_refused_and_others_are_not() {
    let mut limits = limits(&[]);
    limits.client = few(2);
    let none = sent(None);
    let asked = [(); 4].map(|()| ask(&limits, "192.0.2.1", "/", &none));
    assert_eq!(asked, [Ok(()), Ok(()), LATER, LATER]);
    assert_eq!(ask(&limits, "192.0.2.2", "/", &none), Ok(()));
}

#[test]
fn a_network_of_64_bits_is_one_client() {
    let mut limits = limits(&[]);
    limits.client = few(1);
    let none = sent(None);
    assert_eq!(ask(&limits, "2001:db8:0:1::1", "/", &none), Ok(()));
    assert_eq!(ask(&limits, "2001:db8:0:1:ffff::2", "/", &none), LATER);
    assert_eq!(ask(&limits, "2001:db8:0:2::1", "/", &none), Ok(()));
    // The two forms of one address are one client.
    assert_eq!(ask(&limits, "192.0.2.1", "/", &none), Ok(()));
    assert_eq!(ask(&limits, "::ffff:192.0.2.1", "/", &none), LATER);
}

#[test]
fn a_client_with_invented_cookies_does_not_lock_out_a_session_at_the_same_address() {
    let mut limits = limits(&[("BFF_LIMITS__SESSION_RATE", "0")]);
    limits.login = few(2);
    let own = own();
    assert_eq!(ask(&limits, "192.0.2.1", "/", &own), Ok(()));
    limits.note_session(&own);
    assert_eq!(ask(&limits, "192.0.2.1", "/", &made_up("made-up")), Ok(()));
    assert_eq!(ask(&limits, "192.0.2.1", "/", &made_up("another")), LATER);
    assert_eq!(ask(&limits, "192.0.2.1", "/auth/oauth/start", &own), LATER);
    assert_eq!(ask(&limits, "192.0.2.1", "/api/session", &own), Ok(()));
    assert_eq!(ask(&limits, "192.0.2.1", "/", &sent(None)), Ok(()));
}

#[test]
fn a_session_has_a_limit_of_its_own_wherever_it_comes_from() {
    let mut limits = limits(&[]);
    limits.sessions = few(2).unwrap();
    let own = own();
    limits.note_session(&own);
    let asked = ["192.0.2.1", "192.0.2.2", "192.0.2.3"]
        .map(|from| ask(&limits, from, "/api/user/info", &own));
    assert_eq!(asked, [Ok(()), Ok(()), LATER]);
    assert_eq!(
        ask(&limits, "192.0.2.1", "/", &own),
        Ok(()),
        "a page is no call"
    );
}

/// Covers: ASVS-4.1.3
#[test]
fn an_address_shared_by_clients_identifies_no_client() {
    let https = ("OAUTH_REDIRECT_URI", "https://app.test/oauth/callback");
    let direct = limits(&[]);
    let behind_unknown_proxy = limits(&[https]);
    let behind = limits(&[https, ("BFF_SERVER__TRUSTED_PROXIES", "10.0.0.0/8")]);
    let counted = |limits: &Limits, peer, client| {
        let client = limits.client(address(peer), address(client));
        client.map(|client| client.is_direct)
    };
    assert_eq!(counted(&direct, "127.0.0.1", "127.0.0.1"), Some(true));
    assert_eq!(counted(&behind_unknown_proxy, "10.0.0.1", "10.0.0.1"), None);
    assert_eq!(counted(&behind, "10.0.0.1", "10.0.0.1"), None);
    assert_eq!(counted(&behind, "10.0.0.1", "192.0.2.1"), Some(false));
    assert_eq!(counted(&behind, "192.0.2.1", "192.0.2.1"), Some(true));
}
