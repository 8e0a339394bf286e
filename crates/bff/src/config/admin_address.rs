//! Reader of `server.admin_listen` alone, for the command `health`. It uses the same sources and rules as the start, and ignores errors in other keys.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::fault::Faults;
use super::load::profile;
use super::reader::Reader;
use super::server::{ADMIN, Server};
use super::sources::Sources;

/// Returns the address at which this machine reaches the operator's listener. A listener on all addresses is reached on loopback.
///
/// # Errors
/// The errors of this key, and of the sources that may contain it. Errors of other keys are left out, so that a secret that cannot be read makes no
/// healthy program unhealthy.
pub fn admin_address(sources: &Sources) -> Result<SocketAddr, Faults> {
    let profile = profile(sources).map_err(|fault| Faults(vec![fault]))?;
    let mut reader = Reader::collect(sources, &profile);
    let server = Server::read(&mut reader);
    let mut faults = reader.faults;
    faults.retain(|fault| fault.key() == ADMIN || !reader.keys.has(fault.key()));
    let server = server.filter(|_| faults.is_empty()).ok_or(Faults(faults))?;
    let address = server.admin_listen;
    let ip = match address.ip() {
        IpAddr::V4(Ipv4Addr::UNSPECIFIED) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(Ipv6Addr::UNSPECIFIED) => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    Ok(SocketAddr::new(ip, address.port()))
}
