//! The way to Redis: sends one command within a time limit, over a connection that all share and that is made anew when it is lost.
//!
//! A command that changes something is never sent a second time when the first may have been executed: that is an error, and the
//! caller looks what became of it. It is sent again only when it cannot have been executed: there was no connection, or the server
//! itself put it off (moved, loading, failing over). Called by the store.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Shared};
use redis::{Cmd, ErrorKind, RedisError, RedisResult, Value};
use tokio::runtime::Handle;
use tokio::time::{Instant, sleep, timeout, timeout_at};

use super::dial::{Connection, Target};
use super::{fault, sentinels};

/// The longest that a caller waits, connecting and asking again included.
const TOTAL: Duration = Duration::from_millis(1_800);
/// The longest that making a connection takes, with all who are asked on the way.
const DIAL: Duration = Duration::from_secs(5);
/// How often the sentinels are asked whether the master is still the one that is connected to.
const WATCH: Duration = Duration::from_millis(250);
/// The wait before a command is sent again, doubled each time.
const FIRST_WAIT: Duration = Duration::from_millis(20);
const LONGEST_WAIT: Duration = Duration::from_millis(200);

/// One thing to ask of Redis.
pub struct Request {
    command: Cmd,
    /// What to send in its place to a server that does not know the script.
    in_full: Option<Cmd>,
    is_repeatable: bool,
}

impl Request {
    /// A command that must not be executed twice.
    pub fn once(command: Cmd) -> Self {
        Self {
            command,
            in_full: None,
            is_repeatable: false,
        }
    }

    /// A command that changes nothing, and may be sent again whatever became of it.
    pub fn repeatable(command: Cmd) -> Self {
        Self {
            is_repeatable: true,
            ..Self::once(command)
        }
    }

    /// The same, in the form for a server that does not know the script.
    pub fn or_as(self, in_full: Cmd) -> Self {
        Self {
            in_full: Some(in_full),
            ..self
        }
    }
}

/// The connection of the moment; whoever needs it waits for the same attempt to make it.
type Dial = Shared<BoxFuture<'static, RedisResult<Connection>>>;

#[derive(Default)]
struct Line {
    /// Counts the attempts, so that only the one that failed is given up.
    number: u64,
    dial: Option<Dial>,
    /// A successor of a cluster's connection is being made.
    is_renewing: bool,
}

/// Shared by all who use the store.
#[derive(Clone)]
pub struct Link {
    target: Arc<Target>,
    line: Arc<Mutex<Line>>,
    /// Connections live on this runtime, not on that of the thread that first asked.
    runtime: Handle,
}

impl Link {
    /// Connects when it is first used. Must be called on a runtime that outlives the link.
    pub fn to(target: Target) -> Self {
        Self {
            target: Arc::new(target),
            line: Arc::default(),
            runtime: Handle::current(),
        }
    }

    /// Sends and waits for the answer.
    ///
    /// # Errors
    /// When there is none within the limit, or it is an error. Whether the command was executed is then not known.
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
                // What went wrong before tells more than that the time is over.
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

    /// Whether an answer may be believed: what was written might be lost with a master that is being succeeded, and what is not found there might
    /// be with its successor. What is found there is at most as old as the last look of the watch.
    async fn counts(&self, connection: &Connection, is_repeatable: bool, answer: &Value) -> bool {
        let is_found = match answer {
            Value::Nil => false,
            Value::Array(found) | Value::Set(found) => !found.is_empty(),
            Value::Map(found) => !found.is_empty(),
            _ => true,
        };
        is_repeatable && is_found || self.target.is_current(connection).await
    }

    /// The masters' keys that match `pattern`; some of them twice.
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
        // Every change below is whole when a panic elsewhere interrupts.
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn dial(&self) -> (u64, Dial) {
        let mut line = self.line();
        if let Some(dial) = &line.dial {
            return (line.number, dial.clone());
        }
        line.number += 1;
        let number = line.number;
        // A task of its own: who waits may give up, the connection is still made for those who come after.
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

    /// Whether there is a connection, or one is being made.
    #[cfg(test)]
    pub fn is_connected(&self) -> bool {
        self.line().dial.is_some()
    }

    /// Gives up the connection with this number; the next command makes another.
    fn lose(&self, number: u64) {
        give_up(&Arc::downgrade(&self.line), number);
    }

    /// Replaces a cluster's connection by one that knows the cluster as it is now, once the command's slot answers over it. Nothing else
    /// tells that a node which went silent has a successor; and the other nodes go on being asked over the old one meanwhile.
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

/// Gives up the connection with this number.
fn give_up(line: &Weak<Mutex<Line>>, number: u64) {
    if let Some(line) = line.upgrade() {
        let mut line = line.lock().unwrap_or_else(PoisonError::into_inner);
        if line.number == number {
            line.dial = None;
        }
    }
}

/// Gives up the connection with this number when the sentinels name another master, or are choosing one; ends with it. The old one may be alive,
/// and believe to be it.
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

/// A command that changes nothing and goes where this one goes: the key is the second word, or the fourth of a script.
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
