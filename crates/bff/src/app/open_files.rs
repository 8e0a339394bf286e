//! How many files the system lets this process have open: connections are some, and shells and service managers start programs with fewer than a
//! busy evening takes.

use crate::config::Config;

/// What is open beside connections: the store, the log, the listeners, the way to the provider.
const OTHERS: u64 = 50;

/// Takes as many as the system allows at most, and says so where that is fewer than the configured limits may take.
pub fn allow(config: &Config) {
    let allowed = match rlimit::increase_nofile_limit(rlimit::INFINITY) {
        Ok(allowed) => allowed,
        Err(error) => {
            tracing::warn!(event = "open_files_unknown", %error, "the limit on open files can neither be read nor raised");
            return;
        }
    };
    let wanted = wanted(config);
    if allowed < wanted {
        tracing::warn!(
            event = "open_files_few",
            allowed,
            wanted,
            "fewer files may be open than limits.connections may take: raise the limit (LimitNOFILE, ulimit -n), or lower that"
        );
    }
}

fn wanted(config: &Config) -> u64 {
    let upstreams: u64 = config.proxy.iter().map(|proxy| proxy.max_calls).sum();
    // Without a limit on connections nobody can say how many they will be.
    u64::from(config.limits.connections) + upstreams + OTHERS
}
