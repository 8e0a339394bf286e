//! Copies the write-ahead log into the database file. Called by the store.

use std::path::PathBuf;
use std::sync::Arc;

use super::file;
use super::identity::Identity;
use super::rows::describe;
use crate::store::StoreError;

/// Copies it on a thread of its own, because it can take longer than a request waits.
pub async fn flush(path: PathBuf, identity: Arc<Identity>) -> Result<(), StoreError> {
    tokio::task::spawn_blocking(move || {
        identity.check()?;
        file::checkpoint(&path).map_err(|error| describe(&error))
    })
    .await
    .map_err(|_| StoreError::new("the checkpoint task ended early"))?
}
