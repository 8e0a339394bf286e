//! The session: what is told of it, how long it lives, how it ends, and that nothing revives it.

mod cookies;
mod life;
mod limit;
mod sign_out;
