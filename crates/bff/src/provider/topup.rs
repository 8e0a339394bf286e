//! The provider's top-up link, checked before a browser is redirected to it.
//!
//! This module must never return a link to a host that is not allowed. The account flow calls it.

use oauth2::http::{Method, Request};
use url::{Host, Url};

use super::client::bearer;
use super::decode::Endpoint;
use super::detail::Detail;
use super::error::ProviderError;
use super::settings::ProviderSettings;
use super::token::Provider;
use crate::domain::{AccessToken, RequestId};

/// Maximum length of a link, in bytes, because it is sent in a `Location` header.
const MAX_LINK: usize = 4096;

impl Provider {
    /// Returns the top-up link for this account, or the configured fallback when the provider gives none or has no such endpoint.
    ///
    /// # Errors
    ///
    /// [`ProviderError::Unusable`] for a link to a host that is not allowed, and when there is neither a link nor a fallback; otherwise as
    /// [`userinfo`](Self::userinfo).
    pub async fn topup_url(
        &self,
        token: &AccessToken,
        request: &RequestId,
    ) -> Result<Url, ProviderError> {
        let call = bearer(
            Request::builder().method(Method::GET),
            &self.topup_url,
            token.reveal(),
            Vec::new(),
        )?;
        let object = self.http.send(Endpoint::TopUp, call, Some(request)).await?;
        let link = object.text("topup_url").or_else(|| object.text("data"));
        let Some(link) = link else {
            let fallback = self.settings.topup_fallback.clone();
            let none = Detail::own("there is no top-up link");
            return fallback.ok_or(ProviderError::Unusable(none));
        };
        check(&link, &self.settings).ok_or_else(|| {
            ProviderError::Unusable(Detail::own(
                "the top-up link is not https on an allowed host",
            ))
        })
    }
}

/// Returns the link if it is safe to follow: https on an allowed host or a subdomain of one, without credentials in it.
pub(super) fn check(link: &str, settings: &ProviderSettings) -> Option<Url> {
    let url = Url::parse(link)
        .ok()
        .filter(|url| url.as_str().len() <= MAX_LINK)?;
    let is_plain = url.username().is_empty() && url.password().is_none();
    let is_allowed = match url.scheme() {
        "https" => url.host_str().is_some_and(|host| {
            settings.topup_hosts.iter().any(|allowed| {
                let allowed = allowed.trim().to_ascii_lowercase();
                let prefix = host.strip_suffix(allowed.as_str());
                prefix.is_some_and(|prefix| {
                    !allowed.is_empty() && (prefix.is_empty() || prefix.ends_with('.'))
                })
            })
        }),
        "http" if settings.loopback_topup => is_loopback(&url),
        _ => false,
    };
    (is_plain && is_allowed).then_some(url)
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}
