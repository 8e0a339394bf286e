//! Classifies errors of Redis: whether the command may have been executed, and what the log may contain.
//!
//! A description contains only this program's own words and Redis's error code, never a command, a value, an address or a login. Called by the link.

use redis::{ErrorKind, RedisError, ServerErrorKind};

use crate::store::StoreError;

/// Returns true when the server reports that it did not execute the command, but that it or another server may execute it soon.
pub fn is_put_off(error: &RedisError) -> bool {
    lacks_replicas(error)
        || matches!(
            error.kind(),
            ErrorKind::ClusterConnectionNotFound
                | ErrorKind::Server(
                    ServerErrorKind::Moved
                        | ServerErrorKind::Ask
                        | ServerErrorKind::TryAgain
                        | ServerErrorKind::ClusterDown
                        | ServerErrorKind::MasterDown
                        | ServerErrorKind::BusyLoading
                        | ServerErrorKind::ReadOnly
                )
        )
}

/// Returns true when the server is no longer the master, or its sentinels are electing another.
pub fn is_of_no_master(error: &RedisError) -> bool {
    matches!(
        error.kind(),
        ErrorKind::Server(ServerErrorKind::ReadOnly) | ErrorKind::MasterNameNotFoundBySentinel
    )
}

/// Returns true when a master with `min-replicas-to-write` has too few replicas. Either they return, or the master is replaced.
fn lacks_replicas(error: &RedisError) -> bool {
    error.code() == Some("NOREPLICAS")
}

/// Returns true when the server does not know a script by its hash.
pub fn is_unknown_script(error: &RedisError) -> bool {
    error.kind() == ErrorKind::Server(ServerErrorKind::NoScript)
}

/// Returns true when reconnecting may solve the error.
pub fn is_passing(error: &RedisError) -> bool {
    error.is_io_error()
        || is_put_off(error)
        || matches!(error.kind(), ErrorKind::MasterNameNotFoundBySentinel)
}

/// Returns the error for no answer within the time limit.
pub fn no_answer() -> RedisError {
    std::io::Error::from(std::io::ErrorKind::TimedOut).into()
}

/// Describes the error for the log.
pub fn describe(error: &RedisError) -> StoreError {
    if matches!(error.code(), Some("NOAUTH" | "WRONGPASS")) {
        return StoreError::new("Redis refuses the login");
    }
    let is_code = |code: &&str| code.len() <= 20 && code.bytes().all(|b| b.is_ascii_uppercase());
    if let Some(code) = error.code().filter(is_code) {
        return StoreError::new(format!("Redis refused a command: {code}"));
    }
    StoreError::new(match error.kind() {
        _ if error.is_timeout() => "Redis does not answer in time",
        _ if error.is_connection_refusal() => "Redis refuses connections",
        ErrorKind::Io => "the connection to Redis failed",
        ErrorKind::AuthenticationFailed => "Redis refuses the login",
        ErrorKind::MasterNameNotFoundBySentinel => "the sentinels name no reachable master",
        ErrorKind::ClusterConnectionNotFound => "no node of the Redis cluster can be reached",
        ErrorKind::InvalidClientConfig => {
            "the address of Redis or the client certificate cannot be used"
        }
        _ => "unexpected answer of Redis",
    })
}
