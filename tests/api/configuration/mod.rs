//! Settings of an operator: sealing keys that change, another provider, Redis with TLS, the scheme that a proxy reports.

mod deployment;
pub mod keys;
mod provider;
mod redis_tls;
