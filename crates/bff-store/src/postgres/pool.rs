//! The connections of one process: a bounded number, each used by one caller at a time. Called by the link.
//!
//! A connection is made when a caller finds none free. One is made at a time, and a failed attempt delays the next by a random back-off, so that a
//! server that comes back is not flooded by the replicas. The tasks of the connections run on the program's runtime, because it outlives the
//! workers, and an attempt goes on when the caller that began it gives up.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::{Mutex as Gate, OwnedMutexGuard, OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep, timeout};
use tokio_postgres::Client;

use super::dial::{Connected, Dial, Hear};
use super::fault::Fault;
use super::watch;
use bff_core::{Entropy as _, ThreadEntropy};

/// Back-off after the first failed attempt: 20 ms on average. It doubles with each failure.
const FIRST_WAIT: Duration = Duration::from_millis(20);
const LONGEST_WAIT: Duration = Duration::from_millis(500);
/// Longest time for asking a server to cancel a statement: 900 ms.
const CANCEL: Duration = Duration::from_millis(900);

/// The connections.
#[derive(Clone)]
pub struct Pool(Arc<Shared>);

struct Shared {
    dial: Arc<Dial>,
    /// Ignores notifications.
    deaf: Hear,
    is_watched: AtomicBool,
    runtime: Handle,
    permits: Arc<Semaphore>,
    state: Mutex<State>,
    gate: Arc<Gate<Attempts>>,
}

#[derive(Default)]
struct State {
    /// The free connections, the last used one at the end.
    idle: Vec<Idle>,
    /// Connections of an older generation are not used again.
    generation: u64,
    /// Why the last attempt to connect failed; `None` after one that succeeded.
    fault: Option<Fault>,
}

impl State {
    fn give_back(&mut self, connected: Arc<Connected>) {
        let since = Instant::now();
        self.idle.push(Idle { connected, since });
    }
}

/// A free connection, and since when.
struct Idle {
    connected: Arc<Connected>,
    since: Instant,
}

/// The back-off. Its lock is held while a connection is made.
#[derive(Default)]
struct Attempts {
    wait: Option<Duration>,
}

impl Pool {
    /// Makes a pool that connects on first use, on this runtime.
    pub fn new(dial: Arc<Dial>, connections: usize, runtime: Handle) -> Self {
        let deaf: Hear = Arc::new(|_| ());
        Self(Arc::new(Shared {
            dial,
            deaf,
            is_watched: AtomicBool::new(false),
            runtime,
            permits: Arc::new(Semaphore::new(connections)),
            state: Mutex::default(),
            gate: Arc::default(),
        }))
    }

    /// Returns the runtime of the connections.
    pub fn runtime(&self) -> &Handle {
        &self.0.runtime
    }

    /// Waits for a free connection, and makes one if there may be more.
    ///
    /// # Errors
    /// [`Fault`] when none can be made.
    pub async fn get(&self) -> Result<Checkout, Fault> {
        let permits = Arc::clone(&self.0.permits);
        let permit = permits.acquire_owned().await.map_err(|_| Fault::Lost)?;
        loop {
            if let Some((connected, generation)) = self.take_idle() {
                return Ok(Checkout {
                    connected,
                    is_usable: true,
                    generation,
                    pool: self.clone(),
                    _permit: permit,
                });
            }
            let gate = Arc::clone(&self.0.gate).lock_owned().await;
            if self.has_idle() {
                continue;
            }
            // In a separate task, so that the connection is made for later callers even when this one gives up.
            let task = self.0.runtime.spawn(self.clone().connect(gate));
            task.await.map_err(|_| Fault::Lost)??;
        }
    }

    /// Follows the changes of the primary, if there are several servers.
    fn watch(&self) {
        if self.0.dial.several().is_none() || self.0.is_watched.swap(true, Ordering::Relaxed) {
            return;
        }
        let (dial, pool) = (Arc::clone(&self.0.dial), Arc::downgrade(&self.0));
        let is_used = {
            let pool = Weak::clone(&pool);
            move || pool.strong_count() > 0
        };
        let on_change = move || {
            if let Some(shared) = pool.upgrade() {
                Self(shared).renew();
            }
        };
        let watch = watch::watch(dial, is_used, on_change);
        self.0.runtime.spawn(watch);
    }

    /// Makes one connection and puts it among the free ones.
    async fn connect(self, mut gate: OwnedMutexGuard<Attempts>) -> Result<(), Fault> {
        if let Some(wait) = gate.wait {
            sleep(jittered(wait)).await;
        }
        self.watch();
        let generation = self.state().generation;
        let made = self.0.dial.connect(&self.0.deaf).await;
        let mut state = self.state();
        match made {
            Ok(connected) => {
                gate.wait = None;
                state.fault = None;
                if state.generation == generation {
                    state.give_back(Arc::new(connected));
                }
                Ok(())
            }
            Err(fault) => {
                let next = gate.wait.map_or(FIRST_WAIT, |wait| wait * 2);
                gate.wait = Some(next.min(LONGEST_WAIT));
                state.fault = Some(fault.clone());
                Err(fault)
            }
        }
    }

    /// Returns why there is no connection.
    pub fn last_fault(&self) -> Fault {
        self.state().fault.clone().unwrap_or(Fault::Silent)
    }

    /// Closes the connections that have been free since before this time.
    pub fn drop_idle(&self, before: Instant) {
        self.state().idle.retain(|idle| idle.since >= before);
    }

    /// Closes the free connections, and the others when their callers are done.
    pub fn renew(&self) {
        let mut state = self.state();
        state.generation += 1;
        state.idle.clear();
    }

    /// Checks the tables again before the next new connection is used.
    pub fn forget_tables(&self) {
        self.0.dial.forget_tables();
        self.renew();
    }

    fn take_idle(&self) -> Option<(Arc<Connected>, u64)> {
        let mut state = self.state();
        let generation = state.generation;
        while let Some(Idle { connected, .. }) = state.idle.pop() {
            if !connected.client.is_closed() {
                return Some((connected, generation));
            }
        }
        None
    }

    fn has_idle(&self) -> bool {
        !self.state().idle.is_empty()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A panic elsewhere leaves the list consistent, because every change is one step.
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns a random duration between half and one and a half of this one.
fn jittered(wait: Duration) -> Duration {
    let mut byte = [0];
    ThreadEntropy.fill(&mut byte);
    wait / 2 + wait * u32::from(byte[0]) / 255
}

/// A connection in use. It goes back to the pool when it is dropped, also when its caller has given up: the answer that is still to come is ignored.
pub struct Checkout {
    connected: Arc<Connected>,
    is_usable: bool,
    generation: u64,
    pool: Pool,
    _permit: OwnedSemaphorePermit,
}

impl Checkout {
    /// Returns the client.
    pub fn client(&self) -> &Client {
        &self.connected.client
    }

    /// Closes the connection.
    pub fn discard(mut self) {
        self.is_usable = false;
    }

    /// Asks the server to cancel the statement, because it would keep running for a caller that is gone, and closes the connection.
    pub fn cancel(mut self) {
        self.is_usable = false;
        let (pool, connected) = (self.pool.clone(), Arc::clone(&self.connected));
        self.pool.0.runtime.spawn(async move {
            drop(timeout(CANCEL, pool.0.dial.cancel(&connected)).await);
            connected.abort();
        });
    }
}

impl Drop for Checkout {
    fn drop(&mut self) {
        let mut state = self.pool.state();
        let is_current = state.generation == self.generation;
        if self.is_usable && is_current && !self.client().is_closed() {
            state.give_back(Arc::clone(&self.connected));
        }
    }
}
