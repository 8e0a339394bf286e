//! One link to Redis for each runtime.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use tokio::runtime::{self, Handle};

use super::dial::Target;
use super::link::Link;

/// The links of all runtimes. A connection runs on the runtime that made it, so that a request never waits for another thread, and so that it ends with
/// no other runtime than its callers'.
pub struct Links {
    target: Arc<Target>,
    by_runtime: RwLock<HashMap<runtime::Id, Link>>,
}

impl Links {
    /// Makes links that connect on first use.
    pub fn to(target: Target) -> Self {
        Self {
            target: Arc::new(target),
            by_runtime: RwLock::default(),
        }
    }

    /// Returns the servers that the links lead to.
    pub fn target(&self) -> Arc<Target> {
        Arc::clone(&self.target)
    }

    /// Returns the link of the current runtime.
    pub fn here(&self) -> Link {
        let runtime = Handle::current();
        let links = self.by_runtime.read();
        let links = links.unwrap_or_else(PoisonError::into_inner);
        if let Some(link) = links.get(&runtime.id()) {
            return link.clone();
        }
        drop(links);
        let links = self.by_runtime.write();
        let mut links = links.unwrap_or_else(PoisonError::into_inner);
        let link = links
            .entry(runtime.id())
            .or_insert_with(|| Link::new(Arc::clone(&self.target), runtime));
        link.clone()
    }
}
