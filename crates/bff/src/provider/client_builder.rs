//! Settings of every HTTP client that the program makes: for the provider, for the upstreams, and for the registration of apps.

use std::time::Duration;

use reqwest::{Client, ClientBuilder};

/// Maximum idle time of a connection. Less than the 5 seconds after which the strictest common servers close it, so that a token call, which is not
/// repeated, does not use a connection that the server is closing.
const POOL_IDLE: Duration = Duration::from_secs(4);

/// Time without a frame after which an HTTP/2 connection is sent a ping. Together with [`PING_TIMEOUT`] it is shorter than `provider.total_timeout`
/// (10 s), so that a read on a dead connection has time for a second try.
const PING_AFTER: Duration = Duration::from_secs(2);
/// Time after which a connection is closed when a ping is not answered.
const PING_TIMEOUT: Duration = Duration::from_secs(5);

/// Returns a builder with the settings of every client: it follows no redirect, repeats nothing by itself, and uses no proxy from the environment.
pub(super) fn client_builder(connect_timeout: Duration, user_agent: &str) -> ClientBuilder {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that makes clients, with every limit set"
    )]
    let builder = Client::builder();
    builder
        .user_agent(user_agent)
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .no_proxy()
        .referer(false)
        .connect_timeout(connect_timeout)
        .pool_idle_timeout(POOL_IDLE)
        .http2_keep_alive_interval(PING_AFTER)
        .http2_keep_alive_timeout(PING_TIMEOUT)
        .http2_keep_alive_while_idle(true)
}
