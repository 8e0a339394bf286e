//! Allowed targets of top-up links.

use serde::{Deserialize, Deserializer, Serialize};
use url::Url;

use super::address::{self, HostName};
use super::field::{entries, optional, parsed_if_set};

/// `[topup]`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Topup {
    /// Allowed hosts in lower case. Their subdomains are allowed too.
    #[serde(deserialize_with = "entries::<_, HostName, _>")]
    pub allowed_hosts: Vec<String>,
    /// The link used when the provider returns none.
    #[serde(serialize_with = "optional::serialize", deserialize_with = "link")]
    pub fallback_url: Option<Url>,
}

fn link<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Url>, D::Error> {
    parsed_if_set(from, address::absolute)
}
