//! What an error of Redis means: whether the command may have been executed, and what may be said of it.
//!
//! What is said is our own words and Redis's error code: never a command, a value, an address or a login. Called by the link.

use redis::{ErrorKind, RedisError, ServerErrorKind};

use crate::StoreError;

/// True when the server itself said that it did not execute the command, and may execute it soon, there or elsewhere.
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

/// True when the server is no master any more, or its sentinels are choosing another.
pub fn is_of_no_master(error: &RedisError) -> bool {
    matches!(
        error.kind(),
        ErrorKind::Server(ServerErrorKind::ReadOnly) | ErrorKind::MasterNameNotFoundBySentinel
    )
}

/// True when its replicas have left a master that writes only with them (`min-replicas-to-write`): they come back, or it is succeeded.
fn lacks_replicas(error: &RedisError) -> bool {
    error.code() == Some("NOREPLICAS")
}

/// True when the server does not know a script by its name.
pub fn is_unknown_script(error: &RedisError) -> bool {
    error.kind() == ErrorKind::Server(ServerErrorKind::NoScript)
}

/// True when it may pass by connecting again.
pub fn is_passing(error: &RedisError) -> bool {
    error.is_io_error()
        || is_put_off(error)
        || matches!(error.kind(), ErrorKind::MasterNameNotFoundBySentinel)
}

/// No answer within the time limit.
pub fn no_answer() -> RedisError {
    std::io::Error::from(std::io::ErrorKind::TimedOut).into()
}

/// What the log may hold.
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
        ErrorKind::InvalidClientConfig => "the address of Redis cannot be used",
        _ => "Redis answered something unexpected",
    })
}
