//! The link to PostgreSQL: it sends one statement within a time limit over a connection of the pool.
//!
//! A changing statement is never sent again if the first one may have been executed. The caller gets an error and must check the result.
//! A statement is sent again only when it cannot have been executed: there was no connection, or the server itself refused it for a while. Called by
//! the store.

use std::pin::pin;
use std::time::Duration;

use futures_util::TryStreamExt as _;
use tokio::runtime::Handle;
use tokio::time::{Instant, sleep, timeout, timeout_at};
use tokio_postgres::{Client, Error, Row};
use tokio_util::task::AbortOnDropHandle;

use super::fault::Fault;
use super::pool::{Checkout, Pool};
use super::statements::Value;
use crate::store::StoreError;

/// Longest wait of a caller, including connecting and retries: 1.8 seconds.
pub const TOTAL: Duration = Duration::from_millis(1_800);
/// Longest wait for the answer to a statement that may be repeated: 900 ms, so that another connection can still answer.
const ANSWER: Duration = Duration::from_millis(900);
/// Shortest time that is left for an answer, 400 ms, so that no statement is sent whose answer would come too late for its caller.
const LEAST: Duration = Duration::from_millis(400);
/// Longest wait for a list of every session, which only the command line asks for: one minute.
const LIST: Duration = Duration::from_secs(60);
/// Back-off before the first retry of a statement: 20 ms. It doubles with each retry.
const FIRST_WAIT: Duration = Duration::from_millis(20);
const LONGEST_WAIT: Duration = Duration::from_millis(200);

/// One statement and its values.
pub struct Request {
    statement: &'static str,
    values: Vec<Value>,
    is_repeatable: bool,
    total: Duration,
    answer: Duration,
}

impl Request {
    /// Makes a request that must not be executed twice.
    pub fn once(statement: &'static str, values: impl Into<Vec<Value>>) -> Self {
        Self {
            statement,
            values: values.into(),
            is_repeatable: false,
            total: TOTAL,
            answer: TOTAL,
        }
    }

    /// Makes a request that may be repeated after any failure.
    pub fn repeatable(statement: &'static str, values: impl Into<Vec<Value>>) -> Self {
        Self {
            is_repeatable: true,
            answer: ANSWER,
            ..Self::once(statement, values)
        }
    }

    /// Makes a request for a long list.
    pub fn list(statement: &'static str, values: impl Into<Vec<Value>>) -> Self {
        Self {
            total: LIST,
            answer: LIST,
            ..Self::repeatable(statement, values)
        }
    }
}

/// The link to the servers. All users of the store share it.
#[derive(Clone)]
pub struct Link {
    pool: Pool,
}

impl Link {
    /// Makes a link over the connections of `pool`.
    pub fn over(pool: Pool) -> Self {
        Self { pool }
    }

    /// Connects if there is no connection.
    ///
    /// # Errors
    /// [`Fault`] when that is not possible within the limit.
    pub async fn reach(&self) -> Result<(), Fault> {
        self.connection(Instant::now() + TOTAL).await.map(drop)
    }

    /// Runs a statement and returns the number of changed rows.
    ///
    /// # Errors
    /// When there is no answer within the limit, or the answer is an error. The caller then does not know whether the statement was executed.
    pub async fn change(&self, request: Request) -> Result<u64, StoreError> {
        self.try_change(request)
            .await
            .map_err(|fault| fault.describe())
    }

    /// Like [`change`](Self::change), for callers that need the error code.
    pub async fn try_change(&self, request: Request) -> Result<u64, Fault> {
        self.run(request).await.map(|answer| answer.changed)
    }

    /// Runs a statement and returns its rows.
    ///
    /// # Errors
    /// As for [`change`](Self::change).
    pub async fn rows(&self, request: Request) -> Result<Vec<Row>, StoreError> {
        let answer = self.run(request).await;
        let answer = answer.map_err(|fault| fault.describe())?;
        Ok(answer.rows)
    }

    /// Returns the runtime of the connections.
    pub fn runtime(&self) -> &Handle {
        self.pool.runtime()
    }

    /// Returns why there is no answer, for a caller whose limit is over.
    pub fn last_fault(&self) -> Fault {
        self.pool.last_fault()
    }

    /// Runs a statement on the runtime of the connections, because a busy worker would hold a connection until it reads the answer. A statement that
    /// was not sent when its caller is dropped is never sent.
    async fn run(&self, request: Request) -> Result<Answer, Fault> {
        let link = self.clone();
        let task = self
            .runtime()
            .spawn(async move { link.complete(&request).await });
        AbortOnDropHandle::new(task)
            .await
            .unwrap_or(Err(Fault::Lost))
    }

    /// Runs a statement, with the repetitions that are allowed. For tasks on the runtime of the connections.
    ///
    /// # Errors
    /// [`Fault`] when there is no answer within the limit, or the answer is an error.
    pub async fn complete(&self, request: &Request) -> Result<Answer, Fault> {
        let deadline = Instant::now() + request.total;
        let mut wait = FIRST_WAIT;
        loop {
            let fault = match self.attempt(deadline, request).await {
                Ok(answer) => return Ok(answer),
                Err(fault) => fault,
            };
            let may_repeat = fault.is_put_off() || request.is_repeatable && fault.is_passing();
            if !may_repeat || Instant::now() + wait >= deadline {
                return Err(fault);
            }
            sleep(wait).await;
            wait = (wait * 2).min(LONGEST_WAIT);
        }
    }

    async fn attempt(&self, deadline: Instant, request: &Request) -> Result<Answer, Fault> {
        let connection = self.connection(deadline - LEAST).await?;
        let begun = Instant::now();
        let limit = deadline.saturating_duration_since(begun);
        let fault =
            match timeout(request.answer.min(limit), ask(connection.client(), request)).await {
                Ok(Ok(answer)) => return Ok(answer),
                Ok(Err(error)) => Fault::from_statement(&error),
                Err(_) => Fault::Silent,
            };
        if fault.is_of_missing_tables() {
            self.pool.forget_tables();
        }
        if matches!(fault, Fault::Silent) {
            // A short wait proves nothing: on a busy machine, replacing the connections would take more time than the answers.
            if begun.elapsed() >= ANSWER {
                // Connections that were not used since may be as silent, and each would cost a caller its time.
                self.pool.drop_idle(begun);
                connection.cancel();
            }
        } else if fault.ends_connection() {
            connection.discard();
        }
        Err(fault)
    }

    async fn connection(&self, deadline: Instant) -> Result<Checkout, Fault> {
        let connection = timeout_at(deadline, self.pool.get()).await;
        connection.unwrap_or_else(|_| Err(self.pool.last_fault()))
    }
}

/// The rows of an answer, and the number of rows that the statement changed.
pub struct Answer {
    /// The rows.
    pub rows: Vec<Row>,
    changed: u64,
}

/// Sends the statement in one message, without a name, so that any connection of a pooler can answer it.
async fn ask(client: &Client, request: &Request) -> Result<Answer, Error> {
    let values = request.values.iter().map(Value::typed);
    let mut found = pin!(client.query_typed_raw(request.statement, values).await?);
    let mut rows = Vec::new();
    while let Some(row) = found.try_next().await? {
        rows.push(row);
    }
    let changed = found.rows_affected().unwrap_or(0);
    Ok(Answer { rows, changed })
}
