//! Parser of the part of a Redis URL after the scheme: credentials, hosts and path.
//!
//! Neither `Debug` nor `Display` shows the credentials. Called by the parser of `session.store`.

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
        return Err(Wrong::new(
            "has a ? or # in it",
            "leave them out; in a user name or password write %3F and %23",
        ));
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
    let not_one = || {
        Wrong::new(
            "has a host that cannot be read",
            "write host or host:port, several separated by commas",
        )
    };
    let (host, port) = if let Some(rest) = text.strip_prefix('[') {
        let (address, after) = rest.split_once(']').ok_or_else(not_one)?;
        address
            .parse::<std::net::Ipv6Addr>()
            .map_err(|_| not_one())?;
        let port = match after {
            "" => None,
            after => Some(after.strip_prefix(':').ok_or_else(not_one)?),
        };
        (address, port)
    } else {
        match text.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (text, None),
        }
    };
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.:".contains(c);
    if host.is_empty() || !host.chars().all(plain) {
        return Err(not_one());
    }
    let port = match port {
        None => default_port,
        Some(digits) => digits
            .parse()
            .ok()
            .filter(|port| *port != 0)
            .ok_or_else(not_one)?,
    };
    Ok(RedisNode {
        host: host.to_owned(),
        port,
    })
}

fn decoded(text: &str) -> Result<Option<String>, Wrong> {
    if text.is_empty() {
        return Ok(None);
    }
    percent_decode_str(text)
        .decode_utf8()
        .map(|text| Some(text.into_owned()))
        .map_err(|_| {
            Wrong::new(
                "has a user name or password that is not UTF-8",
                "percent-encode it as UTF-8",
            )
        })
}
