//! Encryption around any store: callers pass and receive sessions, the store holds sealed records.
//!
//! A record that does not open counts as no session and is no error.

mod cache;
mod entries;
mod lists;
mod measure;
mod sealer;
mod store;

pub use self::lists::EndedSome;
pub use self::store::{Loaded, SealedStore, TokenSwap};
