//! What a server says of itself and of our account, for the command `doctor`. Called by the store only.

use redis::{Cmd, Value, cmd};

use super::keys;
use super::link::Request;
use super::links::Links;
use crate::store::StoreFacts;

/// Runs each command that the store uses once, over keys of its own, and reads the settings that matter.
pub async fn read(links: &Links) -> StoreFacts {
    StoreFacts {
        refused_commands: refused(links).await,
        eviction: eviction(links).await,
        is_log_written: is_log_written(links).await,
        ..StoreFacts::default()
    }
}

/// Returns the commands that the account may not run; `None` when the server does not answer.
async fn refused(links: &Links) -> Option<Vec<&'static str>> {
    let mut refused = Vec::new();
    for (name, command) in commands() {
        match links.here().send(Request::once(command)).await {
            Err(error) if error.code() == Some("NOPERM") => refused.push(name),
            // The server does not answer, or refuses the login: the next call of the store says so.
            Err(error) if error.is_io_error() || error.code() == Some("NOAUTH") => return None,
            // A hash that no script has, or a key of another type, is an answer.
            Ok(_) | Err(_) => {}
        }
    }
    Some(refused)
}

/// Each command with its name. The keys are removed at the end.
fn commands() -> Vec<(&'static str, Cmd)> {
    let [text, hash, set] = keys::DOCTOR;
    let of = |name: &'static str, words: &[&str]| {
        let mut command = cmd(name);
        command.arg(words);
        (name, command)
    };
    vec![
        of("PING", &[]),
        of("TIME", &[]),
        of("SET", &[text, "1", "PX", "1000"]),
        of("GET", &[text]),
        of("EXISTS", &[text]),
        of("HSET", &[hash, "field", "1"]),
        of("HGETALL", &[hash]),
        of("HMGET", &[hash, "field"]),
        of("PEXPIREAT", &[hash, "1"]),
        of("ZADD", &[set, "1", "member"]),
        of("ZRANGE", &[set, "0", "-1"]),
        of("ZREMRANGEBYSCORE", &[set, "-inf", "+inf"]),
        of("SCAN", &["0", "COUNT", "1"]),
        of("EVAL", &["return 1", "1", text]),
        of(
            "EVALSHA",
            &["0000000000000000000000000000000000000000", "1", text],
        ),
        of("DEL", &[text]),
        of("DEL", &[hash]),
    ]
}

async fn eviction(links: &Links) -> Option<String> {
    let policy = config(links, "maxmemory-policy").await;
    let policy = policy.or(info(links, "memory", "maxmemory_policy").await)?;
    Some(policy.to_ascii_lowercase())
}

async fn is_log_written(links: &Links) -> Option<bool> {
    if let Some(is_on) = config(links, "appendonly").await {
        return Some(is_on == "yes");
    }
    let is_on = info(links, "persistence", "aof_enabled").await?;
    Some(is_on == "1")
}

/// Returns a setting of the server. `None` when the account may not read it.
async fn config(links: &Links, name: &str) -> Option<String> {
    let mut command = cmd("CONFIG");
    command.arg("GET").arg(name);
    let answer = links.here().send(Request::repeatable(command)).await;
    let words = texts(answer.ok()?);
    let place = words.iter().position(|word| word == name)?;
    words.into_iter().nth(place + 1)
}

/// Returns a line of `INFO`. `None` when the account may not read it.
async fn info(links: &Links, section: &str, name: &str) -> Option<String> {
    let mut command = cmd("INFO");
    command.arg(section);
    let answer = links.here().send(Request::repeatable(command)).await;
    let text = texts(answer.ok()?).join("\n");
    let line = text
        .lines()
        .find_map(|line| line.trim().strip_prefix(name)?.strip_prefix(':'));
    line.map(str::to_owned)
}

/// Returns every text in an answer, in its order. A cluster answers for several nodes.
fn texts(answer: Value) -> Vec<String> {
    match answer {
        Value::BulkString(text) => vec![String::from_utf8_lossy(&text).into_owned()],
        Value::SimpleString(text) | Value::VerbatimString { text, .. } => vec![text],
        Value::Array(values) | Value::Set(values) => values.into_iter().flat_map(texts).collect(),
        Value::Map(pairs) => pairs
            .into_iter()
            .flat_map(|(name, value)| [texts(name), texts(value)].concat())
            .collect(),
        _ => Vec::new(),
    }
}
