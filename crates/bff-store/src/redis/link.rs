//! The link to Redis: it sends one command within a time limit over a shared connection, and reconnects when the connection is lost.
//!
//! A changing command is never sent again if the first one may have been executed. The caller gets an error and must check the result.
//! A command is sent again only when it cannot have been executed: there was no connection, or the server itself postponed it (moved,
//! loading, failing over). Called by the store.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Shared};
use redis::{Cmd, ErrorKind, RedisError, RedisResult, Value};
use tokio::runtime::Handle;
use tokio::time::{Instant, sleep, timeout, timeout_at};

use super::dial::{Connection, Target};
use super::{fault, sentinels};

/// Longest wait of a caller, including connecting and retries: 1.8 seconds.
const TOTAL: Duration = Duration::from_millis(1_800);
/// Longest time for making a connection, including questions to all sentinels or nodes: 5 seconds.
const DIAL: Duration = Duration::from_secs(5);
/// Interval at which the sentinels are asked whether the connected master is still the master: 250 ms.
const WATCH: Duration = Duration::from_millis(250);
/// Back-off before the first retry of a command: 20 ms. It doubles with each retry.
const FIRST_WAIT: Duration = Duration::from_millis(20);
const LONGEST_WAIT: Duration = Duration::from_millis(200);

/// One request to Redis.
pub struct Request {
    command: Cmd,
    /// The command with the full script, for a server that does not know the script.
    in_full: Option<Cmd>,
    is_repeatable: bool,
}

impl Request {
    /// Makes a request that must not be executed twice.
    pub fn once(command: Cmd) -> Self {
        Self {
            command,
            in_full: None,
            is_repeatable: false,
        }
    }

    /// Makes a request that changes nothing and may be repeated after any failure.
    pub fn repeatable(command: Cmd) -> Self {
        Self {
            is_repeatable: true,
            ..Self::once(command)
        }
    }

    /// Adds the command with the full script, for a server that does not know the script.
    pub fn or_as(self, in_full: Cmd) -> Self {
        Self {
            in_full: Some(in_full),
            ..self
        }
    }
}

/// The current connection, or the attempt to make it. All callers share one attempt.
type Dial = Shared<BoxFuture<'static, RedisResult<Connection>>>;

#[derive(Default)]
struct Line {
    /// The number of the current attempt, so that a failure discards only its own connection.
    number: u64,
    dial: Option<Dial>,
    /// A replacement of a cluster's connection is being made.
    is_renewing: bool,
}

/// The link of one runtime to the servers. All users of the store on that runtime share it.
#[derive(Clone)]
pub struct Link {
    target: Arc<Target>,
    line: Arc<Mutex<Line>>,
    runtime: Handle,
}

impl Link {
    /// Makes a link that connects on first use, on this runtime.
    pub fn new(target: Arc<Target>, runtime: Handle) -> Self {
        Self {
            target,
            line: Arc::default(),
            runtime,
        }
    }

    /// Sends the request and waits for the answer.
    ///
    /// # Errors
    /// When there is no answer within the limit, or the answer is an error. The caller then does not know whether the command was executed.
    pub async fn send(&self, request: Request) -> RedisResult<Value> {
        let deadline = Instant::now() + TOTAL;
        let mut command = request.command;
        let mut in_full = request.in_full;
        let mut wait = FIRST_WAIT;
        let mut last = None;
        loop {
            let attempt = timeout_at(deadline, self.attempt(&command, request.is_repeatable)).await;
            let failed = match attempt {
                Ok(Ok(answer)) => return Ok(answer),
                Ok(Err(failed)) => failed,
                // The earlier error says more than a timeout, so it is returned if there is one.
                Err(_) => return Err(last.unwrap_or_else(fault::no_answer)),
            };
            if fault::is_unknown_script(&failed.error)
                && let Some(text) = in_full.take()
            {
                command = text;
                continue;
            }
            let may_repeat =
                failed.is_unexecuted || request.is_repeatable && fault::is_passing(&failed.error);
            if !may_repeat || Instant::now() + wait >= deadline {
                return Err(failed.error);
            }
            last = Some(failed.error);
            sleep(wait).await;
            wait = (wait * 2).min(LONGEST_WAIT);
        }
    }

    async fn attempt(&self, command: &Cmd, is_repeatable: bool) -> Result<Value, Failed> {
        let (number, dial) = self.dial();
        let mut connection = dial.await.map_err(|error| {
            self.lose(number);
            Failed {
                is_unexecuted: fault::is_passing(&error),
                error,
            }
        })?;
        let error = match connection.send(command).await {
            Ok(answer) if self.counts(&connection, is_repeatable, &answer).await => {
                return Ok(answer);
            }
            Ok(_) => sentinels::not_settled(),
            Err(error) if error.kind() == ErrorKind::Server(redis::ServerErrorKind::Ask) => {
                match self.target.ask(&error, command).await {
                    Ok(answer) => return Ok(answer),
                    Err(error) => error,
                }
            }
            Err(error) => error,
        };
        match connection {
            Connection::Cluster(_) if error.is_timeout() => self.renew(number, command),
            Connection::Cluster(_) => {}
            Connection::Server(_) | Connection::Master(..) => {
                if error.is_io_error() || fault::is_of_no_master(&error) {
                    self.lose(number);
                }
            }
        }
        Err(Failed {
            is_unexecuted: fault::is_put_off(&error),
            error,
        })
    }

