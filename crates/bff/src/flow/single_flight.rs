//! Background tasks, and work that runs once for all callers that ask for it at the same time. Both continue when the caller goes away.

use std::collections::HashMap;
use std::future::Future;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::Shared;
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::time::Instant;
use tokio_util::task::TaskTracker;
use tracing::Instrument as _;

/// Runs tasks on the program's own runtime, independent of the request that started them. Can wait until all are done.
#[derive(Clone)]
pub struct Tasks {
    runtime: Handle,
    tracker: TaskTracker,
    stop_by: Arc<OnceLock<Instant>>,
}

impl Tasks {
    /// Creates a task runner on `runtime`, which must outlive every request.
    #[must_use]
    pub fn new(runtime: Handle) -> Self {
        Self {
            runtime,
            tracker: TaskTracker::new(),
            stop_by: Arc::default(),
        }
    }

    /// Sets the time by which all tasks must be done.
    pub fn stop_by(&self, deadline: Instant) {
        // A second call does not change the deadline.
        self.stop_by.get_or_init(|| deadline);
    }

    /// Returns the time until the deadline; `None` while the program has not been told to stop.
    #[must_use]
    pub fn time_left(&self) -> Option<Duration> {
        let deadline = self.stop_by.get()?;
        Some(deadline.saturating_duration_since(Instant::now()))
    }

    /// Starts `task` in the background. Its log lines carry the span of the request that started it.
    pub fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.tracker.spawn_on(task.in_current_span(), &self.runtime);
    }

    /// Waits until every task is done. New tasks can still be started.
    pub async fn finished(&self) {
        self.tracker.close();
        self.tracker.wait().await;
    }
}

type Running<V> = Shared<oneshot::Receiver<V>>;

/// Runs at most one task per key. A caller that asks while it runs gets the same result.
pub struct SingleFlight<K, V: Clone> {
    tasks: Tasks,
    running: Arc<Mutex<HashMap<K, Running<V>>>>,
}

/// The task ended without a result because it panicked. The panic is logged where it happens.
#[derive(Clone, Copy, Debug)]
pub struct Crashed;

impl<K, V> SingleFlight<K, V>
where
    K: Clone + Eq + Hash + Send + 'static,
    V: Clone + Send + Sync + 'static,
{
    /// Creates an empty set.
    #[must_use]
    pub fn new(tasks: Tasks) -> Self {
        Self {
            tasks,
            running: Arc::default(),
        }
    }

    /// Returns the result of the task that runs for `key`, or of a new task that runs `work`.
    pub async fn run<F>(&self, key: K, work: F) -> Result<V, Crashed>
    where
        F: Future<Output = V> + Send + 'static,
    {
        self.join(key, work).await.map_err(|_| Crashed)
    }

    /// Starts a task for `key`, unless one runs. Does not wait for it.
    pub fn launch<F>(&self, key: K, work: F)
    where
        F: Future<Output = V> + Send + 'static,
    {
        drop(self.join(key, work));
    }

    fn join<F>(&self, key: K, work: F) -> Running<V>
    where
        F: Future<Output = V> + Send + 'static,
    {
        let mut running = lock(&self.running);
        if let Some(task) = running.get(&key) {
            return task.clone();
        }
        // Boxed, so that the large futures of a login or a refresh are not copied on their way into the task.
        let work = Box::pin(work);
        let (sender, result) = oneshot::channel();
        let task = result.shared();
        running.insert(key.clone(), task.clone());
        let removal = RemoveOnDrop {
            running: Arc::clone(&self.running),
            key,
        };
        self.tasks.spawn(async move {
            let value = work.await;
            drop(removal);
            // All waiting callers may have gone away.
            drop(sender.send(value));
        });
        task
    }
}

/// Removes the task from the map when its task ends or panics.
struct RemoveOnDrop<K: Eq + Hash, V: Clone> {
    running: Arc<Mutex<HashMap<K, Running<V>>>>,
    key: K,
}

impl<K: Eq + Hash, V: Clone> Drop for RemoveOnDrop<K, V> {
    fn drop(&mut self) {
        lock(&self.running).remove(&self.key);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A poisoned lock is safe to use, because every change under it is one call that does not panic half-way.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::sync::Notify;

    use super::*;

    #[tokio::test]
    async fn concurrent_callers_share_one_run() {
        let flights = SingleFlight::<u8, usize>::new(Tasks::new(Handle::current()));
        let (runs, gate) = (Arc::new(AtomicUsize::new(0)), Arc::new(Notify::new()));
        let work = || {
            let (runs, gate) = (Arc::clone(&runs), Arc::clone(&gate));
            async move {
                gate.notified().await;
                runs.fetch_add(1, Ordering::SeqCst) + 1
            }
        };
        let (first, second, ()) =
            tokio::join!(flights.run(1, work()), flights.run(1, work()), async {
                gate.notify_one();
            });
        assert_eq!((first.unwrap(), second.unwrap()), (1, 1));
        gate.notify_one();
        assert_eq!(
            flights.run(1, work()).await.unwrap(),
            2,
            "a later one runs anew"
        );
    }

    #[tokio::test]
    async fn the_task_continues_when_its_caller_goes_away() {
        let tasks = Tasks::new(Handle::current());
        let flights = SingleFlight::<u8, ()>::new(tasks.clone());
        let (done, gate) = (Arc::new(AtomicUsize::new(0)), Arc::new(Notify::new()));
        let work = {
            let (done, gate) = (Arc::clone(&done), Arc::clone(&gate));
            async move {
                gate.notified().await;
                done.fetch_add(1, Ordering::SeqCst);
            }
        };
        assert!(
            flights.run(1, work).now_or_never().is_none(),
            "still under way"
        );
        gate.notify_one();
        tasks.finished().await;
        assert_eq!(done.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn a_crash_is_reported_and_the_next_run_starts_clean() {
        let flights = SingleFlight::<u8, u8>::new(Tasks::new(Handle::current()));
        assert!(
            flights
                .run(1, async { panic!("on purpose") })
                .await
                .is_err()
        );
        assert_eq!(flights.run(1, async { 7 }).await.unwrap(), 7);
    }
}
