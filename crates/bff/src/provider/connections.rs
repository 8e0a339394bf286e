//! Connections to one server: the provider, or one upstream. Decides which connection a call uses, and whether the call is repeated.
//!
//! HTTP/2 sends all calls over one connection and keeps it as long as it is used. So this module:
//! - sends pings, and closes a connection that does not answer them;
//! - gives a connection no new calls after one of its calls was not answered in time, even when it answers pings; calls under way continue;
//! - uses no connection for new calls for longer than [`Limits::max_age`], so that a changed DNS record or trust store takes effect;
//! - repeats a request that the server provably did not take. It must never repeat one that the server may have taken. The caller may, where that
//!   is safe.

use std::error::Error;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use reqwest::{Client, ClientBuilder, Method, Request, Response, Version};
use tokio::sync::Mutex;
use tokio::time::{Instant, sleep, sleep_until};
use url::Url;

use super::settings::SettingsError;
use super::watched_body::BodyWatch;

/// Maximum idle time of a connection. Less than the 5 seconds after which the strictest common servers close it, so that a token call, which is not
/// repeated, does not use a connection that the server is closing.
const POOL_IDLE: Duration = Duration::from_secs(4);

/// Time without a frame after which an HTTP/2 connection is sent a ping. Together with [`PING_TIMEOUT`] it is shorter than `provider.total_timeout`
/// (10 s), so that a read on a dead connection has time for a second try.
const PING_AFTER: Duration = Duration::from_secs(2);
/// Time after which a connection is closed when a ping is not answered.
const PING_TIMEOUT: Duration = Duration::from_secs(5);

/// Maximum number of repeats of a request that was not taken. 20, because a server that ends each connection after one request takes one of 20
/// concurrent calls at a time.
const MAX_REPEATS: u32 = 20;
/// The first pause before a repeat, in milliseconds. After it a connection that has just ended is out of use.
const FIRST_PAUSE: u64 = 5;
/// The longest pause before a repeat.
const MAX_PAUSE: Duration = Duration::from_millis(100);
/// Number of repeats in a row after which another connection is tried, unless another call had a response on this one meanwhile.
const PATIENT_REPEATS: u32 = 4;

/// Time limits after which connections get no new calls, and after which a call leaves them.
#[derive(Clone, Copy)]
pub(super) struct Limits {
    /// Maximum age for new calls. DNS records of load balancers live for about a minute.
    pub(super) max_age: Duration,
    /// Minimum age at which a failure to connect causes the trust store to be read again.
    pub(super) min_age: Duration,
    /// How long a call may wait for a response while no other call gets one either. A slower server costs one more connection in this time.
    pub(super) patience: Duration,
    /// How long a call may wait until the connection takes its body. Longer than connecting takes.
    pub(super) unsent: Duration,
}

impl Limits {
    /// Returns the limits for calls that may take `call`, over connections that may take `connect` to be made.
    pub(super) fn new(call: Duration, connect: Duration) -> Self {
        let patience = Duration::from_secs(2).min(call / 4);
        Self {
            max_age: Duration::from_secs(30),
            min_age: Duration::from_secs(1),
            patience,
            unsent: patience + connect,
        }
    }
}

type MakeClient = dyn Fn() -> Result<Client, reqwest::Error> + Send + Sync;

/// Connections to one server.
pub struct Connections {
    make_client: Arc<MakeClient>,
    limits: Limits,
    current: Mutex<Arc<Pool>>,
    is_http1: Arc<AtomicBool>,
}

/// Connections that one client opened, with what is known about them.
pub struct Pool {
    client: Client,
    made_at: Instant,
    is_retired: AtomicBool,
    /// Whether the server's last response was HTTP/1.1. With HTTP/1.1 a call that is given up closes its connection, so the other connections stay
    /// usable.
    is_http1: Arc<AtomicBool>,
    /// When a part of any response last arrived, in milliseconds since `made_at`.
    answered_after: AtomicU64,
}

/// One try of a request.
pub struct Attempt {
    /// The request to send.
    pub request: Request,
    /// Whether the connection has taken some of its body.
    pub body: Option<Arc<BodyWatch>>,
}

/// The head of a response, and the pool that it came from.
pub struct Answered {
    /// The response.
    pub response: Response,
    /// The pool to notify when the rest of the response arrives, or does not arrive.
    pub pool: Arc<Pool>,
}

