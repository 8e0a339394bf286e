//! Headers of answers, and headers of requests that two programs could read differently.

mod caching;
mod forwarded;
mod request_values;
pub mod security;
