//! Session stores of the backend-for-frontend: memory, SQLite (feature `sqlite`), Redis or Valkey (feature `redis`), PostgreSQL (feature `postgres`).
//!
//! [`SessionStore`] is the interface of a store; every store passes the same test suite (`contract`). Stores hold [`Record`]s, whose secret
//! parts are sealed before a store receives them. Only [`SealedStore`] turns records into sessions.

#![forbid(unsafe_code)]

mod changes;
mod memory;
mod postgres_servers;
mod private_file;
mod record;
mod redis_servers;
mod sealed;
mod store;

#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "redis")]
mod redis;
#[cfg(feature = "sqlite")]
mod sqlite;

#[cfg(test)]
#[path = "../../bff-testing/src/port.rs"]
mod port;

#[cfg(test)]
#[cfg(all(feature = "postgres", feature = "redis", feature = "sqlite"))]
mod contract;

#[cfg(feature = "postgres")]
pub use self::postgres::{Durability, PostgresStore};
#[cfg(feature = "redis")]
pub use self::redis::RedisStore;
#[cfg(feature = "sqlite")]
pub use self::sqlite::{OpenFileError, SqliteStore};
pub use changes::Change;
pub use memory::MemoryStore;
pub use postgres_servers::{PostgresNode, PostgresRoots, PostgresServers, PostgresTls};
pub use private_file::{PrivateFileError, private_file};
pub use record::Record;
pub use redis_servers::{ClientCertificate, RedisNode, RedisServers};
pub use sealed::{EndedSome, Loaded, SealedStore, TokenSwap};
pub use store::{ChangeMark, Claim, LeaseHolder, SessionStore, StoreError, StoreFacts, Swap};
