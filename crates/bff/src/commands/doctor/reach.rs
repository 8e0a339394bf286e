//! Reaches a server in steps, so that a failure names the step: name, connection, TLS, response.

use std::net::SocketAddr;
use std::time::Duration;

use reqwest::Response;
use reqwest::header::{DATE, HeaderMap};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};
use url::{Host, Url};

use crate::domain::{Clock as _, SystemClock, Timestamp};
use crate::provider::{TlsFault, VisitError, Visitor, certificate};

use super::certificate::not_after;

/// A server that answered.
pub struct Reached {
    pub response: Response,
    /// From the begin of the request to the head of the response.
    pub took: Duration,
    /// How far this clock is ahead of the server's `Date` (RFC 9110 §6.6.1), in milliseconds. Negative: behind.
    pub ahead: Option<i64>,
    /// How long the server's certificate is still valid, in days.
    pub days_left: Option<i64>,
}

/// Why a server does not answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unreached {
    /// Its name has no address.
    Name,
    /// It refuses the connection, or no route leads to it.
    Connection,
    /// It does not answer in time.
    Timeout,
    Tls(TlsFault),
    /// It closes the connection without a response.
    NoResponse,
}

impl Unreached {
    /// Returns what failed and the remedy.
    pub const fn explain(self) -> (&'static str, &'static str) {
        match self {
            Self::Name => (
                "its name has no address",
                "correct the host name, or the name servers of this machine",
            ),
            Self::Connection => (
                "the connection is refused",
                "start the server there, correct the port, or open the firewall",
            ),
            Self::Timeout => (
                "it does not answer in time",
                "look for a firewall that drops packets, or a server that hangs",
            ),
            Self::Tls(TlsFault::Expired) => (
                "its TLS certificate has expired",
                "renew the certificate on that server",
            ),
            Self::Tls(TlsFault::OtherName) => (
                "its TLS certificate is for another name",
                "correct the host name, or the certificate on that server",
            ),
            Self::Tls(TlsFault::UnknownIssuer) => (
                "no root certificate of this machine leads to its TLS certificate",
                "install its root certificate, set SSL_CERT_FILE, or let the server send the whole chain",
            ),
            Self::Tls(TlsFault::Other) => (
                "the TLS handshake fails",
                "look at the certificate and the TLS versions of that server",
            ),
            Self::NoResponse => (
                "it closes the connection without a response",
                "look whether a server for this scheme listens on that port",
            ),
        }
    }
}

/// Requests this address with these headers.
///
/// # Errors
/// [`Unreached`] names the step that failed.
pub async fn reach(
    visitor: &Visitor,
    url: &Url,
    headers: HeaderMap,
    limit: Duration,
) -> Result<Reached, Unreached> {
    connect(url, limit).await?;
    let began = Instant::now();
    let response = visitor
        .get(url.clone(), headers)
        .await
        .map_err(|error| match error {
            VisitError::Timeout => Unreached::Timeout,
            VisitError::Tls(fault) => Unreached::Tls(fault),
            VisitError::Broken => Unreached::NoResponse,
        })?;
    let (took, now) = (began.elapsed(), SystemClock.now());
    Ok(Reached {
        took,
        ahead: date(&response).map(|date| now.as_millis() - date),
        days_left: certificate(&response)
            .and_then(not_after)
            .map(|end| days_between(now, end)),
        response,
    })
}

/// Finds the address and connects once, without TLS.
async fn connect(url: &Url, limit: Duration) -> Result<(), Unreached> {
    let port = url.port_or_known_default().unwrap_or(443);
    let addresses: Vec<SocketAddr> = match url.host() {
        Some(Host::Ipv4(ip)) => vec![(ip, port).into()],
        Some(Host::Ipv6(ip)) => vec![(ip, port).into()],
        Some(Host::Domain(name)) => {
            let found = timeout(limit, tokio::net::lookup_host((name, port))).await;
            found
                .map_err(|_| Unreached::Name)?
                .map_err(|_| Unreached::Name)?
                .collect()
        }
        None => Vec::new(),
    };
    if addresses.is_empty() {
        return Err(Unreached::Name);
    }
    match timeout(limit, TcpStream::connect(&addresses[..])).await {
        Err(_) => Err(Unreached::Timeout),
        Ok(Err(_)) => Err(Unreached::Connection),
        Ok(Ok(_)) => Ok(()),
    }
}

/// Returns the time of the response's `Date`, in milliseconds since 1970. Half a second is added, because the header has whole seconds.
fn date(response: &Response) -> Option<i64> {
    let text = response.headers().get(DATE)?.to_str().ok()?;
    let date = OffsetDateTime::parse(text, &Rfc2822).ok()?;
    Some(date.unix_timestamp() * 1000 + 500)
}

fn days_between(now: Timestamp, end: Timestamp) -> i64 {
    const DAY: i64 = 86_400_000;
    (end.as_millis() - now.as_millis()).div_euclid(DAY)
}
