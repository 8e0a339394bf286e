//! The writer thread: it takes the waiting changes, commits them together, and answers after the commit.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::time::Duration;

use rusqlite::Connection;
use tokio::sync::oneshot;

use super::health::Health;
use super::rows::describe;
use crate::store::StoreError;

/// Largest number of changes in one transaction.
const BATCH: usize = 256;
/// Largest number of waiting changes, not counting ends of sessions: on a disk that hangs callers give up in time, and their changes must not
/// fill the memory.
const WAITING: usize = 8_192;
/// Longest wait of a caller for its commit when the disk does not answer: 1.8 seconds.
pub(super) const LIMIT: Duration = Duration::from_millis(1_800);

/// One change. It runs inside the transaction (or receives the error that there is none) and returns how to answer once the commit is known.
type Change = Box<dyn FnOnce(Result<&Connection, StoreError>) -> Answer + Send>;
type Answer = Box<dyn FnOnce(Result<(), StoreError>) + Send>;

/// A check that the database may be written to.
pub trait Check: Fn() -> Result<(), StoreError> + Send + 'static {}
impl<F: Fn() -> Result<(), StoreError> + Send + 'static> Check for F {}

/// A handle on the writer thread. When the handle is dropped, the thread finishes all waiting changes and ends.
pub struct Writer {
    changes: Option<Sender<Change>>,
    waiting: Arc<AtomicUsize>,
    thread: Option<std::thread::JoinHandle<()>>,
    health: Arc<Health>,
}

impl Writer {
    /// Starts the thread on this connection. While `check` fails, the thread neither writes nor confirms a commit.
    pub fn start(connection: Connection, check: impl Check) -> Self {
        let (sender, receiver) = mpsc::channel();
        let health = Arc::new(Health::new());
        let shared = Arc::clone(&health);
        Self {
            changes: Some(sender),
            waiting: Arc::default(),
            thread: Some(std::thread::spawn(move || {
                run(&connection, &receiver, &shared, &check);
            })),
            health,
        }
    }

    /// Returns what the last writes say about the disk.
    pub fn health(&self) -> &Health {
        &self.health
    }

    /// Returns whether more changes wait than one commit takes.
    pub fn is_behind(&self) -> bool {
        self.waiting.load(Ordering::Relaxed) >= BATCH
    }

    /// Runs `change` in a transaction and answers when it is on the disk. If that does not happen within the limit it returns an error, and the
    /// change may still be written later.
    pub async fn write<T, F>(&self, change: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    {
        if self.waiting.load(Ordering::Relaxed) >= WAITING {
            return Err(StoreError::new("too many pending changes for the disk"));
        }
        self.write_at_any_rate(change).await
    }

    /// Like [`write`](Self::write), but without the limit on waiting changes: for the end of a session, which must be written even if late. It
    /// takes a few hundred bytes.
    pub async fn write_at_any_rate<T, F>(&self, change: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        self.waiting.fetch_add(1, Ordering::Relaxed);
        let waiting = Arc::clone(&self.waiting);
        let change: Change = Box::new(move |connection| {
            waiting.fetch_sub(1, Ordering::Relaxed);
            let outcome = connection.and_then(|connection| {
                in_savepoint(connection, change).map_err(|error| describe(&error))
            });
            Box::new(move |committed| {
                // The send fails when the caller has given up. The change is committed all the same.
                drop(answer.send(committed.and(outcome)));
            })
        });
        let ended = || StoreError::new("the writing thread has ended");
        let changes = self.changes.as_ref().ok_or_else(ended)?;
        changes.send(change).map_err(|_| ended())?;
        tokio::time::timeout(LIMIT, answered)
            .await
            .map_err(|_| StoreError::new("the disk does not answer in time"))?
            .map_err(|_| ended())?
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.changes.take());
        if let Some(thread) = self.thread.take() {
            // A panic of the thread was already reported.
            drop(thread.join());
        }
    }
}

fn run(connection: &Connection, changes: &Receiver<Change>, health: &Health, check: &impl Check) {
    while let Ok(first) = changes.recv() {
        let waiting = std::iter::once(first).chain(changes.try_iter().take(BATCH - 1));
        let written = connection.total_changes();
        let begun = check().and_then(|()| {
            let begun = run_cached(connection, "BEGIN IMMEDIATE");
            begun.map_err(|error| {
                health.failed();
                describe(&error)
            })
        });
        if let Err(error) = begun {
            // All waiting changes fail together, because each would otherwise wait for the same lock again.
            for change in waiting {
                change(Err(error.clone()))(Ok(()));
            }
            continue;
        }
        let answers: Vec<Answer> = waiting
            .map(|change| change(still_open(connection)))
            .collect();
        let committed = run_cached(connection, "COMMIT");
        if committed.is_err() {
            health.failed();
            // After a failed commit the transaction may still be open. None of its changes may remain.
            drop(connection.execute_batch("ROLLBACK"));
        } else if connection.total_changes() != written {
            // An empty commit does not reach the disk, so it does not show whether the disk works.
            health.written();
        }
        // The file may have been deleted or replaced between the first check and the commit.
        let confirmed = committed
            .map_err(|error| describe(&error))
            .and_then(|()| check());
        for answer in answers {
            answer(confirmed.clone());
        }
    }
}

/// Returns the connection, unless a failure rolled back the whole transaction, because a change would then run in a transaction of its own.
fn still_open(connection: &Connection) -> Result<&Connection, StoreError> {
    if connection.is_autocommit() {
        return Err(StoreError::new("SQLite: the transaction was undone"));
    }
    Ok(connection)
}

