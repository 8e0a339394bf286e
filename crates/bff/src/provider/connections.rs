//! Connections to one server: the provider, or one upstream. Decides which connection a call uses, and whether the call is repeated.
//!
//! HTTP/2 sends all calls over one connection and keeps it as long as it is used. So this module:
//! - sends pings, and closes a connection that does not answer them (`client_builder.rs`);
//! - gives a connection no new calls after one of its calls was not answered in time, even when it answers pings; calls under way continue
//!   (`pool.rs`);
//! - uses no connection for new calls for longer than [`Limits::max_age`], so that a changed DNS record or trust store takes effect;
//! - repeats a request that the server provably did not take. It must never repeat one that the server may have taken. The caller may, where that
//!   is safe.

use std::collections::HashMap;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use bytes::Bytes;
use hyper::Response;
use hyper::body::{Body as _, Incoming};
use hyper::header::{HeaderValue, USER_AGENT};
use hyper_util::client::legacy;
use tokio::runtime;
use tokio::sync::Mutex;
use tokio::time::{Instant, sleep};
use tokio_rustls::rustls;
use url::Url;

use super::client_builder::{Client, client};
use super::pool::{Attempt, AttemptError, Limits, Pool, was_not_taken};
use super::settings::SettingsError;

/// Maximum number of repeats of a request that was not taken. 20, because a server that ends each connection after one request takes one of 20
/// concurrent calls at a time.
const MAX_REPEATS: u32 = 20;
/// The first pause before a repeat, in milliseconds. After it a connection that has just ended is out of use.
const FIRST_PAUSE: u64 = 5;
/// The longest pause before a repeat.
const MAX_PAUSE: Duration = Duration::from_millis(100);
/// Number of repeats in a row after which another connection is tried, unless another call had a response on this one meanwhile.
const REPEATS_PER_POOL: u32 = 4;

type MakeClient = dyn Fn() -> Result<Client, rustls::Error> + Send + Sync;

/// Connections to one server.
pub struct Connections {
    make_client: Arc<MakeClient>,
    limits: Limits,
    /// The current pool of each runtime. A connection is served by the runtime that opened it, so that a call whose connection is in the pool of its own
    /// worker never waits for another thread.
    pools: RwLock<HashMap<runtime::Id, Slot>>,
    /// The client that the constructor made. The first runtime uses it, and a runtime that can make none of its own shares it.
    first: Client,
    is_first_used: AtomicBool,
    is_http1: Arc<AtomicBool>,
    user_agent: HeaderValue,
}

/// The current pool of one runtime; `None` before its first call.
type Slot = Arc<Mutex<Option<Arc<Pool>>>>;

/// The head of a response, and the pool that it came from.
pub struct PooledResponse {
    /// The response.
    pub response: Response<Incoming>,
    /// The pool to notify when the rest of the response arrives, or does not arrive.
    pub pool: Arc<Pool>,
}

/// Why there is no response.
pub enum SendError {
    /// The caller's time limit has passed.
    Timeout,
    /// The request cannot be built.
    Unbuildable,
    /// The transport failed.
    Transport(legacy::Error),
}

impl PooledResponse {
    /// Returns the next bytes of the body as they arrive; `None` at its end.
    ///
    /// # Errors
    /// When the connection breaks, or violates the protocol.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, hyper::Error> {
        let mut body = Pin::new(self.response.body_mut());
        loop {
            let Some(frame) = poll_fn(|cx| body.as_mut().poll_frame(cx)).await else {
                return Ok(None);
            };
            // Trailers are not used.
            if let Ok(bytes) = frame?.into_data() {
                return Ok(Some(bytes));
            }
        }
    }
}

impl Connections {
    /// Creates the connections to the server of this address. Opens none yet. `user_agent` is sent with every request.
    ///
    /// # Errors
    /// [`SettingsError::HttpClient`] when the TLS library or the system's roots cannot be used.
    pub fn new(
        server: &Url,
        connect_timeout: Duration,
        call_timeout: Duration,
        user_agent: &str,
    ) -> Result<Self, SettingsError> {
        let limits = Limits::new(call_timeout, connect_timeout);
        let is_plain = server.scheme() == "http";
        let make_client = move || client(connect_timeout, !is_plain);
        let user_agent = HeaderValue::try_from(user_agent)
            .map_err(|error| SettingsError::HttpClient(error.into()))?;
        let connections = Self::from_clients(make_client, limits, user_agent)?;
        // HTTP/2 is negotiated over TLS only.
        connections.is_http1.store(is_plain, Relaxed);
        Ok(connections)
    }

