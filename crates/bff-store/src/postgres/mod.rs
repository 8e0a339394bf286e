//! Sessions in PostgreSQL: the store that several replicas share on one server, or on a primary with standbys.
//!
//! Every change is one statement, which PostgreSQL commits by itself. So the store works behind a pooler in transaction mode, and no transaction
//! stays open. Nothing depends on the state of a connection: no `SET`, no prepared statement with a name. Leases, marks and spent attempts expire by
//! the server's clock. A lease and its mark are one row, so that a change of both is atomic without a lock.

mod dial;
mod durability;
mod fault;
mod link;
mod listen;
mod loads;
mod passfile;
mod pool;
mod rows;
mod schema;
mod statements;
mod store;
mod sweep;
#[cfg(test)]
pub(super) mod tests;
mod tls;
mod watch;

pub use durability::Durability;
pub use store::PostgresStore;
