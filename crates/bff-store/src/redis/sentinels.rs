//! Finds out from the sentinels which server is the master.
//!
//! After a freeze or a network partition an old master still acts as master for seconds, both during and after the election of its successor.
//! Writes to it are lost and reads from it are stale. So clients must not connect to it or stay connected to it. An answer from a master counts
//! only if its sentinels still name it afterwards. Sentinels count their fail-overs (the config epoch), and the highest epoch is the newest
//! information. Called by `dial`.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::join_all;
use redis::aio::MultiplexedConnection;
use redis::{
    AsyncConnectionConfig, ConnectionAddr, ErrorKind, IntoConnectionInfo as _, RedisConnectionInfo,
    RedisError, RedisResult,
};
use tokio::time::timeout;

use super::{client, fault};
use crate::redis_servers::{ClientCertificate, RedisNode};

/// Longest time for a sentinel to accept a connection, and to answer: 500 ms.
const ANSWER: Duration = Duration::from_millis(500);

/// A master, and the config epoch of the fail-over that promoted it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    pub node: RedisNode,
    epoch: u64,
}

/// The answer of one sentinel.
struct Opinion {
    named: Named,
    /// The sentinel is electing a successor, or has elected one and does not name it yet.
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
    /// Makes the list of sentinels at these addresses. `login` is for sentinels that require one; `master` is the master's name there.
    pub fn at(
        addresses: impl Iterator<Item = ConnectionAddr>,
        login: &RedisConnectionInfo,
        certificate: Option<ClientCertificate>,
        master: String,
    ) -> Self {
        let each = addresses.map(|address| Sentinel {
            address,
            login: login.clone(),
            certificate: certificate.clone(),
            line: Mutex::default(),
        });
        Self {
            each: each.collect(),
            master,
        }
    }

    /// Returns the master with the highest epoch among the reachable sentinels. A minority is enough, because it cannot elect a successor.
    ///
    /// # Errors
    /// When no sentinel names a master, or a sentinel is electing another.
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

    /// Reports whether this server is still the master, according to the connected sentinels. A sentinel that does not answer in time may be electing
    /// another master, so this returns `false` once.
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

    /// Connects to the sentinels that are not connected, if they can be reached.
    pub async fn reach(&self) {
        join_all(self.each.iter().map(Sentinel::reach)).await;
    }
}

struct Sentinel {
    address: ConnectionAddr,
    login: RedisConnectionInfo,
    certificate: Option<ClientCertificate>,
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

    /// Connects if there is no connection. It sends no login at first, because most sentinels have none.
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
        let address = address.set_redis_settings(login);
        let mut line = client::open(address, self.certificate.as_ref())
            .await?
            .get_multiplexed_async_connection_with_config(&limits)
            .await?;
        redis::cmd("PING").query_async::<()>(&mut line).await?;
        Ok(line)
    }

    /// Asks the sentinel about the master; `None` when it does not know that name.
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
            // The sentinel knows no such master.
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

/// Reads an answer. The address for clients changes once the successor is a master; the one in `state` only when the fail-over is complete.
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

/// Returns the error that no server is certainly the master.
pub fn not_settled() -> RedisError {
    (
        ErrorKind::MasterNameNotFoundBySentinel,
        "the sentinels name no master",
    )
        .into()
}
