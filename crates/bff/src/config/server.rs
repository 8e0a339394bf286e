//! The addresses that this program listens on, and the proxies that it trusts to forward the client's address.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use ipnet::{IpNet, Ipv4Net};
use serde::{Deserialize, Serialize};

use super::duration;
use super::fault::{Wrong, ensure};
use super::field::{self, Setting, entries, texts};
use super::reader::Reader;

/// `[server]`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Server {
    /// Address of the public listener. Port 0 selects a free port.
    #[serde(with = "field")]
    pub listen: SocketAddr,
    /// Address of the listener for metrics and probes. It differs from the public address.
    #[serde(with = "field")]
    pub admin_listen: SocketAddr,
    /// Peers whose forwarded headers are used. A network is never so wide that it covers the whole internet.
    #[serde(serialize_with = "texts", deserialize_with = "entries")]
    pub trusted_proxies: Vec<IpNet>,
    /// Maximum duration of the graceful shutdown: the time that requests in flight have after SIGTERM.
    #[serde(with = "duration")]
    pub shutdown_grace: Duration,
}

/// The key of the operator's listener.
pub(super) const ADMIN: &str = "server.admin_listen";

impl Server {
    pub(super) fn read(reader: &mut Reader) -> Option<Self> {
        let server: Self = reader.section("server")?;
        reader.require(
            &[ADMIN, "server.listen"],
            !collide(server.listen, server.admin_listen),
            "is the public address of server.listen; give it a port of its own",
        );
        Some(server)
    }
}

/// Parses `IP:port`. Host names are refused because one name can resolve to several addresses.
impl Setting for SocketAddr {
    fn parse(text: &str) -> Result<Self, Wrong> {
        let wrong =
            "is not an IP address with a port; write 127.0.0.1:3000, 0.0.0.0:3000 or [::1]:3000";
        text.parse().map_err(|_| wrong.into())
    }
}

/// Parses a network or an address, and refuses what is wider than the widest private networks, 10.0.0.0/8 and fc00::/7.
impl Setting for IpNet {
    fn parse(text: &str) -> Result<Self, Wrong> {
        const TOO_WIDE: &str = "would trust every client on the internet; name the network of your reverse proxy, such as 10.0.0.0/24";
        ensure(text != "*", TOO_WIDE)?;
        let address = |_| text.parse::<IpAddr>().map(Self::from);
        let network: Result<Self, _> = text.parse().or_else(address);
        let network =
            network.map_err(|_| "is not a network; write 10.0.0.0/24 or one IP address")?;
        let network = canonical(network.trunc()).ok_or(TOO_WIDE)?;
        let widest = if matches!(network, Self::V4(_)) { 8 } else { 7 };
        ensure(network.prefix_len() >= widest, TOO_WIDE)?;
        Ok(network)
    }
}

/// Returns true when both addresses use the same port on a common IP address.
pub(super) fn collide(one: SocketAddr, other: SocketAddr) -> bool {
    let (one_ip, other_ip) = (one.ip().to_canonical(), other.ip().to_canonical());
    let covers = one_ip.is_unspecified() || other_ip.is_unspecified() || one_ip == other_ip;
    one.port() != 0 && one.port() == other.port() && covers
}

/// Converts an IPv4-mapped network to IPv4, because addresses are compared in that form: `::ffff:10.0.0.0/104` becomes `10.0.0.0/8`.
/// Returns `None` for an IPv6 network that contains all IPv4-mapped addresses.
fn canonical(network: IpNet) -> Option<IpNet> {
    const MAPPED: Ipv6Addr = Ipv4Addr::UNSPECIFIED.to_ipv6_mapped();
    const MAPPED_PREFIX: u8 = 96;
    let IpNet::V6(v6) = network else {
        return Some(network);
    };
    match v6.addr().to_ipv4_mapped() {
        Some(v4) if v6.prefix_len() >= MAPPED_PREFIX => {
            let v4 = Ipv4Net::new(v4, v6.prefix_len() - MAPPED_PREFIX);
            v4.ok().map(IpNet::V4)
        }
        _ => (!v6.contains(&MAPPED)).then_some(network),
    }
}
