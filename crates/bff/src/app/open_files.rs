//! Raises the limit on open files of this process. Each connection is an open file, and the default of shells and service managers is too low under
//! high load.

use crate::config::Config;

/// Number of open files besides client and upstream connections: the store, the log, the listeners, the connections to the provider.
const OTHERS: u64 = 50;

/// Raises the limit to the maximum that the system allows. Logs a warning when that is less than the configured limits may need.
pub fn allow(config: &Config) {
    let allowed = match rlimit::increase_nofile_limit(rlimit::INFINITY) {
        Ok(allowed) => allowed,
        Err(error) => {
            tracing::warn!(event = "open_files_unknown", %error, "the limit on open files cannot be read or raised");
            return;
        }
    };
    let wanted = wanted(config);
    if allowed < wanted {
        tracing::warn!(
            event = "open_files_few",
            allowed,
            wanted,
            "the limit on open files is lower than limits.connections needs; raise the limit (LimitNOFILE, ulimit -n) or lower limits.connections"
        );
    }
}

/// Returns how many files the configured limits may need.
pub fn wanted(config: &Config) -> u64 {
    let upstreams: u64 = config.proxy.iter().map(|proxy| proxy.max_calls).sum();
    // When the connection limit is 0, connections are not counted, because their number is unbounded.
    u64::from(config.limits.connections) + upstreams + OTHERS
}
