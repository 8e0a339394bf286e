//! The session: what is told of it, how long it lives, how it ends, and that nothing revives it.

mod clock_set_back;
mod lifetime;
mod limit;
mod record;
mod replicas;
mod tokens;
