//! Whether the stand-in provider runs beside the app, and where.

use std::net::SocketAddr;

use serde::Serialize;

use super::fault::Wrong;
use super::reader::{Checked, Reader};
use super::server::socket_address;
use super::show;

/// `[sandbox]`.
#[derive(Debug, Clone, Serialize)]
pub struct Sandbox {
    /// `auto` is already decided: on without client id and secret, in development only.
    pub enabled: bool,
    /// Its own listener; port 0 takes a free one.
    #[serde(serialize_with = "show::text")]
    pub listen: SocketAddr,
}

impl Sandbox {
    /// `is_wanted` decides for `auto`.
    pub(super) fn read(reader: &mut Reader, is_wanted: bool) -> Checked<Self> {
        const ENABLED: &str = "sandbox.enabled";
        let switch = reader.boolean_or_auto(ENABLED);
        let listen = reader.text("sandbox.listen", socket_address);
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
        let auto = is_wanted && !reader.is_strict() && cfg!(feature = "sandbox");
        Ok(Self {
            enabled: switch?.unwrap_or(auto),
            listen: listen?,
        })
    }
}
