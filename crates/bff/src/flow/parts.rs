//! The dependencies and settings that the use cases share.

use std::sync::Arc;
use std::time::Duration;

use super::revocations::Revocations;
use super::single_flight::Tasks;
use crate::domain::{Clock, Entropy, KeyRing, Lifetimes};
use crate::provider::Provider;
use crate::store::SealedStore;
use crate::upstream::Upstreams;

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
