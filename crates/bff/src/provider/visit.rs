//! One `GET` without credentials, for the command `doctor`. It says why there is no response, in words of this program.

use std::error::Error;
use std::time::Duration;

use reqwest::header::HeaderMap;
use reqwest::tls::TlsInfo;
use reqwest::{Client, Response};
use url::Url;

use super::identity::Identity;
use super::settings::SettingsError;

/// Makes requests without credentials, and follows no redirect.
pub struct Visitor {
    client: Client,
    timeout: Duration,
}

/// Why there is no response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VisitError {
    /// Nothing came within the time limit.
    Timeout,
    /// The TLS handshake failed.
    Tls(TlsFault),
    /// There is no connection, or it broke.
    Broken,
}

/// Why a certificate was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TlsFault {
    /// It has expired.
    Expired,
    /// It is for another name.
    OtherName,
    /// No root certificate of this machine leads to it.
    UnknownIssuer,
    /// Another reason.
    Other,
}

impl Visitor {
    /// Creates a client whose responses begin within `timeout`.
    ///
    /// # Errors
    /// [`SettingsError`] when the TLS set-up cannot be used.
    pub fn new(identity: Identity, timeout: Duration) -> Result<Self, SettingsError> {
        #[expect(
            clippy::disallowed_methods,
            reason = "the client of the command doctor, with every limit set"
        )]
        let builder = Client::builder();
        let client = builder
            .user_agent(identity.user_agent())
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .no_proxy()
            .referer(false)
            .connect_timeout(timeout)
            .tls_info(true)
            .build()
            .map_err(|error| SettingsError::HttpClient(error.into()))?;
        Ok(Self { client, timeout })
    }

    /// Requests this address with these headers.
    ///
    /// # Errors
    /// [`VisitError`] when there is no response.
    pub async fn get(&self, url: Url, headers: HeaderMap) -> Result<Response, VisitError> {
        let request = self.client.get(url).headers(headers).send();
        match tokio::time::timeout(self.timeout, request).await {
            Err(_) => Err(VisitError::Timeout),
            Ok(Ok(response)) => Ok(response),
            Ok(Err(error)) if error.is_timeout() => Err(VisitError::Timeout),
            Ok(Err(error)) => Err(tls_fault(&error).map_or(VisitError::Broken, VisitError::Tls)),
        }
    }
}

/// Returns the certificate (DER) of the server that sent the response.
#[must_use]
pub fn certificate(response: &Response) -> Option<&[u8]> {
    let info: &TlsInfo = response.extensions().get()?;
    info.peer_certificate()
}

/// Reads the reason from the text of the TLS library, because its type is hidden. The text is never shown.
fn tls_fault(error: &reqwest::Error) -> Option<TlsFault> {
    let mut cause: Option<&dyn Error> = Some(error);
    while let Some(error) = cause {
        let text = format!("{error} {error:?}").to_ascii_lowercase();
        if text.contains("certificate") || text.contains("invalidcertificate") {
            let reasons = [
                ("expired", TlsFault::Expired),
                ("not valid for name", TlsFault::OtherName),
                ("notvalidforname", TlsFault::OtherName),
                ("unknownissuer", TlsFault::UnknownIssuer),
                // A root certificate has the issuer's name and another key.
                ("badsignature", TlsFault::UnknownIssuer),
            ];
            let known = reasons.iter().find(|(word, _)| text.contains(word));
            return Some(known.map_or(TlsFault::Other, |(_, fault)| *fault));
        }
        cause = error.source();
    }
    None
}
