//! Reads what reverse proxies report about a request: the client's address, whether the client used https, and the trace that the request belongs to.
//! Only headers of trusted proxies are used, because any client can write such headers.

use std::net::IpAddr;

use actix_web::http::header::{HeaderMap, HeaderName, X_FORWARDED_FOR, X_FORWARDED_PROTO};
use actix_web::{HttpMessage as _, HttpRequest};
use ipnet::IpNet;

use super::fields::{Field, items, one};
use crate::domain::trace::TraceParent;

const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// Returns whether this address belongs to a trusted proxy. An IPv4-mapped IPv6 address is converted first, because a listener for both families
/// sees IPv4 peers in that form.
pub fn is_trusted_proxy(address: IpAddr, trusted_proxies: &[IpNet]) -> bool {
    let address = address.to_canonical();
    trusted_proxies
        .iter()
        .any(|network| network.contains(&address))
}

/// How a request arrived, according to trusted proxies. The outermost layer reads it once and puts it into the request's extensions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Forwarded {
    /// The client's address. It is the peer, or, if the peer is a trusted proxy, the right-most address in `X-Forwarded-For` that belongs to no
    /// trusted proxy. The search ends at an item that is not an address; the proxy that wrote it is then the client.
    pub client: Option<IpAddr>,
    /// The client used plain http to the first trusted proxy, or the scheme that this proxy wrote cannot be read.
    pub is_plain: bool,
    /// The peer is a trusted proxy, so that its `traceparent` is used.
    pub is_from_proxy: bool,
}

impl Forwarded {
    /// Returns what the outermost layer read.
    pub fn from_http(request: &HttpRequest) -> Self {
        let read = request.extensions().get::<Self>().copied();
        read.unwrap_or_default()
    }

    /// Reads `X-Forwarded-For` and `X-Forwarded-Proto` from the right. Each proxy appends one item to each header. So of `n` trusted proxies, the
    /// outermost one wrote the `n`-th item from the right, and the client wrote everything left of it. When the list of schemes is shorter, a proxy
    /// on the way replaced it or passed it on; then its left-most item is used. Empty items of that list are skipped (RFC 9110 §5.6.1).
    pub fn from_headers(
        peer: Option<IpAddr>,
        headers: &HeaderMap,
        trusted_proxies: &[IpNet],
    ) -> Self {
        let mut client = peer.map(|peer| peer.to_canonical());
        let mut hops = items(headers, X_FORWARDED_FOR).rev();
        let mut proxies = 0;
        while client.is_some_and(|client| is_trusted_proxy(client, trusted_proxies)) {
            proxies += 1;
            let Some(named) = hops.next().and_then(address) else {
                break;
            };
            client = Some(named);
        }
        let scheme = items(headers, X_FORWARDED_PROTO)
            .rev()
            .filter(|item| !item.is_empty())
            .take(proxies)
            .last();
        Self {
            client,
            is_plain: scheme.is_some_and(|scheme| {
                scheme.eq_ignore_ascii_case(b"http") || !scheme.iter().all(u8::is_ascii_graphic)
            }),
            is_from_proxy: proxies > 0,
        }
    }
}

/// Reads `traceparent` (W3C Trace Context §3.2). Call it only for a request from a trusted proxy, because a `traceparent` decides what is exported.
pub fn trace_parent(headers: &HeaderMap) -> Option<TraceParent> {
    match one(headers, TRACEPARENT) {
        Field::Is(parent) => TraceParent::parse(parent.as_bytes()),
        Field::Absent | Field::Unclear => None,
    }
}

