//! PostgreSQL servers and PgBouncer for tests: each on a free port, in a folder of its own. Dropping the value ends the server. Without PostgreSQL the
//! test fails. The tests of `bff-store` include this folder by its path, because a dev-dependency on this crate would build the engine for them.

mod files;
mod pgbouncer;
mod process;
mod server;

pub use pgbouncer::PgBouncer;
pub use server::Postgres;
