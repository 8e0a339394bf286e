//! Rate limits by client and by session, checked before any expensive work.
//!
//! A client that is over its limit gets the 429 after a pause if the connection is its own, so that a flood that waits for its answers slows itself
//! down. Requests that come through a trusted proxy are answered without a pause, because the proxy needs its connections for other clients. The
//! layer `middleware::rate_limit` calls this module. See docs/adr/0014-rate-limits-and-shares.md.

mod buckets;

use std::hash::{BuildHasher as _, RandomState};
use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use ipnet::IpNet;
use tokio::time::Instant;

use self::buckets::{Buckets, Rate};
use super::client::is_trusted_proxy;
use super::cookies::RequestCookies;
use super::paths;
use crate::{audit, config};

/// Delay of a 429 on a client's own connection. It slows down a client that waits for each answer.
const PAUSE: Duration = Duration::from_secs(1);
/// Minimum time between two log lines about the same refused client.
const LOG_AGAIN: Duration = Duration::from_secs(60);
/// Burst of log lines about refused requests, over all clients. After the burst, at most one line a second is written.
const LINES_AT_ONCE: u32 = 10;

/// The rate limit that a request exceeded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// All requests of one client.
    Client,
    /// Requests of one client that count against the login rate: login requests, unknown session cookies, CSP reports, requests that the
    /// cross-site check refuses.
    Login,
    /// API calls of one session.
    Session,
}

impl Limit {
    const ALL: [Self; 3] = [Self::Client, Self::Login, Self::Session];

    const fn name(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Login => "login",
            Self::Session => "session",
        }
    }
}

/// The client that a request is counted for: an IPv4 address, or an IPv6 /64 network, because one household or one machine usually has a whole /64.
#[derive(Clone, Copy, Debug)]
pub struct Client {
    address: IpAddr,
    /// The peer of the connection is the client itself, not a proxy.
    is_direct: bool,
}

impl Client {
    /// Returns the key of the client's buckets. It is equal for all addresses that count as one client.
    #[must_use]
    pub fn key(&self) -> u128 {
        const HOST_PART: u32 = 64;
        match self.address {
            IpAddr::V4(address) => address.to_ipv6_mapped().to_bits(),
            IpAddr::V6(address) => address.to_bits() >> HOST_PART << HOST_PART,
        }
    }
}

/// A keyed hash of a session cookie. The cookie cannot be computed from it.
#[derive(Clone, Copy, Debug)]
struct SessionMark(u128);

/// A refused request: when the client may try again, and how long its response is delayed.
#[derive(Clone, Copy, Debug)]
pub struct Refusal {
    wait: Duration,
    pause: Duration,
}

impl Refusal {
    /// Returns the value of `Retry-After`: whole seconds, at least one.
    pub fn seconds(&self) -> u32 {
        let up = u64::from(self.wait.subsec_nanos() > 0);
        u32::try_from(self.wait.as_secs() + up)
            .unwrap_or(u32::MAX)
            .max(1)
    }

    /// Returns the delay before the response is sent.
    #[must_use]
    pub const fn pause(&self) -> Duration {
        self.pause
    }
}

/// The configured rates and the state of all buckets.
pub struct Limits {
    addresses_are_clients: bool,
    trusted_proxies: Vec<IpNet>,
    client: Option<Buckets>,
    login: Option<Buckets>,
    /// One bucket for each session cookie that was found to belong to a live session.
    sessions: Buckets,
    seed: RandomState,
    logged: Buckets,
    lines: Buckets,
    /// Number of refused requests since the last log line, by limit.
    refused: [AtomicUsize; Limit::ALL.len()],
}

impl Limits {
    /// Creates the limits from the configuration.
    #[must_use]
    pub fn new(config: &config::Config) -> Self {
        let limits = &config.limits;
        let buckets = |rate, burst| Rate::per_second(rate, burst).map(Buckets::new);
        let session = Rate::per_second(limits.session_rate, limits.session_burst);
        Self {
            addresses_are_clients: config.addresses_are_clients(),
            trusted_proxies: config.server.trusted_proxies.clone(),
            client: buckets(limits.client_rate, limits.client_burst),
            login: buckets(limits.login_rate, limits.login_burst),
            sessions: Buckets::new(session.unwrap_or(Rate::ENDLESS)),
            seed: RandomState::new(),
            logged: Buckets::new(Rate::one_every(LOG_AGAIN, 1)),
            lines: Buckets::new(Rate::one_every(Duration::from_secs(1), LINES_AT_ONCE)),
            refused: Default::default(),
        }
    }

