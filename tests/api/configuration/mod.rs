//! Settings of an operator: sealing keys that change, Redis with TLS, the scheme that a proxy reports.

mod deployment;
pub mod keys;
mod redis_tls;