/// Parses an address as proxies write it: bare, in brackets, or with a port.
fn address(item: &[u8]) -> Option<IpAddr> {
    let item = std::str::from_utf8(item).ok()?;
    let parsed = item
        .parse()
        .or_else(|_| item.parse().map(|socket: std::net::SocketAddr| socket.ip()))
        .or_else(|_| item.trim_start_matches('[').trim_end_matches(']').parse());
    parsed.ok().map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderName, HeaderValue};

    use super::*;

    fn forwarded(peer: &str, hops: &[&[u8]], schemes: &[&[u8]]) -> Forwarded {
        let line = |name: &'static str, line: &&[u8]| {
            let value = HeaderValue::from_bytes(line).unwrap();
            (HeaderName::from_static(name), value)
        };
        let hops = hops.iter().map(|hop| line("x-forwarded-for", hop));
        let schemes = schemes.iter().map(|it| line("x-forwarded-proto", it));
        let headers = hops.chain(schemes).collect();
        let trusted = ["10.0.0.0/8".parse().unwrap(), "fd00::/8".parse().unwrap()];
        Forwarded::from_headers(Some(peer.parse().unwrap()), &headers, &trusted)
    }

    /// Covers: ASVS-4.1.3
    #[test]
    fn the_right_most_address_that_no_trusted_proxy_has_is_the_clients() {
        for (peer, lines, expected) in [
            // Headers of a peer that is not trusted are ignored.
            ("192.0.2.7", &[][..], "192.0.2.7"),
            ("192.0.2.7", &[&b"10.0.0.1"[..]], "192.0.2.7"),
            ("192.0.2.7", &[b"198.51.100.1, 10.0.0.1"], "192.0.2.7"),
            // One proxy, two proxies, several lines.
            ("10.0.0.1", &[b"198.51.100.1"], "198.51.100.1"),
            ("10.0.0.1", &[b"203.0.113.9, 198.51.100.1"], "198.51.100.1"),
            ("10.0.0.1", &[b"198.51.100.1, 10.0.0.2"], "198.51.100.1"),
            (
                "10.0.0.1",
                &[b"203.0.113.9", b"198.51.100.1"],
                "198.51.100.1",
            ),
            ("10.0.0.1", &[b"198.51.100.1", b"10.0.0.2"], "198.51.100.1"),
            ("fd00::1", &[b"2001:db8::1"], "2001:db8::1"),
            // As proxies write addresses.
            ("10.0.0.1", &[b" 198.51.100.1:4711 "], "198.51.100.1"),
            ("10.0.0.1", &[b"[2001:db8::1]:4711"], "2001:db8::1"),
            ("10.0.0.1", &[b"[2001:db8::1]"], "2001:db8::1"),
            ("::ffff:10.0.0.1", &[b"::ffff:198.51.100.1"], "198.51.100.1"),
            // An item that is not an address: the proxy that wrote it is the client.
            ("10.0.0.1", &[], "10.0.0.1"),
            ("10.0.0.1", &[b""], "10.0.0.1"),
            ("10.0.0.1", &[b"unknown"], "10.0.0.1"),
            ("10.0.0.1", &[b"198.51.100.1, _hidden"], "10.0.0.1"),
            (
                "10.0.0.1",
                &[b"198.51.100.1, nonsense, 10.0.0.2"],
                "10.0.0.2",
            ),
            // An unreadable item does not affect the items to its right.
            ("10.0.0.1", &[b"\xff, 198.51.100.1"], "198.51.100.1"),
            (
                "10.0.0.1",
                &[b"\xff", b"198.51.100.1, 10.0.0.2"],
                "198.51.100.1",
            ),
            ("10.0.0.1", &[b"203.0.113.9, \xff, 10.0.0.2"], "10.0.0.2"),
            // The header lists only trusted proxies: the outermost one is the client.
            ("10.0.0.1", &[b"10.0.0.3, 10.0.0.2"], "10.0.0.3"),
        ] {
            let client = forwarded(peer, lines, &[]).client.unwrap();
            assert_eq!(client.to_string(), expected, "{peer} {lines:?}");
        }
    }

    #[test]
    fn the_scheme_is_what_the_first_trusted_proxy_saw() {
        let two: &[&[u8]] = &[b"203.0.113.9, 198.51.100.1, 10.0.0.2"];
        for (hops, schemes, expected) in [
            (&[][..], &[][..], false),
            (&[], &[&b"http"[..]], true),
            (&[], &[b"HTTP"], true),
            (&[], &[b"https"], false),
            // One proxy: the client wrote everything left of the proxy's item.
            (&[&b"198.51.100.1"[..]], &[b"http, https"], false),
            (&[b"198.51.100.1"], &[b"https, http"], true),
            (&[b"198.51.100.1"], &[b"http", b"https"], false),
            (&[b"198.51.100.1"], &[b"https", b"http"], true),
            (&[b"198.51.100.1"], &[b"\xff, https"], false),
            (&[b"198.51.100.1"], &[b"https, \xff, http"], true),
            (&[b"198.51.100.1"], &[b"http, https, ,"], false),
            // Two proxies: the inner one reports the outer one, which used plain http or https.
            (two, &[b"https, http"], false),
            (two, &[b"http, https"], true),
            (two, &[b"http, https, http"], false),
            (two, &[b"https, http, http"], true),
            (two, &[b"https,, http"], false),
            // One of the proxies replaces the list, or passes it on unchanged.
            (two, &[b"https"], false),
            (two, &[b"http"], true),
            // The proxy wrote an unreadable scheme.
            (two, &[b"\xff, https"], true),
            (&[], &[b"\xff"], true),
            (&[], &[b""], false),
        ] {
            let found = forwarded("10.0.0.1", hops, schemes).is_plain;
            assert_eq!(found, expected, "{hops:?} {schemes:?}");
        }
        // Any client can write this header.
        assert!(!forwarded("192.0.2.7", &[], &[b"http"]).is_plain);
    }
}
