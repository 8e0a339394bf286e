//! Sessions in Redis or Valkey: the store that several replicas share, on one server, behind sentinels, or in a cluster.
//!
//! One session is one hash. Its key and that of its lease have the same `{tag}`, so that every script touches one slot. Every key expires by
//! itself, a record at its absolute limit, so that no sweep is needed. A user's index of sessions ([`index`]) is in the user's own slot and cannot
//! change atomically with the record. It is written before the record and cleaned after it: it may list removed sessions, but never lacks an
//! existing one. Confirmed writes survive a killed server only if that server writes its log before it answers.

mod dial;
mod facts;
mod fault;
mod fields;
mod index;
mod keys;
mod link;
mod links;
mod scripts;
mod sentinels;
mod store;
#[cfg(test)]
pub(super) mod tests;

pub use store::RedisStore;
