//! Which server is the master: the one that most of the sentinels name.
//!
//! One sentinel alone may be behind. A master that was frozen or cut off goes on as a master for seconds after it was succeeded: what is written there
//! is lost, and what is read there is old. So nobody may be sent to it, and nobody may stay with it. Called by `dial` and by the link.

use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use redis::{
    AsyncConnectionConfig, Client, ConnectionAddr, ConnectionInfo, ErrorKind,
    IntoConnectionInfo as _, RedisConnectionInfo, RedisError, RedisResult,
};
use tokio::time::timeout;

use crate::config::RedisNode;

/// The longest that a sentinel takes to answer.
const ANSWER: Duration = Duration::from_millis(500);

/// The server that most of them call the master of this name, as soon as that is certain. Most sentinels have no login, so none is shown at first;
/// those that want one get `login`. Where it is not to be `certain`, the one that is named most will do, because some of them may be away.
///
/// # Errors
/// When none of them names one, or fewer than most of them do where it is to be `certain`.
pub async fn master(
    sentinels: Vec<ConnectionAddr>,
    login: &RedisConnectionInfo,
    name: &str,
    certain: bool,
) -> RedisResult<RedisNode> {
    let majority = sentinels.len() / 2 + 1;
    let mut answers: FuturesUnordered<_> = sentinels
        .into_iter()
        .map(|sentinel| timeout(ANSWER, ask_with(sentinel, login, name)))
        .collect();
    let mut votes: Vec<(RedisNode, usize)> = Vec::new();
    let mut failure = None;
    while let Some(answer) = answers.next().await {
        let (host, port) = match answer {
            Ok(Ok(Some(named))) => named,
            Ok(Err(error)) => {
                failure = Some(error);
                continue;
            }
            Ok(Ok(None)) | Err(_) => continue,
        };
        let node = RedisNode { host, port };
        let known = votes.iter().position(|(other, _)| *other == node);
        let at = known.unwrap_or_else(|| {
            votes.push((node, 0));
            votes.len() - 1
        });
        votes[at].1 += 1;
        if votes[at].1 >= majority {
            break;
        }
    }
    let most = votes.into_iter().max_by_key(|(_, votes)| *votes);
    most.filter(|(_, votes)| !certain || *votes >= majority)
        .map(|(node, _)| node)
        .ok_or_else(|| failure.unwrap_or_else(no_master))
}

/// Nobody is the master, as far as anybody knows.
pub fn no_master() -> RedisError {
    (
        ErrorKind::MasterNameNotFoundBySentinel,
        "the sentinels name no master",
    )
        .into()
}

async fn ask_with(
    sentinel: ConnectionAddr,
    login: &RedisConnectionInfo,
    name: &str,
) -> RedisResult<Option<(String, u16)>> {
    let sentinel = sentinel.into_connection_info()?;
    match ask(sentinel.clone(), name).await {
        Err(error) if error.code() == Some("NOAUTH") => {
            ask(sentinel.set_redis_settings(login.clone()), name).await
        }
        answer => answer,
    }
}

async fn ask(sentinel: ConnectionInfo, name: &str) -> RedisResult<Option<(String, u16)>> {
    let limits = AsyncConnectionConfig::new()
        .set_connection_timeout(Some(ANSWER))
        .set_response_timeout(Some(ANSWER));
    let client = Client::open(sentinel)?;
    let mut connection = client
        .get_multiplexed_async_connection_with_config(&limits)
        .await?;
    redis::cmd("SENTINEL")
        .arg("GET-MASTER-ADDR-BY-NAME")
        .arg(name)
        .query_async(&mut connection)
        .await
}
