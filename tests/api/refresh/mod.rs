//! Refresh of access tokens: once for each expiry, whatever the provider, the replicas and the callers do.

mod expiry;
mod faults;
mod rotation;
mod token_shapes;
