//! The servers for the suite on PostgreSQL.

use std::sync::Arc;

use super::Fixture;
use crate::postgres::tests::{PgBouncer, Postgres, store_on};

/// Starts a server.
pub async fn direct() -> Fixture {
    let server = Postgres::start("").await;
    Fixture {
        store: Arc::new(store_on(&[server.port()])),
        _kept: Box::new(server),
    }
}

/// Starts a server behind a pooler in transaction mode, in which each statement may go over another connection.
pub async fn pooled() -> Fixture {
    let server = Postgres::start("").await;
    let pooler = PgBouncer::start(&server).await;
    Fixture {
        store: Arc::new(store_on(&[pooler.port()])),
        _kept: Box::new((pooler, server)),
    }
}
