//! The use cases: login, session, refresh, account, logout, forward.
//!
//! A handler extracts, calls one function from here, renders. Nothing here knows a web framework, SQL or Redis.

mod account;
mod error;
mod forward;
mod lease;
mod login;
mod logout;
mod refresh;
mod sessions;
mod single_flight;
#[cfg(test)]
pub(crate) mod tests;

use std::sync::Arc;
use std::time::Duration;

use moka::sync::Cache;
use tokio::sync::Semaphore;

pub use account::KnownAccount;
pub use error::FlowError;
pub use forward::Forwarded;
pub use login::{
    Answer, Callback, Carried, FailedLogin, FinishedLogin, Login, PresentAttempt, StartedLogin,
};
pub use logout::Revocations;
pub use refresh::Refreshed;
pub use sessions::Opened;
pub use single_flight::Tasks;

use crate::domain::{Clock, Entropy, KeyRing, Lifetimes, SessionKey};
use crate::provider::Provider;
use crate::store::SealedStore;
use crate::upstream::Upstreams;

use self::account::LastKnown;
use self::refresh::Refresher;

/// How many sessions are remembered as noted, and for how long.
const NOTED: u64 = 10_000;
const NOTED_FOR: Duration = Duration::from_secs(1);

/// What every use case works with.
pub struct Parts {
    /// Now.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// The session store.
    pub store: SealedStore,
    /// The provider's client.
    pub provider: Provider,
    /// Seals what goes into login cookies.
    pub keys: KeyRing,
    /// How long sessions live.
    pub lifetimes: Lifetimes,
    /// Whether logins use PKCE (RFC 7636).
    pub pkce: bool,
    /// What `iss` in an answer must be (RFC 9207 §2.4); unchecked when there is none.
    pub issuer: Option<String>,
    /// Where calls are passed on to.
    pub upstreams: Upstreams,
    /// What must be left of the time to stop when streams are cut, so that everything else is done in the rest.
    pub last_call: Duration,
    /// How long a request waits for a refresh; the refresh itself goes on.
    pub patience: Duration,
    /// The most live sessions of one user; `None` for no limit.
    pub max_per_user: Option<usize>,
    /// Bounds the calls that revoke a token.
    pub revocations: Revocations,
    /// Runs what must not end when a browser goes away.
    pub tasks: Tasks,
}

/// All use cases over one set of [`Parts`]. Cheap to clone.
#[derive(Clone)]
pub struct Flows {
    parts: Arc<Parts>,
    refresher: Refresher,
    last_known: LastKnown,
    /// Sessions whose use was noted a moment ago.
    noted: Cache<SessionKey, ()>,
    /// Upstreams that refused a new token of a session a moment ago.
    refused: Cache<(SessionKey, String), ()>,
    /// Places for lists of sessions.
    listing: Arc<Semaphore>,
    /// Signing in.
    pub login: Login,
}

impl Flows {
    /// The use cases over `parts`.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        let parts = Arc::new(parts);
        Self {
            refresher: Refresher::new(Arc::clone(&parts)),
            last_known: LastKnown::default(),
            noted: Cache::builder()
                .max_capacity(NOTED)
                .time_to_live(NOTED_FOR)
                .build(),
            refused: Cache::builder()
                .max_capacity(NOTED)
                .time_to_live(forward::PAUSE_AFTER_REFUSAL)
                .build(),
            listing: Arc::new(Semaphore::new(sessions::LISTS)),
            login: Login::new(Arc::clone(&parts)),
            parts,
        }
    }

    /// Waits until everything that was begun in the background is done.
    pub async fn finish_tasks(&self) {
        self.parts.tasks.finished().await;
    }
}
