//! The dependencies and settings of the use cases, and which of them each use case takes.

use std::sync::Arc;
use std::time::Duration;

use moka::sync::Cache;
use tokio::sync::Semaphore;

use super::api::ApiCalls;
#[cfg(feature = "proxy")]
use super::forward::Forwarder;
use super::login::{CookieSealer, Login, LoginSettings, SessionLimit};
use super::logout::Logout;
use super::probe::Probe;
use super::refresher::{PAUSE_AFTER_FAILURE, PAUSES, Refresher};
use super::replicas::Replicas;
use super::revoke::{REVOCATIONS, Revoker};
use super::sessions::{LISTS, NOTED, NOTED_FOR, Sessions};
use super::single_flight::{SingleFlight, Tasks};
use super::userinfo_cache::UserInfoCache;
use crate::domain::{Clock, Entropy, KeyRing, Lifetimes};
use crate::provider::Provider;
use crate::store::SealedStore;
use crate::upstream::Upstreams;

/// The dependencies and settings of the use cases. Each use case takes what it needs of them.
pub struct Parts {
    /// Source of the current time.
    pub clock: Arc<dyn Clock>,
    /// Source of randomness.
    pub entropy: Arc<dyn Entropy>,
    /// The session store.
    pub store: SealedStore,
    /// The provider's client.
    pub provider: Arc<Provider>,
    /// The keys that seal the contents of login cookies.
    pub keys: KeyRing,
    /// The limits on the lifetime of sessions.
    pub lifetimes: Lifetimes,
    /// The settings of logins.
    pub login: LoginSettings,
    /// The upstreams that calls are forwarded to.
    pub upstreams: Upstreams,
    /// The last part of a graceful shutdown. Streams are cut when only this much time is left, so that all other work can finish in it.
    pub last_call: Duration,
    /// How long a request waits for a refresh. The refresh itself continues after that.
    pub refresh_wait: Duration,
    /// Runs tasks that must finish even when the browser disconnects.
    pub tasks: Tasks,
}

impl Parts {
    pub(super) fn revoker(&self) -> Revoker {
        Revoker {
            provider: Arc::clone(&self.provider),
            entropy: Arc::clone(&self.entropy),
            tasks: self.tasks.clone(),
            permits: Arc::new(Semaphore::new(REVOCATIONS as usize)),
        }
    }

    pub(super) fn refresher(&self, revoker: &Revoker) -> Arc<Refresher> {
        Arc::new(Refresher {
            store: self.store.clone(),
            provider: Arc::clone(&self.provider),
            clock: Arc::clone(&self.clock),
            entropy: Arc::clone(&self.entropy),
            tasks: self.tasks.clone(),
            revoker: revoker.clone(),
            wait: self.refresh_wait,
            flights: SingleFlight::new(self.tasks.clone()),
            paused: Cache::builder()
                .max_capacity(PAUSES)
                .time_to_live(PAUSE_AFTER_FAILURE)
                .build(),
        })
    }

    pub(super) fn sessions(&self, revoker: &Revoker) -> Arc<Sessions> {
        Arc::new(Sessions {
            store: self.store.clone(),
            clock: Arc::clone(&self.clock),
            lifetimes: self.lifetimes,
            tasks: self.tasks.clone(),
            revoker: revoker.clone(),
            noted: Cache::builder()
                .max_capacity(NOTED)
                .time_to_live(NOTED_FOR)
                .build(),
            listing: Semaphore::new(LISTS),
        })
    }

    pub(super) fn probe(&self) -> Arc<Probe> {
        let (keys, clock) = (self.keys.clone(), Arc::clone(&self.clock));
        Arc::new(Probe::new(keys, clock, Arc::clone(&self.entropy)))
    }

    pub(super) fn replicas(&self) -> Arc<Replicas> {
        let (store, clock) = (self.store.clone(), Arc::clone(&self.clock));
        Arc::new(Replicas::new(store, clock, &*self.entropy))
    }

    pub(super) fn logout(&self, revoker: &Revoker) -> Arc<Logout> {
        Arc::new(Logout {
            store: self.store.clone(),
            tasks: self.tasks.clone(),
            revoker: revoker.clone(),
        })
    }

    pub(super) fn login(&self, logout: &Arc<Logout>) -> Arc<Login> {
        let limit = SessionLimit {
            store: self.store.clone(),
            logout: Arc::clone(logout),
            tasks: self.tasks.clone(),
            keep: self.login.max_per_user,
            trims: SingleFlight::new(self.tasks.clone()),
        };
        Arc::new(Login {
            store: self.store.clone(),
            provider: Arc::clone(&self.provider),
            clock: Arc::clone(&self.clock),
            sealer: CookieSealer {
                keys: self.keys.clone(),
                entropy: Arc::clone(&self.entropy),
            },
            logout: Arc::clone(logout),
            limit: Arc::new(limit),
            settings: self.login.clone(),
            finishing: SingleFlight::new(self.tasks.clone()),
        })
    }

    pub(super) fn api(&self, refresher: &Arc<Refresher>) -> Arc<ApiCalls> {
        Arc::new(ApiCalls {
            provider: Arc::clone(&self.provider),
            clock: Arc::clone(&self.clock),
            refresher: Arc::clone(refresher),
            userinfo_cache: UserInfoCache::default(),
        })
    }

    #[cfg(feature = "proxy")]
    pub(super) fn forwarder(
        &self,
        sessions: &Arc<Sessions>,
        refresher: &Arc<Refresher>,
    ) -> Arc<Forwarder> {
        Arc::new(Forwarder {
            upstreams: self.upstreams.clone(),
            sessions: Arc::clone(sessions),
            refresher: Arc::clone(refresher),
            tasks: self.tasks.clone(),
            last_call: self.last_call,
        })
    }
}
