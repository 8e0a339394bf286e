//! Settings of the sandbox provider: whether it runs in this process, and its listen address.

use std::net::SocketAddr;

use serde::Serialize;

use super::fault::Wrong;
use super::reader::{Checked, Reader};
use super::server::{Server, collide, socket_address};
use super::show;

/// `[sandbox]`.
#[derive(Debug, Clone, Serialize)]
pub struct Sandbox {
    /// Whether the sandbox runs. `auto` is already resolved: on in development when no provider is configured.
    pub enabled: bool,
    /// Listen address of the sandbox. Port 0 selects a free port.
    #[serde(serialize_with = "show::text")]
    pub listen: SocketAddr,
}

impl Sandbox {
    /// Reads `[sandbox]`. `is_wanted` decides the value of `auto`. `server` is needed to detect two listeners with the same address.
    pub(super) fn read(
        reader: &mut Reader,
        is_wanted: bool,
        server: Option<&Server>,
    ) -> Checked<Self> {
        const ENABLED: &str = "sandbox.enabled";
        let switch = reader.boolean_or_auto(ENABLED);
        let listen = reader.text("sandbox.listen", socket_address);
        let auto = is_wanted && !reader.is_strict() && cfg!(feature = "sandbox");
        let enabled = switch.map(|switch| switch.unwrap_or(auto));
        if switch == Ok(Some(true)) {
            if reader.is_strict() {
                let wrong = Wrong::new(
                    "is on, and anybody can sign in to the sandbox",
                    "remove it, or set BFF_PROFILE=development",
                );
                reader.fault(ENABLED, wrong)?;
            } else if !cfg!(feature = "sandbox") {
                let wrong = Wrong::new(
                    "is on, and this build has no sandbox",
                    "remove it, or build with the feature sandbox",
                );
                reader.fault(ENABLED, wrong)?;
            }
        }
        if let (Ok(true), Ok(own), Some(server)) = (enabled, listen, server)
            && (collide(own, server.listen) || collide(own, server.admin_listen))
        {
            let wrong = Wrong::new("is an address of [server]", "give it a port of its own");
            reader.fault("sandbox.listen", wrong)?;
        }
        Ok(Self {
            enabled: enabled?,
            listen: listen?,
        })
    }
}
