//! How many connections of reverse proxies are open.
//!
//! A proxy sends the requests of strangers over connections that it keeps, and may send one at the very moment in which a kept connection is closed
//! at this end; then it cannot know whether it was read. So before the end every such connection is used up by an answer that ends it, or let go by the
//! proxy. A browser knows how to deal with a connection that is gone, so nobody waits for those. Called by [`App`](super::App), and by the [server](super::servers) for each connection.

use std::net::IpAddr;
use std::sync::Arc;

use ipnet::IpNet;
use tokio::sync::watch;

use crate::http::is_trusted_proxy;

/// A count that every server's worker adds to.
#[derive(Clone)]
pub struct ProxyConnections {
    proxies: Arc<[IpNet]>,
    open: watch::Sender<usize>,
}

/// One of them; it counts until it is dropped.
pub struct Open(watch::Sender<usize>);

impl ProxyConnections {
    /// Of these proxies; none yet.
    pub fn of(proxies: &[IpNet]) -> Self {
        Self {
            proxies: proxies.into(),
            open: watch::Sender::new(0),
        }
    }

    /// Counts a connection from there for as long as the value lives, if it is a proxy's.
    pub fn count(&self, peer: IpAddr) -> Option<Open> {
        is_trusted_proxy(peer, &self.proxies).then(|| {
            self.open.send_modify(|open| *open += 1);
            Open(self.open.clone())
        })
    }

    /// Waits until there is none.
    pub async fn are_gone(&self) {
        // It fails when nobody can count any more, and then there is none.
        drop(self.open.subscribe().wait_for(|open| *open == 0).await);
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.send_modify(|open| *open -= 1);
    }
}
