//! Counts the open connections of reverse proxies.
//!
//! A reverse proxy sends the requests of many users over keep-alive connections. It may send a request at the moment when this program closes such a
//! connection, and then it cannot know whether the request was read. So during a graceful shutdown every connection of a proxy ends with a response
//! that closes it, or the proxy closes it. The shutdown does not wait for connections of browsers, because a browser handles a closed connection.
//! Called by [`Shutdown`](super::shutdown::Shutdown), and by the [server](super::servers) for each connection.

use std::net::IpAddr;
use std::sync::Arc;

use ipnet::IpNet;
use tokio::sync::watch;

use crate::http::is_trusted_proxy;

/// A counter that all workers of the server share.
#[derive(Clone)]
pub struct ProxyConnections {
    proxies: Arc<[IpNet]>,
    open: watch::Sender<usize>,
}

/// A guard for one counted connection. Dropping it decrements the counter.
pub struct Open(watch::Sender<usize>);

impl ProxyConnections {
    /// Creates a counter for connections of these proxies.
    pub fn new(proxies: &[IpNet]) -> Self {
        Self {
            proxies: proxies.into(),
            open: watch::Sender::new(0),
        }
    }

    /// Counts a connection from `peer` until the returned guard is dropped. Returns `None` when `peer` is not a proxy.
    pub fn count(&self, peer: IpAddr) -> Option<Open> {
        is_trusted_proxy(peer, &self.proxies).then(|| {
            self.open.send_modify(|open| *open += 1);
            Open(self.open.clone())
        })
    }

    /// Waits until no connection of a proxy is open.
    pub async fn all_closed(&self) {
        // An error means that the sender is dropped, and then no connection is open.
        drop(self.open.subscribe().wait_for(|open| *open == 0).await);
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.send_modify(|open| *open -= 1);
    }
}