/// Runs one change in a savepoint, so that its failure undoes only this change and not the others of the transaction.
fn in_savepoint<T>(
    connection: &Connection,
    change: impl FnOnce(&Connection) -> rusqlite::Result<T>,
) -> rusqlite::Result<T> {
    run_cached(connection, "SAVEPOINT change")?;
    let outcome = change(connection);
    if outcome.is_err() {
        run_cached(connection, "ROLLBACK TO change")?;
    }
    run_cached(connection, "RELEASE change")?;
    outcome
}

/// Runs a statement that returns no row. It is parsed once for each connection.
fn run_cached(connection: &Connection, statement: &str) -> rusqlite::Result<()> {
    connection.prepare_cached(statement)?.execute([]).map(drop)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use futures_util::FutureExt as _;

    use super::*;

    fn open(path: &Path) -> Connection {
        let connection = Connection::open(path).unwrap();
        let set = "PRAGMA journal_mode = WAL; CREATE TABLE IF NOT EXISTS one (number);";
        connection.busy_timeout(Duration::from_millis(20)).unwrap();
        connection.execute_batch(set).unwrap();
        connection
    }

    fn count(connection: &Connection) -> usize {
        let counted = connection.query_row("SELECT count(*) FROM one", [], |row| row.get(0));
        counted.unwrap()
    }

    #[test]
    fn all_that_waits_is_committed_together_and_answered_after_the_commit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("one.db");
        let (writing, reading) = (open(&path), Arc::new(std::sync::Mutex::new(open(&path))));
        let (sender, receiver) = mpsc::channel::<Change>();
        let (seen, all_seen) = mpsc::channel();
        let waiting = BATCH + 44;
        for number in 0..waiting {
            let (reading, seen) = (Arc::clone(&reading), seen.clone());
            let change: Change = Box::new(move |connection| {
                let sql = "INSERT INTO one VALUES (?1)";
                connection.unwrap().execute(sql, [number]).unwrap();
                // Checks that another connection sees the change at the time of the answer.
                Box::new(move |committed| {
                    committed.unwrap();
                    seen.send(count(&reading.lock().unwrap())).unwrap();
                })
            });
            assert!(sender.send(change).is_ok());
        }
        drop((sender, seen));
        run(&writing, &receiver, &Health::new(), &|| Ok(()));
        let seen: Vec<usize> = all_seen.iter().collect();
        let mut commits = vec![BATCH; BATCH];
        commits.extend([waiting; 44]);
        assert_eq!(
            seen, commits,
            "two commits, and no caller was answered before its own"
        );
    }

    #[tokio::test]
    async fn while_the_disk_hangs_only_so_many_changes_wait_and_those_are_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("one.db");
        let writer = Writer::start(open(&path), || Ok(()));
        let (disk_is_back, disk) = mpsc::channel::<()>();
        let hanging = writer.write(move |_| {
            disk.recv().unwrap();
            Ok(())
        });
        assert!(hanging.now_or_never().is_none());
        let insert = |connection: &Connection| connection.execute("INSERT INTO one VALUES (1)", []);
        let mut accepted = 0;
        // These callers give up at once.
        let refused = loop {
            match writer.write(insert).now_or_never() {
                None => accepted += 1,
                Some(outcome) => break outcome.unwrap_err(),
            }
        };
        assert_eq!(
            refused.to_string(),
            "session store: too many pending changes for the disk"
        );
        assert!(writer.write_at_any_rate(insert).now_or_never().is_none());
        // The thread may or may not have taken the hanging change from the queue yet.
        assert!((WAITING - 1..=WAITING).contains(&accepted), "{accepted}");
        disk_is_back.send(()).unwrap();
        drop(writer);
        assert_eq!(count(&open(&path)), accepted + 1);
    }

    #[tokio::test]
    async fn a_change_that_fails_undoes_itself_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("one.db");
        let writer = Writer::start(open(&path), || Ok(()));
        let insert = |number: u32, sql: &'static str| {
            writer.write(move |connection| {
                connection.execute("INSERT INTO one VALUES (?1)", [number])?;
                connection.execute_batch(sql)
            })
        };
        let (first, second, third) =
            tokio::join!(insert(1, ""), insert(2, "no SQL"), insert(3, ""));
        assert!(first.is_ok() && second.is_err() && third.is_ok());
        assert_eq!(count(&open(&path)), 2);
        assert!(!writer.health().is_failing(), "the disk is not at fault");
    }

    #[tokio::test]
    async fn a_lock_that_another_holds_is_an_error_for_all_who_wait_and_passes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("one.db");
        let writer = Writer::start(open(&path), || Ok(()));
        let other = open(&path);
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        let write =
            || writer.write(|connection| connection.execute("INSERT INTO one VALUES (1)", []));
        let all = futures_util::future::join_all((0..5).map(|_| write())).await;
        assert!(all.iter().all(Result::is_err));
        assert!(writer.health().is_failing());

        other.execute_batch("ROLLBACK").unwrap();
        let look = writer.write(|connection| connection.execute_batch("SELECT 1 FROM one"));
        look.await.unwrap();
        assert!(
            writer.health().is_failing(),
            "a look says nothing about the disk"
        );
        write().await.unwrap();
        assert!(!writer.health().is_failing());
    }

    #[tokio::test]
    async fn a_disk_that_does_not_answer_is_an_error_in_time() {
        let folder = tempfile::tempdir().unwrap();
        let writer = Writer::start(open(&folder.path().join("one.db")), || Ok(()));
        let (go_on, told) = mpsc::channel::<()>();
        let stuck = writer.write(move |_| {
            told.recv().unwrap();
            Ok(())
        });
        let answer = tokio::time::timeout(Duration::from_secs(2), stuck).await;
        let error = answer.unwrap().unwrap_err();
        assert_eq!(
            error.to_string(),
            "session store: the disk does not answer in time"
        );
        go_on.send(()).unwrap();
    }
}