/// Why there is no response.
pub enum NoAnswer {
    /// The caller's time limit has passed.
    Late,
    /// The request cannot be built.
    Unsendable,
    /// The transport failed.
    Failed(reqwest::Error),
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
        let user_agent = user_agent.to_owned();
        let make_client = move || http_client(connect_timeout, &user_agent).build();
        let connections = Self::from_clients(make_client, limits)?;
        // HTTP/2 is negotiated over TLS only.
        let is_http1 = server.scheme() == "http";
        connections.is_http1.store(is_http1, Relaxed);
        Ok(connections)
    }

    /// Creates connections with other clients and limits.
    pub(super) fn from_clients(
        make_client: impl Fn() -> Result<Client, reqwest::Error> + Send + Sync + 'static,
        limits: Limits,
    ) -> Result<Self, SettingsError> {
        let client = make_client().map_err(SettingsError::HttpClient)?;
        let is_http1 = Arc::default();
        let pool = Pool::new(client, Arc::clone(&is_http1));
        Ok(Self {
            make_client: Arc::new(make_client),
            limits,
            current: Mutex::new(Arc::new(pool)),
            is_http1,
        })
    }

    /// Sends a request and waits for the head of its response until `late` resolves. `attempt` builds the request, once for each try; `None` means
    /// that it cannot be built again.
    ///
    /// # Errors
    /// [`NoAnswer`]. The server may have taken the request.
    pub async fn send(
        &self,
        mut attempt: impl FnMut() -> Option<Attempt>,
        late: impl Future<Output = ()>,
    ) -> Result<Answered, NoAnswer> {
        let mut late = pin!(late);
        let began = Instant::now();
        let mut no_answer = NoAnswer::Unsendable;
        for repeats in 0..=MAX_REPEATS {
            let Some(next) = attempt() else {
                break;
            };
            let method = next.request.method().clone();
            let body = next.body.clone();
            let pool = self.current().await;
            let sent = tokio::select! {
                sent = pool.send(next, self.limits) => sent,
                () = &mut late => {
                    pool.retire();
                    return Err(NoAnswer::Late);
                }
            };
            let is_repeatable = match sent {
                Ok(response) => return Ok(Answered { response, pool }),
                Err(Unsent::InQueue) => {
                    no_answer = NoAnswer::Late;
                    true
                }
                Err(Unsent::Failed(error)) => {
                    if error.is_connect() && pool.made_at.elapsed() >= self.limits.min_age {
                        pool.is_retired.store(true, Relaxed);
                    }
                    let is_repeatable = was_not_taken(&error, &method, body.as_deref());
                    no_answer = NoAnswer::Failed(error);
                    is_repeatable
                }
            };
            if !is_repeatable {
                break;
            }
            if repeats >= PATIENT_REPEATS {
                pool.retire_unless_answered_since(began);
            }
            tokio::select! {
                () = sleep(pause(repeats)) => {}
                () = &mut late => return Err(NoAnswer::Late),
            }
        }
        Err(no_answer)
    }

    /// Returns whether calls share a connection, so that one call can be stuck because of the connection.
    pub(super) fn are_shared(&self) -> bool {
        !self.is_http1.load(Relaxed)
    }

    /// Returns the pool for a new call.
    async fn current(&self) -> Arc<Pool> {
        let mut current = self.current.lock().await;
        if current.is_retired.load(Relaxed) || current.made_at.elapsed() >= self.limits.max_age {
            let make_client = Arc::clone(&self.make_client);
            // Building a client reads the trust store from files.
            let made = tokio::task::spawn_blocking(move || make_client()).await;
            let client = match made {
                Ok(Ok(client)) => client,
                Ok(Err(error)) => {
                    tracing::warn!(event = "trust_store_unreadable", %error, "the trusted certificates cannot be read again; the former ones stay");
                    current.client.clone()
                }
                // This occurs only while the program ends.
                Err(_) => current.client.clone(),
            };
            *current = Arc::new(Pool::new(client, Arc::clone(&self.is_http1)));
        }
        Arc::clone(&current)
    }
}

