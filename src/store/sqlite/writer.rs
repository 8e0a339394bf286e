//! The one thread that writes: it takes what waits, commits it together, and answers after the commit.

use std::sync::mpsc::{self, Receiver, Sender};

use rusqlite::Connection;
use tokio::sync::oneshot;

use super::{StoreError, describe};

/// The most changes in one transaction.
const BATCH: usize = 256;

/// One change: run inside the transaction (or told that there is none), it leaves behind how to answer once the commit is known.
type Change = Box<dyn FnOnce(Result<&Connection, StoreError>) -> Answer + Send>;
type Answer = Box<dyn FnOnce(Result<(), StoreError>) + Send>;

/// A handle on the thread; the thread ends when the handle goes, after everything that waits.
pub struct Writer {
    changes: Option<Sender<Change>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Writer {
    /// Starts the thread on this connection.
    pub fn start(connection: Connection) -> Self {
        let (sender, receiver) = mpsc::channel();
        Self {
            changes: Some(sender),
            thread: Some(std::thread::spawn(move || run(&connection, &receiver))),
        }
    }

    /// Runs `change` in a transaction; the answer comes when it is on the disk.
    pub async fn write<T, F>(&self, change: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let change: Change = Box::new(move |connection| {
            let outcome = connection.and_then(|connection| {
                in_savepoint(connection, change).map_err(|error| describe(&error))
            });
            Box::new(move |committed| {
                // Where nobody waits any more, the change stands all the same.
                drop(answer.send(committed.and(outcome)));
            })
        });
        self.changes
            .as_ref()
            .and_then(|changes| changes.send(change).ok())
            .ok_or_else(|| StoreError::new("the writing thread has ended"))?;
        answered
            .await
            .map_err(|_| StoreError::new("the writing thread has ended"))?
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.changes.take());
        if let Some(thread) = self.thread.take() {
            // A panic of the thread was reported when it happened.
            drop(thread.join());
        }
    }
}

fn run(connection: &Connection, changes: &Receiver<Change>) {
    while let Ok(first) = changes.recv() {
        if let Err(error) = connection.execute_batch("BEGIN IMMEDIATE") {
            first(Err(describe(&error)))(Ok(()));
            continue;
        }
        let waiting = changes.try_iter().take(BATCH - 1);
        let answers: Vec<Answer> = std::iter::once(first)
            .chain(waiting)
            .map(|change| change(Ok(connection)))
            .collect();
        let committed = connection.execute_batch("COMMIT");
        if committed.is_err() {
            // After a failed commit the transaction may still be open; nothing of it is to stay.
            drop(connection.execute_batch("ROLLBACK"));
        }
        for answer in answers {
            answer(committed.as_ref().map_err(describe).copied());
        }
    }
}

/// Runs one change so that its failure undoes it alone, not the others of the transaction.
fn in_savepoint<T>(
    connection: &Connection,
    change: impl FnOnce(&Connection) -> rusqlite::Result<T>,
) -> rusqlite::Result<T> {
    connection.execute_batch("SAVEPOINT change")?;
    let outcome = change(connection);
    connection.execute_batch(if outcome.is_ok() {
        "RELEASE change"
    } else {
        "ROLLBACK TO change; RELEASE change"
    })?;
    outcome
}
