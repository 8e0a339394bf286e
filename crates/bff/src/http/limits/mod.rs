//! How much is too much: rates by client and by session, decided before anything that costs.
//!
//! Who is refused waits a moment for the answer where the connection is their own, so that a flood that waits for its answers slows itself down. Behind
//! a trusted proxy nobody is held: the connections are the proxy's, and it needs them for others. Called by the envelope. See docs/adr/0020-limits.md.

mod buckets;

use std::hash::{BuildHasher as _, RandomState};
use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use actix_web::dev::ServiceRequest;
use actix_web::web::Data;
use ipnet::IpNet;
use tokio::time::Instant;

use self::buckets::{Buckets, Rate};
use super::AppState;
use super::client::is_trusted_proxy;
use super::context::routed_path;
use super::cookies::RequestCookies;
use super::csp_report;
use super::guard::{is_login_step, may_call};
use crate::{audit, config};

/// How long a refused one waits for the answer.
const PAUSE: Duration = Duration::from_secs(1);
/// A client that is refused is told of in the log once in so long,
const TOLD_AGAIN: Duration = Duration::from_secs(60);
/// and of all clients together no more than so many at once, and one a second.
const LINES_AT_ONCE: u32 = 10;

/// Whether there were not too many requests like this one, from this peer for this client.
///
/// # Errors
/// There were.
pub fn admit(
    request: &ServiceRequest,
    web: &AppState,
    peer: Option<IpAddr>,
    client: Option<IpAddr>,
) -> Result<(), Refusal> {
    // The operator's listener has no limits.
    let Some(limits) = request.app_data::<Data<Limits>>() else {
        return Ok(());
    };
    let client = limits.client(peer, client);
    let (path, headers) = (routed_path(request.request()), request.headers());
    let is_allowed = may_call(request.method(), path, headers, &web.public_origin);
    let cookies = RequestCookies::of(request.request());
    limits.admit(client.as_ref(), path, is_allowed, &cookies)
}

/// What was asked too often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// Requests of one client.
    Client,
    /// Of one client: login requests, unknown session cookies, reports, requests that the guard refuses.
    Stranger,
    /// Calls of one session.
    Session,
}

impl Limit {
    const ALL: [Self; 3] = [Self::Client, Self::Stranger, Self::Session];

    const fn name(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Stranger => "stranger",
            Self::Session => "session",
        }
    }
}

/// Somebody who is counted: an address, of IPv6 the /64 that one household or one machine has.
#[derive(Clone, Copy, Debug)]
pub struct Client {
    address: IpAddr,
    /// The connection is theirs, not a proxy's.
    is_direct: bool,
}

impl Client {
    /// Equal for all addresses that count as one client.
    #[must_use]
    pub fn key(&self) -> u128 {
        const HOST_PART: u32 = 64;
        match self.address {
            IpAddr::V4(address) => address.to_ipv6_mapped().to_bits(),
            IpAddr::V6(address) => address.to_bits() >> HOST_PART << HOST_PART,
        }
    }
}

/// A session cookie as it was sent: a hash that leads nowhere.
#[derive(Clone, Copy, Debug)]
pub struct SessionMark(u128);

/// Too much; when to come back, and when to be told so.
#[derive(Clone, Copy, Debug)]
pub struct Refusal {
    wait: Duration,
    pause: Duration,
}

impl Refusal {
    /// For `Retry-After`: whole seconds, at least one.
    pub fn seconds(&self) -> u32 {
        let up = u64::from(self.wait.subsec_nanos() > 0);
        u32::try_from(self.wait.as_secs() + up)
            .unwrap_or(u32::MAX)
            .max(1)
    }

    /// How long the answer is to wait.
    #[must_use]
    pub const fn pause(&self) -> Duration {
        self.pause
    }
}

/// The rates in force, and who used how much.
pub struct Limits {
    addresses_are_clients: bool,
    trusted_proxies: Vec<IpNet>,
    client: Option<Buckets>,
    stranger: Option<Buckets>,
    /// One for each session that was seen to live.
    sessions: Buckets,
    seed: RandomState,
    told: Buckets,
    lines: Buckets,
    /// Refused since the log was last told, by limit.
    refused: [AtomicUsize; Limit::ALL.len()],
}

