//! Loads of sessions share queries. Called by the store.
//!
//! Half of the connections serve loads. While a query is on the way over each of them, further loads wait, and the next query asks for all of them. So
//! a thousand loads at once need a few round trips, and the other half of the connections stays free for changes. A query is sent after its loads
//! began, so no load gets an answer from before its call.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::runtime::Handle;
use tokio::sync::oneshot::{Sender, channel};
use tokio::time::timeout;

use super::link::{Link, Request, TOTAL};
use super::rows;
use super::statements::{LOAD, Value};
use crate::record::Record;
use crate::store::StoreError;
use bff_core::SessionKey;

/// Largest number of loads that one query answers: 200, so that the answer stays below a few megabytes.
const GROUP: usize = 200;

type Answer = Result<Option<Record>, StoreError>;

/// The loads of one process.
#[derive(Clone)]
pub struct Loads(Arc<Shared>);

struct Shared {
    link: Arc<Link>,
    runtime: Handle,
    /// Largest number of queries at once.
    turns: usize,
    queue: Mutex<Queue>,
}

#[derive(Default)]
struct Queue {
    /// The number of queries that are on the way.
    running: usize,
    waiting: VecDeque<Waiting>,
}

/// A load that waits for the next query.
struct Waiting {
    key: SessionKey,
    answer: Sender<Answer>,
}

impl Loads {
    /// Loads over `link`, which has so many connections. The queries of groups run on `runtime`, because no caller may end the query of another.
    pub fn over(link: Arc<Link>, connections: usize, runtime: Handle) -> Self {
        Self(Arc::new(Shared {
            link,
            runtime,
            turns: connections.div_ceil(2),
            queue: Mutex::default(),
        }))
    }

    /// Returns the record with this key.
    ///
    /// # Errors
    /// [`StoreError`] when there is no answer within the limit of the link.
    pub async fn load(&self, key: &SessionKey) -> Answer {
        let waiting = {
            let mut queue = self.queue();
            if queue.running < self.0.turns {
                queue.running += 1;
                None
            } else {
                let (answer, waiting) = channel();
                queue.waiting.push_back(Waiting { key: *key, answer });
                Some(waiting)
            }
        };
        let Some(waiting) = waiting else {
            let turn = Turn(self.clone());
            return Ok(turn.ask(&[*key]).await?.remove(key));
        };
        match timeout(TOTAL, waiting).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) | Err(_) => Err(self.0.link.no_answer()),
        }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        // A panic elsewhere leaves the queue consistent, because every change is one step.
        self.0.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The right to run one query at a time. When it is dropped, also because its caller gave up, the loads that wait get it.
struct Turn(Loads);

impl Turn {
    async fn ask(&self, keys: &[SessionKey]) -> Result<HashMap<SessionKey, Record>, StoreError> {
        let keys = keys.iter().map(|key| key.as_bytes().to_vec()).collect();
        let request = Request::repeatable(LOAD, [Value::Keys(keys)]);
        let found = self.0.0.link.rows(request).await?;
        let records = found.iter().filter_map(rows::read);
        Ok(records.map(|record| (record.key, record)).collect())
    }

    async fn serve(self, group: Vec<Waiting>) {
        let mut keys: Vec<SessionKey> = group.iter().map(|waiting| waiting.key).collect();
        keys.sort_unstable();
        keys.dedup();
        let found = self.ask(&keys).await;
        for Waiting { key, answer } in group {
            let record = found.as_ref().map(|found| found.get(&key).cloned());
            // The caller may have given up.
            drop(answer.send(record.map_err(Clone::clone)));
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let loads = self.0.clone();
        let group = {
            let mut queue = loads.queue();
            queue.waiting.retain(|waiting| !waiting.answer.is_closed());
            let size = queue.waiting.len().min(GROUP);
            if size == 0 {
                queue.running -= 1;
                return;
            }
            queue.waiting.drain(..size).collect()
        };
        let runtime = loads.0.runtime.clone();
        runtime.spawn(Turn(loads).serve(group));
    }
}
