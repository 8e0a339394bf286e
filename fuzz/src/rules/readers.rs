//! Every reader of a request's cookies and of its forwarded headers finds what stands in the request, read anew here.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use super::percent_decode;
use crate::program::{Answered, Asked, Program};

/// The proxy that every request comes from.
const PEER: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1));

/// The rule, for the readers that came to see the request, and for the answer.
pub fn agree(program: &Program, asked: &Asked, answered: &Answered) {
    let (client, is_plain) = forwarded(asked);
    if is_plain && program.origin.scheme() == "https" {
        assert!(answered.values("strict-transport-security").is_empty());
    }
    let (name, value) = program.session.split_once('=').expect("a pair");
    let cookies = cookies(asked);
    let own = one(&cookies, name).is_some_and(|sent| sent == value.as_bytes());
    let says_yes = answered.body.starts_with(b"{\"authenticated\":true");
    assert!(
        own || !says_yes,
        "a request without the cookie is signed in"
    );
    let Some(readers) = &answered.readers else {
        return;
    };
    let found = readers.cookies.session().map(|id| id.reveal().to_owned());
    assert_eq!(found, own.then(|| program.id.clone()));
    let count = cookies.get(name.as_bytes()).map_or(0, Vec::len);
    assert_eq!(readers.cookies.session_count(), count);
    let pair = |value: &str| (name.to_owned(), value.to_owned());
    let expected = |value: &str| Some(Vec::from_iter(own.then(|| pair(value))));
    assert_eq!(readers.raw, expected(value));
    assert_eq!(readers.decoded, expected(&percent_decode(value)));
    let line = program.session.as_bytes().to_vec();
    assert_eq!(readers.lines, Vec::from_iter(own.then_some(line)));

    let prefix = name.strip_suffix("session").expect("it ends so");
    let language = one(&cookies, &format!("{prefix}language"));
    let language = language.and_then(|value| std::str::from_utf8(value).ok());
    assert_eq!(readers.cookies.language(), language);
    for attempt in readers.cookies.attempts() {
        let sent = &cookies[format!("{prefix}login-{}", attempt.tag).as_bytes()];
        let is_as_sent = sent.len() == 1 && sent[0] == attempt.sealed.as_bytes();
        assert!(attempt.sealed.is_empty() || is_as_sent);
    }
    for attempt in [&program.page, &program.popup] {
        let (name, value) = attempt.cookie.split_once('=').expect("a pair");
        let mut attempts = readers.cookies.attempts().iter();
        let is_found =
            attempts.any(|attempt| name.ends_with(&attempt.tag) && attempt.sealed == value);
        let is_sent = one(&cookies, name).is_some_and(|sent| sent == value.as_bytes());
        assert_eq!(is_found, is_sent, "an attempt");
    }

    let found = readers.forwarded.expect("the outermost layer reads them");
    assert_eq!((found.client, found.is_plain), (Some(client), is_plain));
}

/// All values by the name that was sent. White space around a pair and behind a name is none of either.
fn cookies(asked: &Asked) -> BTreeMap<Vec<u8>, Vec<Vec<u8>>> {
    let mut found: BTreeMap<Vec<u8>, Vec<Vec<u8>>> = BTreeMap::new();
    let joined = asked.values("cookie").join(&b';');
    for pair in joined.split(|byte| *byte == b';') {
        let mut halves = pair.trim_ascii().splitn(2, |byte| *byte == b'=');
        if let (Some(name), Some(value)) = (halves.next(), halves.next()) {
            let name = name.trim_ascii_end().to_vec();
            found.entry(name).or_default().push(value.to_vec());
        }
    }
    found
}

/// The value of the only cookie of this name.
fn one<'a>(cookies: &'a BTreeMap<Vec<u8>, Vec<Vec<u8>>>, name: &str) -> Option<&'a [u8]> {
    match cookies.get(name.as_bytes())?.as_slice() {
        [only] => Some(only),
        _ => None,
    }
}

/// The client, and whether it came over plain http.
fn forwarded(asked: &Asked) -> (IpAddr, bool) {
    let list = |name: &str| -> Vec<Vec<u8>> {
        let joined = asked.values(name).join(&b',');
        let items = joined.split(|byte| *byte == b',');
        items.map(|item| item.trim_ascii().to_vec()).collect()
    };
    let is_proxy = |address: IpAddr| matches!(address, IpAddr::V4(v4) if v4.octets()[0] == 10);
    let mut hops = list("x-forwarded-for");
    let mut chain = vec![PEER];
    while is_proxy(chain[chain.len() - 1]) {
        let Some(next) = hops.pop().and_then(|item| address(&item)) else {
            break;
        };
        chain.push(next);
    }
    let proxies = chain.iter().filter(|address| is_proxy(**address)).count();
    let mut schemes = list("x-forwarded-proto");
    schemes.retain(|scheme| !scheme.is_empty());
    let counted = schemes.iter().rev().take(proxies).last();
    let is_plain = counted.is_some_and(|scheme| {
        let is_text = scheme.iter().all(|byte| (0x21..=0x7e).contains(byte));
        scheme.to_ascii_lowercase() == b"http" || !is_text
    });
    (chain[chain.len() - 1], is_plain)
}

/// An address: alone, with a port, or in brackets.
fn address(item: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(item).ok()?;
    let bare = || text.parse::<IpAddr>().ok();
    let with_port = || text.parse::<SocketAddr>().ok().map(|socket| socket.ip());
    let in_brackets = || {
        let inner = text.trim_start_matches('[').trim_end_matches(']');
        inner.parse::<IpAddr>().ok()
    };
    let found = bare().or_else(with_port).or_else(in_brackets);
    found.map(|address| address.to_canonical())
}
