//! Headers that two programs could read in two ways: every reader of ours finds the same, byte by byte, and no byte hides what stands beside it.

mod caching;
mod forwarded;
mod request_values;
pub mod security;
