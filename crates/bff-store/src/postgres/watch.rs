//! Watches several servers, so that a promotion is noticed although the former primary still answers. Called by the pool.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::{Instant, sleep};

use super::dial::{Connected, Dial, Hear, Timeline};
use crate::postgres_servers::PostgresNode;

/// Interval at which each server is asked for its role: 250 ms.
const WATCH: Duration = Duration::from_millis(250);
/// Longest wait for an answer: 500 ms.
const ANSWER: Duration = Duration::from_millis(500);
/// Interval at which a server that cannot be reached is tried again: 1 second.
const AGAIN: Duration = Duration::from_secs(1);

/// One server, with the connection that asks for its role.
struct Watched<'a> {
    node: &'a PostgresNode,
    connected: Option<Connected>,
    next: Instant,
}

impl Watched<'_> {
    /// Returns the server's timeline, if it answers and accepts writes.
    async fn timeline(&mut self, dial: &Dial, deaf: &Hear) -> Option<Timeline> {
        if self.connected.is_none() {
            if Instant::now() < self.next {
                return None;
            }
            self.next = Instant::now() + AGAIN;
            self.connected = dial.reach(self.node, deaf).await.ok();
        }
        let answer = self.connected.as_ref()?.timeline(ANSWER).await;
        if answer.is_err()
            && let Some(lost) = self.connected.take()
        {
            lost.abort();
        }
        answer.ok().flatten()
    }
}

/// Calls `on_change` each time that another server has become the primary, until `is_used` returns false.
pub async fn watch(dial: Arc<Dial>, is_used: impl Fn() -> bool, on_change: impl Fn()) {
    let Some(nodes) = dial.several() else { return };
    let deaf: Hear = Arc::new(|_| ());
    let now = Instant::now();
    let watched = nodes.iter().map(|node| Watched {
        node,
        connected: None,
        next: now,
    });
    let mut watched: Vec<_> = watched.collect();
    let mut known = 0;
    while is_used() {
        let asked = watched
            .iter_mut()
            .map(|server| server.timeline(&dial, &deaf));
        let found = join_all(asked).await.into_iter().flatten().max();
        if let Some(found) = found {
            let highest = dial.note(found);
            if known != 0 && highest > known {
                on_change();
            }
            known = highest;
        }
        sleep(WATCH).await;
    }
}