    /// Reports whether an answer may be used. A master that is being replaced can lose a write, and may lack data that its successor has. A value
    /// found by a read is used without this check; it is at most as old as the last check of the watch task.
    async fn counts(&self, connection: &Connection, is_repeatable: bool, answer: &Value) -> bool {
        let is_found = match answer {
            Value::Nil => false,
            // The fields of a record that is not there are all nil.
            Value::Array(found) => found.iter().any(|value| *value != Value::Nil),
            Value::Set(found) => !found.is_empty(),
            Value::Map(found) => !found.is_empty(),
            _ => true,
        };
        is_repeatable && is_found || self.target.is_current(connection).await
    }

    /// Returns the matching keys of all masters. Some may occur twice.
    ///
    /// # Errors
    /// When a master does not answer.
    pub async fn scan(&self, pattern: &str) -> RedisResult<Vec<String>> {
        let (number, dial) = self.dial();
        let connection = timeout(TOTAL, dial)
            .await
            .unwrap_or_else(|_| Err(fault::no_answer()));
        let scan = async { connection?.scan(pattern).await };
        scan.await.inspect_err(|error| {
            if error.is_io_error() {
                self.lose(number);
            }
        })
    }

    fn line(&self) -> MutexGuard<'_, Line> {
        // A panic elsewhere cannot leave a change half done, because every change below is complete at each step.
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn dial(&self) -> (u64, Dial) {
        let mut line = self.line();
        if let Some(dial) = &line.dial {
            return (line.number, dial.clone());
        }
        line.number += 1;
        let number = line.number;
        // The connection is made in a separate task, so that it completes for later callers even when this caller gives up.
        let task = self.runtime.spawn(self.clone().connect(number));
        let dial = async move { task.await.unwrap_or_else(|_| Err(fault::no_answer())) }
            .boxed()
            .shared();
        line.dial = Some(dial.clone());
        (number, dial)
    }

    async fn connect(self, number: u64) -> RedisResult<Connection> {
        let line = Arc::downgrade(&self.line);
        let on_loss = {
            let line = Weak::clone(&line);
            move || {
                give_up(&line, number);
            }
        };
        let connection = timeout(DIAL, self.target.connect(on_loss))
            .await
            .unwrap_or_else(|_| Err(fault::no_answer()))?;
        if let Connection::Master(..) = connection {
            let target = Arc::clone(&self.target);
            self.runtime
                .spawn(watch(line, number, target, connection.clone()));
        }
        Ok(connection)
    }

    /// Reports whether there is a connection, or one is being made.
    #[cfg(test)]
    pub fn is_connected(&self) -> bool {
        self.line().dial.is_some()
    }

    /// Discards the connection with this number. The next command makes another.
    fn lose(&self, number: u64) {
        give_up(&Arc::downgrade(&self.line), number);
    }

    /// Replaces a cluster's connection by one with the current topology, once the slot of the command answers over it. This is needed because no
    /// message reports that a silent node has a successor. Meanwhile the other nodes are still used over the old connection.
    fn renew(&self, number: u64, command: &Cmd) {
        let Some(probe) = probe(command) else { return };
        {
            let mut line = self.line();
            if line.number != number || line.is_renewing {
                return;
            }
            line.is_renewing = true;
        }
        let link = self.clone();
        self.runtime.spawn(async move {
            let connected = link.clone().connect(number).await;
            let answering = match connected {
                Ok(mut connection) => connection.send(&probe).await.map(|_| connection),
                Err(error) => Err(error),
            };
            let mut line = link.line();
            line.is_renewing = false;
            if let Ok(connection) = answering
                && line.number == number
            {
                line.number += 1;
                line.dial = Some(std::future::ready(Ok(connection)).boxed().shared());
            }
        });
    }
}

/// Discards the connection with this number.
fn give_up(line: &Weak<Mutex<Line>>, number: u64) {
    if let Some(line) = line.upgrade() {
        let mut line = line.lock().unwrap_or_else(PoisonError::into_inner);
        if line.number == number {
            line.dial = None;
        }
    }
}

/// Discards the connection with this number when the sentinels name another master or are electing one, and then ends. This is needed because the
/// old master may still be alive and act as master.
async fn watch(line: Weak<Mutex<Line>>, number: u64, target: Arc<Target>, connection: Connection) {
    let is_used = || {
        line.upgrade().is_some_and(|line| {
            let line = line.lock().unwrap_or_else(PoisonError::into_inner);
            line.number == number && line.dial.is_some()
        })
    };
    while is_used() {
        sleep(WATCH).await;
        target.reach_sentinels().await;
        if !target.is_current(&connection).await {
            give_up(&line, number);
        }
    }
}

/// Makes a read-only command for the same slot: the key is the second word of a command, or the fourth of a script call.
fn probe(command: &Cmd) -> Option<Cmd> {
    let mut words = command.args_iter().filter_map(|word| match word {
        redis::Arg::Simple(word) => Some(word),
        _ => None,
    });
    let key = match words.next()? {
        b"EVALSHA" | b"EVAL" => words.nth(2)?,
        _ => words.next()?,
    };
    let mut probe = redis::cmd("EXISTS");
    probe.arg(key);
    Some(probe)
}

struct Failed {
    error: RedisError,
    is_unexecuted: bool,
}