    /// Returns the client that a request is counted for. `address` is the right-most forwarded address that belongs to no trusted proxy. Returns
    /// `None` when the address does not identify a client: behind a proxy that is not configured, or behind one that does not forward the client's
    /// address.
    #[must_use]
    pub fn client(&self, peer: Option<IpAddr>, address: Option<IpAddr>) -> Option<Client> {
        let peer = peer.filter(|_| self.addresses_are_clients)?;
        let address = address?.to_canonical();
        (!is_trusted_proxy(address, &self.trusted_proxies)).then(|| Client {
            address,
            is_direct: address == peer.to_canonical(),
        })
    }

    /// Returns the mark of the request's session cookie, if there is exactly one and it has the form that we issue.
    fn mark(&self, cookies: &RequestCookies) -> Option<SessionMark> {
        let id = cookies.session()?;
        Some(SessionMark(u128::from(self.seed.hash_one(id.reveal()))))
    }

    /// Records that this cookie belongs to a live session. From now on its requests no longer count as requests with an unknown cookie.
    pub fn note_session(&self, cookies: &RequestCookies) {
        if let Some(mark) = self.mark(cookies) {
            self.sessions.insert(mark.0);
        }
    }

    /// Counts a request against every limit that applies to it. `is_allowed` is the verdict of the cross-site check.
    ///
    /// # Errors
    /// Returns a [`Refusal`] when a rate limit is exceeded (429).
    pub fn check(
        &self,
        client: Option<&Client>,
        path: &str,
        is_allowed: bool,
        cookies: &RequestCookies,
    ) -> Result<(), Refusal> {
        let take = |limit, buckets: &Buckets, key| {
            let taken = buckets.take(key, Instant::now());
            taken.map_err(|wait| self.refuse(limit, client, wait))
        };
        if let (Some(client), Some(buckets)) = (client, &self.client) {
            take(Limit::Client, buckets, client.key())?;
        }
        let mark = self.mark(cookies);
        let live = mark.filter(|mark| self.sessions.contains(mark.0));
        let has_unknown_cookie = live.is_none() && cookies.session_count() > 0;
        if let (Some(client), Some(buckets)) = (client, &self.login)
            && (has_unknown_cookie
                || !is_allowed
                || paths::is_login_step(path)
                || path == paths::CSP_REPORT)
        {
            take(Limit::Login, buckets, client.key())?;
        }
        if let Some(mark) = live
            && path.starts_with("/api/")
        {
            take(Limit::Session, &self.sessions, mark.0)?;
        }
        Ok(())
    }

    /// Logs the refused requests that are not logged yet. To be called periodically.
    pub fn log_rest(&self) {
        for limit in Limit::ALL {
            let refused = self.refused[limit as usize].swap(0, Ordering::Relaxed);
            if refused > 0 {
                audit::rate_limited(limit.name(), refused);
            }
        }
    }

    /// Counts a refused request. Logs at most one line a minute for a client.
    fn refuse(&self, limit: Limit, client: Option<&Client>, wait: Duration) -> Refusal {
        let counter = &self.refused[limit as usize];
        counter.fetch_add(1, Ordering::Relaxed);
        let key = client.map_or(0, Client::key);
        let now = Instant::now();
        if self.logged.take(key, now).is_ok() && self.lines.take(0, now).is_ok() {
            let refused = counter.swap(0, Ordering::Relaxed);
            let address = client.map(|client| tracing::field::display(client.address));
            tracing::warn_span!(parent: None, "refused", client = address)
                .in_scope(|| audit::rate_limited(limit.name(), refused));
        }
        let is_delayed = client.is_some_and(|client| client.is_direct);
        Refusal {
            wait,
            pause: if is_delayed { PAUSE } else { Duration::ZERO },
        }
    }
}

#[cfg(test)]
mod tests;
