//! Parsers of the parts that URLs of stores share: hosts and logins.

use std::net::Ipv6Addr;

use percent_encoding::percent_decode_str;

use super::fault::{Wrong, ensure};

/// Parses `host[:port]`; an IPv6 address is in brackets.
pub(super) fn host_and_port(text: &str, default_port: u16) -> Result<(String, u16), Wrong> {
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
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.:".contains(c);
    ensure(!host.is_empty() && host.chars().all(is_plain), WRONG)?;
    let port = match port.strip_prefix(':') {
        Some(digits) => digits.parse().ok().filter(|port| *port != 0),
        None => port.is_empty().then_some(default_port),
    };
    Ok((host.to_owned(), port.ok_or(WRONG)?))
}

/// Decodes a part of a login; `None` when it is empty.
pub(super) fn decoded(text: &str) -> Result<Option<String>, Wrong> {
    let wrong = "has a user name or password that is not UTF-8; percent-encode it as UTF-8";
    let text = percent_decode_str(text).decode_utf8().map_err(|_| wrong)?;
    Ok(Some(text.into_owned()).filter(|text| !text.is_empty()))
}
