//! [`Flows`]: all use cases over one set of parts, and what they share. Each use case is an `impl Flows` in a file of its own.

use std::sync::Arc;
use std::time::Duration;

use moka::sync::Cache;
use tokio::sync::Semaphore;

use super::login::Login;
use super::parts::Parts;
use super::refresher::Refresher;
use super::userinfo_cache::UserInfoCache;
use crate::domain::SessionKey;

/// Capacity, in entries, of the cache `noted`.
const NOTED: u64 = 10_000;
/// How long a session counts as just noted, so that concurrent requests cause one write to the store.
const NOTED_FOR: Duration = Duration::from_secs(1);

/// Maximum number of lists that are read at the same time. A list takes as long as a hundred other calls, which run between two lists.
const LISTS: usize = 2;

/// All use cases over one set of [`Parts`]. Cheap to clone.
#[derive(Clone)]
pub struct Flows {
    pub(super) parts: Arc<Parts>,
    pub(super) refresher: Refresher,
    pub(super) userinfo_cache: UserInfoCache,
    /// Sessions whose use was noted within [`NOTED_FOR`].
    pub(super) noted: Cache<SessionKey, ()>,
    /// Limits how many lists of sessions are read at the same time.
    pub(super) listing: Arc<Semaphore>,
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
            listing: Arc::new(Semaphore::new(LISTS)),
            login: Login::new(Arc::clone(&parts)),
            parts,
        }
    }

    /// Waits until all background tasks are done.
    pub async fn finish_tasks(&self) {
        self.parts.tasks.finished().await;
    }
}
