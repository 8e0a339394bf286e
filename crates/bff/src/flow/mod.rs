//! The use cases: login, session, refresh, calls to the provider's API, logout, forward.
//!
//! A handler parses the request, calls one function of this module and renders the result. This module depends on no web framework, SQL or Redis.

mod api;
mod error;
#[cfg(feature = "proxy")]
mod forward;
mod lease;
mod login;
mod logout;
mod refresh;
mod revoke;
mod save_tokens;
mod sessions;
mod single_flight;
#[cfg(test)]
pub(crate) mod tests;

use std::sync::Arc;
use std::time::Duration;

use moka::sync::Cache;
use tokio::sync::Semaphore;

pub use api::KnownUserInfo;
pub use error::FlowError;
#[cfg(feature = "proxy")]
pub use forward::Forwarded;
pub use login::{
    AuthorizationResponse, BrowserState, Callback, FailedLogin, FinishedLogin, Login,
    PresentAttempt, StartedLogin,
};
pub use refresh::Refreshed;
pub use revoke::Revocations;
pub use sessions::Opened;
pub use single_flight::Tasks;

use crate::domain::{Clock, Entropy, KeyRing, Lifetimes, SessionKey};
use crate::provider::Provider;
use crate::store::SealedStore;
use crate::upstream::Upstreams;

use self::api::UserInfoCache;
use self::refresh::Refresher;

/// Capacity, in entries, of the cache `noted`.
const NOTED: u64 = 10_000;
/// How long a session counts as just noted, so that concurrent requests cause one write to the store.
const NOTED_FOR: Duration = Duration::from_secs(1);

/// The dependencies and settings of the use cases.
pub struct Parts {
    /// Source of the current time.
    pub clock: Arc<dyn Clock>,
    /// Source of randomness.
    pub entropy: Arc<dyn Entropy>,
    /// The session store.
    pub store: SealedStore,
    /// The provider's client.
    pub provider: Provider,
    /// The keys that seal the contents of login cookies.
    pub keys: KeyRing,
    /// The limits on the lifetime of sessions.
    pub lifetimes: Lifetimes,
    /// Whether logins use PKCE (RFC 7636).
    pub pkce: bool,
    /// The issuer that `iss` in an authorization response must equal (RFC 9207 §2.4). `None` disables the check.
    pub issuer: Option<String>,
    /// The upstreams that calls are forwarded to.
    pub upstreams: Upstreams,
    /// The last part of a graceful shutdown. Streams are cut when only this much time is left, so that all other work can finish in it.
    pub last_call: Duration,
    /// How long a request waits for a refresh. The refresh itself continues after that.
    pub refresh_wait: Duration,
    /// The maximum number of live sessions of one user; `None` for no limit.
    pub max_per_user: Option<usize>,
    /// Limits the concurrent calls that revoke a token.
    pub revocations: Revocations,
    /// Runs tasks that must finish even when the browser disconnects.
    pub tasks: Tasks,
}

/// All use cases over one set of [`Parts`]. Cheap to clone.
#[derive(Clone)]
pub struct Flows {
    parts: Arc<Parts>,
    refresher: Refresher,
    userinfo_cache: UserInfoCache,
    /// Sessions whose use was noted within [`NOTED_FOR`].
    noted: Cache<SessionKey, ()>,
    /// Limits how many lists of sessions are read at the same time.
    listing: Arc<Semaphore>,
    /// The login use cases.
    pub login: Login,
}

impl Flows {
    /// Creates the use cases over `parts`.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        let parts = Arc::new(parts);
        Self {
            refresher: Refresher::new(Arc::clone(&parts)),
            userinfo_cache: UserInfoCache::default(),
            noted: Cache::builder()
                .max_capacity(NOTED)
                .time_to_live(NOTED_FOR)
                .build(),
            listing: Arc::new(Semaphore::new(sessions::LISTS)),
            login: Login::new(Arc::clone(&parts)),
            parts,
        }
    }

    /// Waits until all background tasks are done.
    pub async fn finish_tasks(&self) {
        self.parts.tasks.finished().await;
    }
}
