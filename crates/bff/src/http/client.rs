//! Whose request it is: the client's address, as far as proxies that are trusted can say it. Everybody else can write what they like.

use std::net::IpAddr;

use actix_web::http::header::HeaderMap;
use ipnet::IpNet;

/// Whether what comes from this address comes through a proxy that is trusted. A listener for both kinds of addresses sees the older kind in the
/// form of the newer one.
pub fn is_trusted_proxy(address: IpAddr, trusted_proxies: &[IpNet]) -> bool {
    let address = address.to_canonical();
    trusted_proxies
        .iter()
        .any(|network| network.contains(&address))
}

/// The peer, or, where a trusted proxy is the peer, the right-most address in `X-Forwarded-For` that no trusted proxy has. A hop that is no
/// address ends the search: whoever wrote it is the last that is known.
pub fn client_address(
    peer: Option<IpAddr>,
    headers: &HeaderMap,
    trusted_proxies: &[IpNet],
) -> Option<IpAddr> {
    let mut client = peer?.to_canonical();
    let lines: Vec<&str> = headers
        .get_all("x-forwarded-for")
        .map(|line| line.to_str().unwrap_or_default())
        .collect();
    for hop in lines.iter().rev().flat_map(|line| line.rsplit(',')) {
        if !is_trusted_proxy(client, trusted_proxies) {
            break;
        }
        let Some(named) = address(hop.trim()) else {
            break;
        };
        client = named;
    }
    Some(client)
}

/// An address as proxies write it: bare, in brackets, with a port.
fn address(hop: &str) -> Option<IpAddr> {
    let parsed = hop
        .parse()
        .or_else(|_| hop.parse().map(|socket: std::net::SocketAddr| socket.ip()))
        .or_else(|_| hop.trim_start_matches('[').trim_end_matches(']').parse());
    parsed.ok().map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderName, HeaderValue};

    use super::*;

    fn client(peer: &str, lines: &[&str]) -> String {
        let headers = lines
            .iter()
            .map(|line| {
                (
                    HeaderName::from_static("x-forwarded-for"),
                    HeaderValue::from_str(line).unwrap(),
                )
            })
            .collect();
        let trusted = ["10.0.0.0/8".parse().unwrap(), "fd00::/8".parse().unwrap()];
        let found = client_address(Some(peer.parse().unwrap()), &headers, &trusted);
        found.unwrap().to_string()
    }

    #[test]
    fn the_right_most_address_that_no_trusted_proxy_has_is_the_clients() {
        for (peer, lines, expected) in [
            // Nobody is believed who is not trusted.
            ("192.0.2.7", &[][..], "192.0.2.7"),
            ("192.0.2.7", &["10.0.0.1"], "192.0.2.7"),
            ("192.0.2.7", &["198.51.100.1, 10.0.0.1"], "192.0.2.7"),
            // One proxy, two proxies, several lines.
            ("10.0.0.1", &["198.51.100.1"], "198.51.100.1"),
            ("10.0.0.1", &["203.0.113.9, 198.51.100.1"], "198.51.100.1"),
            ("10.0.0.1", &["198.51.100.1, 10.0.0.2"], "198.51.100.1"),
            ("10.0.0.1", &["203.0.113.9", "198.51.100.1"], "198.51.100.1"),
            ("10.0.0.1", &["198.51.100.1", "10.0.0.2"], "198.51.100.1"),
            ("fd00::1", &["2001:db8::1"], "2001:db8::1"),
            // As proxies write addresses.
            ("10.0.0.1", &[" 198.51.100.1:4711 "], "198.51.100.1"),
            ("10.0.0.1", &["[2001:db8::1]:4711"], "2001:db8::1"),
            ("10.0.0.1", &["[2001:db8::1]"], "2001:db8::1"),
            ("::ffff:10.0.0.1", &["::ffff:198.51.100.1"], "198.51.100.1"),
            // What is no address: whoever wrote it is the last that is known.
            ("10.0.0.1", &[], "10.0.0.1"),
            ("10.0.0.1", &[""], "10.0.0.1"),
            ("10.0.0.1", &["unknown"], "10.0.0.1"),
            ("10.0.0.1", &["198.51.100.1, _hidden"], "10.0.0.1"),
            (
                "10.0.0.1",
                &["198.51.100.1, nonsense, 10.0.0.2"],
                "10.0.0.2",
            ),
            // Only proxies are named: the outermost one.
            ("10.0.0.1", &["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
        ] {
            assert_eq!(client(peer, lines), expected, "{peer} {lines:?}");
        }
    }
}