impl Pool {
    fn new(client: Client, is_http1: Arc<AtomicBool>) -> Self {
        Self {
            client,
            made_at: Instant::now(),
            is_retired: AtomicBool::new(false),
            is_http1,
            answered_after: AtomicU64::new(0),
        }
    }

    /// Stops giving the pool new calls, because one call was not answered in time.
    pub fn retire(&self) {
        if !self.is_http1.load(Relaxed) {
            self.is_retired.store(true, Relaxed);
        }
    }

    /// Notes that a part of a response arrived.
    pub fn note_answer(&self) {
        let millis = u64::try_from(self.made_at.elapsed().as_millis());
        self.answered_after
            .store(millis.unwrap_or(u64::MAX), Relaxed);
    }

    fn retire_unless_answered_since(&self, time: Instant) {
        let answered_after = Duration::from_millis(self.answered_after.load(Relaxed));
        if self.made_at + answered_after <= time {
            self.retire();
        }
    }

    async fn send(&self, attempt: Attempt, limits: Limits) -> Result<Response, Unsent> {
        let began = Instant::now();
        let mut sent = pin!(self.client.execute(attempt.request));
        let mut is_patient = true;
        let mut body = attempt.body;
        let sent = loop {
            tokio::select! {
                sent = &mut sent => break sent,
                () = sleep_until(began + limits.patience), if is_patient => {
                    is_patient = false;
                    self.retire_unless_answered_since(began);
                }
                () = sleep_until(began + limits.unsent), if body.is_some() => {
                    if body.take().is_some_and(|body| body.revoke()) {
                        self.retire();
                        return Err(Unsent::InQueue);
                    }
                }
            }
        };
        let response = sent.map_err(Unsent::Failed)?;
        let is_http1 = response.version() <= Version::HTTP_11;
        self.is_http1.store(is_http1, Relaxed);
        self.note_answer();
        Ok(response)
    }
}

/// Why a try has no response.
enum Unsent {
    /// The request is queued for a connection, and may stay there: the client library can lose a request in the queue of a connection that ends.
    InQueue,
    /// The transport failed.
    Failed(reqwest::Error),
}

/// Returns whether the server provably did not take this request, so that it may be repeated even if it is not safe to repeat.
fn was_not_taken(error: &reqwest::Error, method: &Method, body: Option<&BodyWatch>) -> bool {
    // A request is not complete without its body. Only the head may have been sent.
    if !error.is_connect() && body.is_some_and(BodyWatch::revoke) {
        return true;
    }
    // If no I/O error prevented the connection, the shared connection was closed before this request's turn.
    let mut is_of_pool = error.is_connect() && !error.is_timeout();
    let mut next = error.source();
    while let Some(cause) = next {
        next = cause.source();
        is_of_pool &= !cause.is::<std::io::Error>();
        if let Some(error) = cause.downcast_ref::<h2::Error>() {
            // RFC 9113 §8.7. A GOAWAY ends only streams above its last stream id. The streams up to that id end with their connection.
            let is_refused =
                error.is_go_away() || error.reason() == Some(h2::Reason::REFUSED_STREAM);
            return error.is_remote() && is_refused;
        }
        if let Some(error) = cause.downcast_ref::<hyper::Error>() {
            // Canceled: the request was still in a queue. User: the request was the next in turn when the connection ended. It may have been sent,
            // so it is repeated only where that does no harm.
            if error.is_canceled() || (error.is_user() && method.is_safe()) {
                return true;
            }
        }
    }
    is_of_pool
}

/// Returns the pause before the next repeat: twice as long each time.
fn pause(repeats: u32) -> Duration {
    Duration::from_millis(FIRST_PAUSE << repeats.min(16)).min(MAX_PAUSE)
}

/// Returns the settings of every client: it follows no redirect, repeats nothing by itself, and uses no proxy from the environment.
pub(super) fn http_client(connect_timeout: Duration, user_agent: &str) -> ClientBuilder {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that makes clients, with every limit set"
    )]
    let builder = Client::builder();
    builder
        .user_agent(user_agent)
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .no_proxy()
        .referer(false)
        .connect_timeout(connect_timeout)
        .pool_idle_timeout(POOL_IDLE)
        .http2_keep_alive_interval(PING_AFTER)
        .http2_keep_alive_timeout(PING_TIMEOUT)
        .http2_keep_alive_while_idle(true)
}