impl Limits {
    /// As the configuration has them.
    #[must_use]
    pub fn new(config: &config::Config) -> Self {
        let limits = &config.limits;
        let buckets = |rate, burst| Rate::per_second(rate, burst).map(Buckets::new);
        let session = Rate::per_second(limits.session_rate, limits.session_burst);
        Self {
            addresses_are_clients: config.addresses_are_clients(),
            trusted_proxies: config.server.trusted_proxies.clone(),
            client: buckets(limits.client_rate, limits.client_burst),
            stranger: buckets(limits.login_rate, limits.login_burst),
            sessions: Buckets::new(session.unwrap_or(Rate::ENDLESS)),
            seed: RandomState::new(),
            told: Buckets::new(Rate::one_every(TOLD_AGAIN, 1)),
            lines: Buckets::new(Rate::one_every(Duration::from_secs(1), LINES_AT_ONCE)),
            refused: Default::default(),
        }
    }

    /// Whom a request is counted for, `address` being the right-most that no trusted proxy has. Nobody, where an address says nothing: behind a proxy
    /// that is not named, or one that does not tell whose request it passes on.
    #[must_use]
    pub fn client(&self, peer: Option<IpAddr>, address: Option<IpAddr>) -> Option<Client> {
        let peer = peer.filter(|_| self.addresses_are_clients)?;
        let address = address?.to_canonical();
        (!is_trusted_proxy(address, &self.trusted_proxies)).then(|| Client {
            address,
            is_direct: address == peer.to_canonical(),
        })
    }

    /// The session cookie of a request, if there is exactly one of our making.
    pub fn mark(&self, cookies: &RequestCookies) -> Option<SessionMark> {
        let id = cookies.session()?;
        Some(SessionMark(u128::from(self.seed.hash_one(id.reveal()))))
    }

    /// Notes that a session stands behind this cookie: whoever uses it is no stranger from now on.
    pub fn note_session(&self, mark: SessionMark) {
        self.sessions.admit(mark.0);
    }

    /// Counts a request.
    fn admit(
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
        let known = mark.filter(|mark| self.sessions.knows(mark.0));
        let has_unknown_cookie = known.is_none() && cookies.session_count() > 0;
        if let (Some(client), Some(buckets)) = (client, &self.stranger)
            && (has_unknown_cookie
                || !is_allowed
                || is_login_step(path)
                || path == csp_report::PATH)
        {
            take(Limit::Stranger, buckets, client.key())?;
        }
        if let Some(mark) = known
            && path.starts_with("/api/")
        {
            take(Limit::Session, &self.sessions, mark.0)?;
        }
        Ok(())
    }

    /// Tells the log of what was refused and not told yet; to be called now and then.
    pub fn tell_rest(&self) {
        for limit in Limit::ALL {
            let refused = self.refused[limit as usize].swap(0, Ordering::Relaxed);
            if refused > 0 {
                audit::rate_limited(limit.name(), refused);
            }
        }
    }

    fn refuse(&self, limit: Limit, client: Option<&Client>, wait: Duration) -> Refusal {
        let counter = &self.refused[limit as usize];
        counter.fetch_add(1, Ordering::Relaxed);
        let key = client.map_or(0, Client::key);
        let now = Instant::now();
        if self.told.take(key, now).is_ok() && self.lines.take(0, now).is_ok() {
            let refused = counter.swap(0, Ordering::Relaxed);
            let address = client.map(|client| tracing::field::display(client.address));
            tracing::warn_span!("refused", client = address)
                .in_scope(|| audit::rate_limited(limit.name(), refused));
        }
        let is_held = client.is_some_and(|client| client.is_direct);
        Refusal {
            wait,
            pause: if is_held { PAUSE } else { Duration::ZERO },
        }
    }
}

#[cfg(test)]
mod tests;
