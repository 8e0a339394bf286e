//! Which server is the master, by the word of its sentinels.
//!
//! One that was frozen or cut off goes on as a master for seconds after it was succeeded, and while its successor is being chosen: what is
//! written there is lost, and what is read there is old. So nobody may be sent to it, nobody may stay with it, and what it answered counts
//! only when its sentinels name it still, asked after the answer. Sentinels count their fail-overs (the config epoch), and the highest
//! count is the newest word. Called by `dial`.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::join_all;
use redis::aio::MultiplexedConnection;
use redis::{
    AsyncConnectionConfig, Client, ConnectionAddr, ErrorKind, IntoConnectionInfo as _,
    RedisConnectionInfo, RedisError, RedisResult,
};
use tokio::time::timeout;

use super::fault;
use crate::RedisNode;

/// The longest that a sentinel takes to accept a connection, and to answer.
const ANSWER: Duration = Duration::from_millis(500);

/// A master, and the count of the fail-overs that made it one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    pub node: RedisNode,
    epoch: u64,
}

/// What one sentinel says.
struct Opinion {
    named: Named,
    /// It is choosing a successor, or has chosen one and does not name it yet.
    is_choosing: bool,
}

impl Opinion {
    fn contradicts(&self, believed: &Named) -> bool {
        self.is_choosing || self.named.epoch > believed.epoch
    }
}

/// All sentinels of one master.
pub struct Sentinels {
    each: Vec<Sentinel>,
    master: String,
}

impl Sentinels {
    /// Those at these addresses; `login` is for those that want one, and `master` is the master's name there.
    pub fn at(
        addresses: impl Iterator<Item = ConnectionAddr>,
        login: &RedisConnectionInfo,
        master: String,
    ) -> Self {
        let each = addresses.map(|address| Sentinel {
            address,
            login: login.clone(),
            line: Mutex::default(),
        });
        Self {
            each: each.collect(),
            master,
        }
    }

    /// The master, by the newest word of those that can be reached: where most of them are away, no successor can be chosen.
    ///
    /// # Errors
    /// When none of them names one, or one of them is choosing another.
    pub async fn master(&self) -> RedisResult<Named> {
        let mut failure = None;
        let mut opinions = Vec::new();
        let answers = self.each.iter().map(|sentinel| async {
            sentinel.reach().await?;
            sentinel.opinion(&self.master).await
        });
        for answer in join_all(answers).await {
            match answer {
                Ok(opinion) => opinions.extend(opinion),
                Err(error) => failure = Some(error),
            }
        }
        let newest = opinions.iter().max_by_key(|opinion| opinion.named.epoch);
        let Some(newest) = newest.map(|opinion| opinion.named.clone()) else {
            return Err(failure.unwrap_or_else(not_settled));
        };
        if opinions.iter().any(|opinion| opinion.contradicts(&newest)) {
            return Err(not_settled());
        }
        Ok(newest)
    }

    /// Whether this one is the master still, as far as those say that there is a connection to. One that has gone silent since it was last
    /// asked may be choosing another: that is no, once.
    pub async fn still_name(&self, master: &Named) -> bool {
        let answers = self.each.iter().map(|sentinel| async {
            if !sentinel.is_reached() {
                return true;
            }
            match sentinel.opinion(&self.master).await {
                Ok(opinion) => opinion.is_none_or(|opinion| !opinion.contradicts(master)),
                Err(error) => !error.is_timeout(),
            }
        });
        join_all(answers).await.into_iter().all(|agrees| agrees)
    }

    /// Connects to those to which there is no connection, where they can be reached.
    pub async fn reach(&self) {
        join_all(self.each.iter().map(Sentinel::reach)).await;
    }
}

struct Sentinel {
    address: ConnectionAddr,
    login: RedisConnectionInfo,
    line: Mutex<Option<MultiplexedConnection>>,
}

impl Sentinel {
    fn line(&self) -> Option<MultiplexedConnection> {
        let line = self.line.lock().unwrap_or_else(PoisonError::into_inner);
        line.clone()
    }

    fn set_line(&self, line: Option<MultiplexedConnection>) {
        *self.line.lock().unwrap_or_else(PoisonError::into_inner) = line;
    }

    fn is_reached(&self) -> bool {
        self.line().is_some()
    }

    /// Connects, unless there is a connection. Most sentinels have no login, so none is shown at first.
    async fn reach(&self) -> RedisResult<()> {
        if self.is_reached() {
            return Ok(());
        }
        let line = timeout(ANSWER, async {
            match self.connect(RedisConnectionInfo::default()).await {
                Err(error) if error.code() == Some("NOAUTH") => {
                    self.connect(self.login.clone()).await
                }
                line => line,
            }
        });
        let line = line.await.unwrap_or_else(|_| Err(fault::no_answer()))?;
        self.set_line(Some(line));
        Ok(())
    }

    async fn connect(&self, login: RedisConnectionInfo) -> RedisResult<MultiplexedConnection> {
        let limits = AsyncConnectionConfig::new().set_response_timeout(Some(ANSWER));
        let address = self.address.clone().into_connection_info()?;
        let mut line = Client::open(address.set_redis_settings(login))?
            .get_multiplexed_async_connection_with_config(&limits)
            .await?;
        redis::cmd("PING").query_async::<()>(&mut line).await?;
        Ok(line)
    }

    /// What it says of the master; nothing when it does not know that name.
    async fn opinion(&self, master: &str) -> RedisResult<Option<Opinion>> {
        let Some(mut line) = self.line() else {
            return Err(not_settled());
        };
        let mut questions = redis::pipe();
        questions.cmd("SENTINEL").arg("MASTER").arg(master);
        questions
            .cmd("SENTINEL")
            .arg("GET-MASTER-ADDR-BY-NAME")
            .arg(master);
        let answers = questions
            .query_async::<(HashMap<String, String>, Option<(String, u16)>)>(&mut line)
            .await;
        match answers {
            Ok((state, named)) => Ok(named.and_then(|named| opinion(&state, named))),
            // No such master.
            Err(error) if error.code() == Some("ERR") => Ok(None),
            Err(error) => {
                if error.is_io_error() {
                    self.set_line(None);
                }
                Err(error)
            }
        }
    }
}

/// The address that it gives to clients changes as soon as the successor is one; the other keeps the old master's until the fail-over is over.
fn opinion(state: &HashMap<String, String>, (host, port): (String, u16)) -> Option<Opinion> {
    let epoch = state.get("config-epoch")?.parse().ok()?;
    let flags = state.get("flags")?;
    let is_old = state.get("ip") == Some(&host) && *state.get("port")? == port.to_string();
    Some(Opinion {
        named: Named {
            node: RedisNode { host, port },
            epoch,
        },
        is_choosing: is_old && flags.split(',').any(|flag| flag == "failover_in_progress"),
    })
}

/// Nobody is the master for certain.
pub fn not_settled() -> RedisError {
    (
        ErrorKind::MasterNameNotFoundBySentinel,
        "the sentinels name no master",
    )
        .into()
}
