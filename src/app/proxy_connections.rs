//! How many connections of reverse proxies are open.
//!
//! A proxy sends the requests of strangers over connections that it keeps, and may send one at the very moment in which a kept connection is closed
//! at this end; then it cannot know whether it was read. So before the end every such connection is used up by an answer that ends it, or let go by the
//! proxy. A browser knows how to deal with a connection that is gone, so nobody waits for those. Called by [`App`](super::App) only.

use std::any::Any;
use std::sync::Arc;

use actix_web::dev::Extensions;
use actix_web::rt::net::TcpStream;
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
struct Open(watch::Sender<usize>);

impl ProxyConnections {
    /// Of these proxies; none yet.
    pub fn of(proxies: &[IpNet]) -> Self {
        Self {
            proxies: proxies.into(),
            open: watch::Sender::new(0),
        }
    }

    /// Counts a connection for as long as its data lives; for `HttpServer::on_connect`.
    pub fn count(&self, connection: &dyn Any, data: &mut Extensions) {
        let peer = connection
            .downcast_ref::<TcpStream>()
            .and_then(|stream| stream.peer_addr().ok());
        if peer.is_some_and(|peer| is_trusted_proxy(peer.ip(), &self.proxies)) {
            self.open.send_modify(|open| *open += 1);
            data.insert(Open(self.open.clone()));
        }
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
