//! Allowed targets of top-up links.

use serde::Serialize;
use url::Url;

use super::address;
use super::reader::{Checked, Reader};
use super::show;

/// `[topup]`.
#[derive(Debug, Clone, Serialize)]
pub struct Topup {
    /// Allowed hosts in lower case. Their subdomains are allowed too.
    pub allowed_hosts: Vec<String>,
    /// The link used when the provider returns none.
    #[serde(serialize_with = "show::optional")]
    pub fallback_url: Option<Url>,
}

impl Topup {
    pub(super) fn read(reader: &mut Reader) -> Checked<Self> {
        let allowed_hosts = reader.list("topup.allowed_hosts", address::host_name);
        let fallback_url = reader.optional("topup.fallback_url", address::absolute);
        Ok(Self {
            allowed_hosts: allowed_hosts?,
            fallback_url: fallback_url?,
        })
    }
}
