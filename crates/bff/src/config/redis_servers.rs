//! Parser of the part of a Redis URL after the scheme: credentials, hosts and path.
//!
//! Neither `Debug` nor `Display` shows the credentials. Called by the parser of `session.store`.

use std::net::Ipv6Addr;

use percent_encoding::percent_decode_str;
use secrecy::SecretString;

use super::fault::Wrong;
use crate::store::{RedisNode, RedisServers};

/// Default port of Redis.
pub(super) const REDIS_PORT: u16 = 6379;
/// Default port of a Redis Sentinel.
pub(super) const SENTINEL_PORT: u16 = 26379;

/// Parses `[user][:password]@host[:port],…[/path]`. Returns the path without its leading slash.
pub(super) fn parse(rest: &str, tls: bool, port: u16) -> Result<(RedisServers, &str), Wrong> {
    if rest.contains(['?', '#']) {
        let wrong =
            "has a ? or # in it; leave them out; in a user name or password write %3F and %23";
        return Err(wrong.into());
    }
    // Split at the last @ because a password may contain the character too.
    let (login, place) = rest.rsplit_once('@').unwrap_or(("", rest));
    let (hosts, path) = place.split_once('/').unwrap_or((place, ""));
    let (username, password) = login.split_once(':').unwrap_or((login, ""));
    let nodes = hosts
        .split(',')
        .map(|host| node(host.trim(), port))
        .collect::<Result<Vec<_>, _>>()?;
    let servers = RedisServers {
        nodes,
        tls,
        username: decoded(username)?,
        password: decoded(password)?.map(SecretString::from),
        database: 0,
    };
    Ok((servers, path))
}

fn node(text: &str, default_port: u16) -> Result<RedisNode, Wrong> {
    const WRONG: &str =
        "has a host that cannot be read; write host or host:port, several separated by commas";
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => {
            let (address, after) = rest.split_once(']').ok_or(WRONG)?;
            address.parse::<Ipv6Addr>().map_err(|_| WRONG)?;
            (address, after)
        }
        None => text.split_at(text.find(':').unwrap_or(text.len())),
    };
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.:".contains(c);
    if host.is_empty() || !host.chars().all(plain) {
        return Err(WRONG.into());
    }
    let port = match port.strip_prefix(':') {
        Some(digits) => digits.parse().ok().filter(|port| *port != 0),
        None => port.is_empty().then_some(default_port),
    };
    Ok(RedisNode {
        host: host.to_owned(),
        port: port.ok_or(WRONG)?,
    })
}

fn decoded(text: &str) -> Result<Option<String>, Wrong> {
    let wrong = "has a user name or password that is not UTF-8; percent-encode it as UTF-8";
    let text = percent_decode_str(text).decode_utf8().map_err(|_| wrong)?;
    Ok(Some(text.into_owned()).filter(|text| !text.is_empty()))
}
