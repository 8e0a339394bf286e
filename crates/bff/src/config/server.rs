//! The addresses this program listens on and whom it believes about the client's address.

use std::net::SocketAddr;
use std::time::Duration;

use ipnet::IpNet;
use serde::Serialize;

use super::fault::Wrong;
use super::reader::{Checked, Reader};
use super::show;

/// `[server]`.
#[derive(Debug, Clone, Serialize)]
pub struct Server {
    /// The public listener; port 0 takes a free one.
    #[serde(serialize_with = "show::text")]
    pub listen: SocketAddr,
    /// The listener for metrics and probes; never shares the public address.
    #[serde(serialize_with = "show::text")]
    pub admin_listen: SocketAddr,
    /// Peers whose forwarded headers count; a network never covers the whole internet.
    #[serde(serialize_with = "show::list")]
    pub trusted_proxies: Vec<IpNet>,
    /// How long requests in flight may take after SIGTERM.
    #[serde(serialize_with = "show::duration")]
    pub shutdown_grace: Duration,
}

impl Server {
    pub(super) fn read(reader: &mut Reader) -> Checked<Self> {
        let listen = reader.text("server.listen", socket_address);
        let admin_listen = reader.text("server.admin_listen", socket_address);
        let trusted_proxies = reader.list("server.trusted_proxies", network);
        let shutdown_grace = reader.duration("server.shutdown_grace");
        if let (Ok(public), Ok(admin)) = (listen, admin_listen)
            && collide(public, admin)
        {
            reader.fault(
                "server.admin_listen",
                Wrong::new(
                    "is the public address of server.listen",
                    "give it a port of its own",
                ),
            )?;
        }
        Ok(Self {
            listen: listen?,
            admin_listen: admin_listen?,
            trusted_proxies: trusted_proxies?,
            shutdown_grace: shutdown_grace?,
        })
    }
}

/// Reads `IP:port`. Names are refused: they can mean several addresses.
pub(super) fn socket_address(text: &str) -> Result<SocketAddr, Wrong> {
    text.parse().map_err(|_| {
        Wrong::new(
            "is not an IP address with a port",
            "write 127.0.0.1:3000, 0.0.0.0:3000 or [::1]:3000",
        )
    })
}

/// True when both would take the same port of one address.
pub(super) fn collide(one: SocketAddr, other: SocketAddr) -> bool {
    let covers = one.ip().is_unspecified() || other.ip().is_unspecified() || one.ip() == other.ip();
    one.port() != 0 && one.port() == other.port() && covers
}

fn network(text: &str) -> Result<IpNet, Wrong> {
    // The widest private networks, 10.0.0.0/8 and fc00::/7, are as far as trust may reach.
    const WIDEST_V4: u8 = 8;
    const WIDEST_V6: u8 = 7;
    let too_wide = || {
        Wrong::new(
            "would trust strangers on the internet",
            "name the network of your reverse proxy, such as 10.0.0.0/24",
        )
    };
    if text == "*" {
        return Err(too_wide());
    }
    let network = text
        .parse::<IpNet>()
        .or_else(|_| text.parse::<std::net::IpAddr>().map(IpNet::from))
        .map_err(|_| Wrong::new("is not a network", "write 10.0.0.0/24 or one IP address"))?;
    let widest = match network {
        IpNet::V4(_) => WIDEST_V4,
        IpNet::V6(_) => WIDEST_V6,
    };
    if network.prefix_len() < widest {
        return Err(too_wide());
    }
    Ok(network.trunc())
}
