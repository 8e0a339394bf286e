//! Hears of the changes of all replicas, over one connection for each process (`LISTEN`). Called by the store.
//!
//! A pooler in transaction mode does not pass notifications on. So a listener believes that it hears only after it has heard a test message that was
//! sent over another connection. Until then, listeners of this process are told directly, and open pages look by themselves once a minute. A lost
//! connection is renewed after a wait with jitter, so that the replicas do not reconnect together.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{sleep, timeout};

use super::dial::{Connected, Dial, Hear};
use super::fault::Fault;
use super::link::{Link, Request};
use super::statements::{CHANNEL, NOTIFY, Value};
use crate::changes::{Change, Changes};
use bff_core::{Entropy as _, SystemEntropy, jitter};

/// Longest time for beginning to listen: 5 seconds.
const DIAL: Duration = Duration::from_secs(5);
/// Longest way of the test message: 1 second.
const ECHO: Duration = Duration::from_secs(1);
/// Interval at which the connection is tested: 5 seconds, because a silent server does not show that it is gone.
const TEST: Duration = Duration::from_secs(5);
/// Longest wait for the answer to that test: 2 seconds.
const ANSWER: Duration = Duration::from_secs(2);
/// Back-off before the connection is renewed: at most 1 second at first. It doubles with each failure.
const FIRST_WAIT: Duration = Duration::from_secs(1);
/// Longest back-off: 30 seconds.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// Hears notifications, if the way to the server carries them.
#[derive(Clone)]
pub struct Listener {
    dial: Arc<Dial>,
    link: Link,
    is_hearing: Arc<AtomicBool>,
}

impl Listener {
    /// Makes a listener that connects with `dial`, and sends its test messages over `link`.
    pub fn new(dial: Arc<Dial>, link: Link) -> Self {
        Self {
            dial,
            link,
            is_hearing: Arc::default(),
        }
    }

    /// Reports whether announcements of this process come back to it.
    pub fn is_hearing(&self) -> bool {
        self.is_hearing.load(Ordering::Relaxed)
    }

    /// Passes the messages of the server on to `changes`, and never ends by itself.
    pub async fn listen(self, changes: Changes) {
        // When nothing listens any more, this future is dropped.
        let hearing = Hearing(Arc::clone(&self.is_hearing));
        let mut wait = FIRST_WAIT;
        let mut is_unheard = false;
        loop {
            let begun = timeout(DIAL, self.subscribe(&changes)).await;
            match begun.unwrap_or(Err(Fault::Silent)) {
                Ok(connected) => {
                    if std::mem::take(&mut is_unheard) {
                        tracing::info!(
                            event = "store_changes_heard",
                            "the changes of other replicas are heard again"
                        );
                    }
                    wait = FIRST_WAIT;
                    hearing.0.store(true, Ordering::Relaxed);
                    changes.tell(Change::Missed);
                    self.until_lost(connected).await;
                    hearing.0.store(false, Ordering::Relaxed);
                }
                Err(fault) => {
                    if !std::mem::replace(&mut is_unheard, true) {
                        tracing::warn!(
                            event = "store_changes_unheard",
                            error = %fault.describe(),
                            "the changes of other replicas are not heard; open pages learn of them within a minute. LISTEN needs a connection that does not pass a pooler in transaction mode"
                        );
                    }
                }
            }
            sleep(wait.mul_f64(jitter())).await;
            wait = (wait * 2).min(LONGEST_WAIT);
        }
    }

    /// Connects, listens, and waits for a test message that goes over another connection.
    async fn subscribe(&self, changes: &Changes) -> Result<Connected, Fault> {
        let mut bytes = [0; 16];
        SystemEntropy.fill(&mut bytes);
        let test = format!("test:{:032x}", u128::from_be_bytes(bytes));
        let heard = Arc::new(Notify::new());
        let hear: Hear = {
            let (changes, heard, test) = (changes.clone(), Arc::clone(&heard), test.clone());
            Arc::new(move |message| {
                if message == test {
                    heard.notify_one();
                } else if !message.starts_with("test:") {
                    changes.tell(Change::from_message(message.as_bytes()));
                }
            })
        };
        let connected = self.dial.connect(&hear).await?;
        let listen = format!("LISTEN {CHANNEL}");
        let listening = connected.client.batch_execute(&listen).await;
        listening.map_err(|error| Fault::from_statement(&error))?;
        let test = [Value::Text(Some(test))];
        self.link
            .try_change(Request::repeatable(NOTIFY, test))
            .await?;
        let heard = timeout(ECHO, heard.notified()).await;
        heard.map_err(|_| Fault::NoConnection("notifications of PostgreSQL do not arrive"))?;
        Ok(connected)
    }

    /// Returns once the connection has ended, its server does not answer, or another server has become the primary.
    async fn until_lost(&self, mut connected: Connected) {
        loop {
            tokio::select! {
                () = connected.ended() => return,
                () = self.dial.replaced() => return,
                () = sleep(TEST) => {}
            }
            let asked = connected.client.batch_execute("SELECT 1");
            if !matches!(timeout(ANSWER, asked).await, Ok(Ok(()))) {
                connected.abort();
                return;
            }
        }
    }
}

/// Notes that nothing is heard any more when it is dropped.
struct Hearing(Arc<AtomicBool>);

impl Drop for Hearing {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Relaxed);
    }
}