    /// Creates connections with other clients and limits.
    pub(super) fn from_clients(
        make_client: impl Fn() -> Result<Client, rustls::Error> + Send + Sync + 'static,
        limits: Limits,
        user_agent: HeaderValue,
    ) -> Result<Self, SettingsError> {
        let client = make_client().map_err(|error| SettingsError::HttpClient(error.into()))?;
        Ok(Self {
            make_client: Arc::new(make_client),
            limits,
            pools: RwLock::default(),
            first: client,
            is_first_used: AtomicBool::new(false),
            is_http1: Arc::default(),
            user_agent,
        })
    }

    /// Sends a request and waits for the head of its response until `deadline` resolves. `attempt` builds the request, once for each try; `None` means
    /// that it cannot be built again.
    ///
    /// # Errors
    /// [`SendError`]. The server may have taken the request.
    pub async fn send(
        &self,
        mut attempt: impl FnMut() -> Option<Attempt>,
        deadline: impl Future<Output = ()>,
    ) -> Result<PooledResponse, SendError> {
        let mut deadline = pin!(deadline);
        let began = Instant::now();
        let mut failure = SendError::Unbuildable;
        for repeats in 0..=MAX_REPEATS {
            let Some(mut next) = attempt() else {
                break;
            };
            let headers = next.request.headers_mut();
            headers.insert(USER_AGENT, self.user_agent.clone());
            let method = next.request.method().clone();
            let body = next.body.clone();
            let pool = self.current().await;
            let sent = tokio::select! {
                sent = pool.send(next, self.limits) => sent,
                () = &mut deadline => {
                    pool.retire();
                    return Err(SendError::Timeout);
                }
            };
            let is_repeatable = match sent {
                Ok(response) => return Ok(PooledResponse { response, pool }),
                Err(AttemptError::Queued) => {
                    failure = SendError::Timeout;
                    true
                }
                Err(AttemptError::Transport(error)) => {
                    if error.is_connect() {
                        pool.retire_if_older_than(self.limits.min_age);
                    }
                    let is_repeatable = was_not_taken(&error, &method, body.as_deref());
                    failure = SendError::Transport(error);
                    is_repeatable
                }
            };
            if !is_repeatable {
                break;
            }
            if repeats >= REPEATS_PER_POOL {
                pool.retire_without_response_since(began);
            }
            tokio::select! {
                () = sleep(pause(repeats)) => {}
                () = &mut deadline => return Err(SendError::Timeout),
            }
        }
        Err(failure)
    }

    /// Returns whether calls share a connection, so that one call can be stuck because of the connection.
    pub(super) fn are_shared(&self) -> bool {
        !self.is_http1.load(Relaxed)
    }

    /// Returns the pool for a new call on this runtime. When no client can be made, the former one stays in use.
    async fn current(&self) -> Arc<Pool> {
        let slot = self.slot();
        let mut current = slot.lock().await;
        let usable = current
            .as_ref()
            .filter(|pool| pool.takes_new_calls(self.limits.max_age));
        if let Some(pool) = usable {
            return Arc::clone(pool);
        }
        let former = current.as_ref().map(|pool| pool.client());
        let former = former.unwrap_or_else(|| self.first.clone());
        let client = if self.is_first_used.swap(true, Relaxed) {
            self.client().await.unwrap_or(former)
        } else {
            former
        };
        let pool = Arc::new(Pool::new(client, Arc::clone(&self.is_http1)));
        *current = Some(Arc::clone(&pool));
        pool
    }

    fn slot(&self) -> Slot {
        let id = runtime::Handle::current().id();
        let pools = self.pools.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(slot) = pools.get(&id) {
            return Arc::clone(slot);
        }
        drop(pools);
        let mut pools = self.pools.write().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(pools.entry(id).or_default())
    }

    /// Makes a client. Reads the trust store from files.
    async fn client(&self) -> Option<Client> {
        let make_client = Arc::clone(&self.make_client);
        // The task ends early only while the program ends.
        let made = tokio::task::spawn_blocking(move || make_client())
            .await
            .ok()?;
        made.inspect_err(|error| {
            tracing::warn!(event = "trust_store_unreadable", %error, "the trusted certificates cannot be read again; the former ones stay");
        })
        .ok()
    }
}

/// Returns the pause before the next repeat: twice as long each time.
fn pause(repeats: u32) -> Duration {
    Duration::from_millis(FIRST_PAUSE << repeats.min(16)).min(MAX_PAUSE)
}
