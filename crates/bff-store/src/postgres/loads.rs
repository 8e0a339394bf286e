//! Loads of sessions share queries. Called by the store.
//!
//! Half of the connections serve loads. While that many queries are on the way, further loads wait, and the next query asks for all of them. So
//! a thousand loads at once need a few round trips, and connections stay free for changes. A query is sent after its loads began, so no load gets an
//! answer from before its call.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot::{Sender, channel};
use tokio::time::timeout;
use tokio_postgres::Row;

use super::fault::Fault;
use super::link::{Link, Request, TOTAL};
use super::rows;
use super::statements::{LOAD, Value};
use crate::record::Record;
use crate::store::StoreError;
use bff_core::SessionKey;

/// Largest number of loads that one query answers: 200, so that the answer stays below a few megabytes.
const GROUP: usize = 200;

type Found = Result<HashMap<SessionKey, Arc<Row>>, Fault>;

/// The loads of one process.
#[derive(Clone)]
pub struct Loads(Arc<Shared>);

struct Shared {
    link: Link,
    /// Largest number of queries at once.
    most: usize,
    queue: Mutex<Queue>,
}

#[derive(Default)]
struct Queue {
    /// The number of queries that are on the way.
    running: usize,
    waiting: VecDeque<Waiting>,
}

/// A load that waits for its answer.
struct Waiting {
    key: SessionKey,
    answer: Sender<Result<Option<Arc<Row>>, Fault>>,
}

impl Waiting {
    fn answer(self, found: &Found) {
        let row = found.as_ref().map(|found| found.get(&self.key).cloned());
        // The caller may have given up.
        drop(self.answer.send(row.map_err(Clone::clone)));
    }
}

impl Loads {
    /// Makes loads over `link`, which has at most this many connections.
    pub fn over(link: Link, connections: usize) -> Self {
        Self(Arc::new(Shared {
            link,
            most: connections.div_ceil(2),
            queue: Mutex::default(),
        }))
    }

    /// Returns the record with this key.
    ///
    /// # Errors
    /// [`StoreError`] when there is no answer within the limit of the link.
    pub async fn load(&self, key: &SessionKey) -> Result<Option<Record>, StoreError> {
        let (answer, waiting) = channel();
        if self.join(Waiting { key: *key, answer }) {
            self.0.link.runtime().spawn(self.clone().serve());
        }
        let answer = match timeout(TOTAL, waiting).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) | Err(_) => Err(self.0.link.last_fault()),
        };
        let row = answer.map_err(|fault| fault.describe())?;
        Ok(row.and_then(|row| rows::read(&row)))
    }

    /// Puts a load into the queue, and reports whether there may be one more query.
    fn join(&self, load: Waiting) -> bool {
        let mut queue = self.queue();
        queue.waiting.push_back(load);
        let may_begin = queue.running < self.0.most;
        queue.running += usize::from(may_begin);
        may_begin
    }

    /// Runs one query after the other, until no load waits.
    async fn serve(self) {
        while let Some(group) = self.next_group() {
            let mut keys: Vec<SessionKey> = group.iter().map(|load| load.key).collect();
            keys.sort_unstable();
            keys.dedup();
            let found = self.ask(&keys).await;
            // A damaged row fails the whole query, and must fail the loads of its own session only.
            let is_refused = matches!(&found, Err(Fault::Refused(_))) && keys.len() > 1;
            for load in group {
                if !is_refused {
                    load.answer(&found);
                } else if !load.answer.is_closed() {
                    let found = self.ask(&[load.key]).await;
                    load.answer(&found);
                }
            }
        }
    }

    /// Takes the next loads out of the queue. `None` ends this query.
    fn next_group(&self) -> Option<Vec<Waiting>> {
        let mut queue = self.queue();
        queue.waiting.retain(|load| !load.answer.is_closed());
        if queue.waiting.is_empty() {
            queue.running -= 1;
            return None;
        }
        let size = queue.waiting.len().min(GROUP);
        Some(queue.waiting.drain(..size).collect())
    }

    async fn ask(&self, keys: &[SessionKey]) -> Found {
        let keys = keys.iter().map(|key| key.as_bytes().to_vec()).collect();
        let request = Request::repeatable(LOAD, [Value::Keys(keys)]);
        let rows = self.0.link.complete(&request).await?.rows.into_iter();
        Ok(rows
            .filter_map(|row| Some((rows::key(&row)?, Arc::new(row))))
            .collect())
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        // A panic elsewhere leaves the queue consistent, because every change is one step.
        self.0.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
