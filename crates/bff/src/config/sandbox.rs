//! Settings of the sandbox provider: whether it runs in this process, and its listen address.

use std::net::SocketAddr;
use std::path::PathBuf;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::field;
use super::message::pass;
use super::reader::Reader;
use super::server::{Server, collide};

/// `[sandbox]`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Sandbox {
    /// Whether the sandbox runs. `auto` is already resolved: on in development when no provider is configured.
    #[serde(deserialize_with = "switch")]
    pub enabled: bool,
    /// Listen address of the sandbox. Port 0 selects a free port.
    #[serde(with = "field")]
    pub listen: SocketAddr,
    /// Folder of the JSON files with which the sandbox answers the provider's API.
    pub answers: PathBuf,
}

/// The key that switches the sandbox on.
pub(super) const ENABLED: &str = "sandbox.enabled";
const AUTO: &str = "auto";

impl Sandbox {
    /// Reads `[sandbox]`. `is_wanted` decides the value of `auto`.
    pub(super) fn read(reader: &mut Reader, is_wanted: bool, server: &Server) -> Option<Self> {
        let mut sandbox: Self = reader.section("sandbox")?;
        if reader.is_text(ENABLED, AUTO) {
            sandbox.enabled = is_wanted && !reader.is_strict() && cfg!(feature = "sandbox");
        }
        reader.require(
            &[ENABLED],
            !(sandbox.enabled && reader.is_strict()),
            "is on, and every visitor can sign in to the sandbox; remove it, or set BFF_PROFILE=development",
        );
        reader.require(
            &[ENABLED],
            !sandbox.enabled || cfg!(feature = "sandbox"),
            "is on, and this build has no sandbox; remove it, or build with the feature sandbox",
        );
        let is_taken =
            collide(sandbox.listen, server.listen) || collide(sandbox.listen, server.admin_listen);
        reader.require(
            &[
                "sandbox.listen",
                ENABLED,
                "server.listen",
                "server.admin_listen",
            ],
            !(sandbox.enabled && is_taken),
            "is an address of [server]; give it a port of its own",
        );
        Some(sandbox)
    }
}

/// Reads `true`, `false`, or the same as text. `auto` is false until it is decided, also as the stand-in for a refused value.
fn switch<'de, D: Deserializer<'de>>(from: D) -> Result<bool, D::Error> {
    match Value::deserialize(from)? {
        Value::Bool(flag) => Ok(flag),
        Value::String(text) if text == "true" => Ok(true),
        Value::String(text) if text == "false" || text == AUTO => Ok(false),
        _ => Err(pass(
            "is neither auto, true nor false; write \"auto\", true or false",
        )),
    }
}
