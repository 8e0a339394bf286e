//! Where a top-up link may lead.

use serde::Serialize;
use url::Url;

use super::address;
use super::reader::{Checked, Reader};
use super::show;

/// `[topup]`.
#[derive(Debug, Clone, Serialize)]
pub struct Topup {
    /// Hosts in lower case; their subdomains count too.
    pub allowed_hosts: Vec<String>,
    /// The link for a provider that gives none.
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
