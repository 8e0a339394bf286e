//! Follows the file that holds the client secret, so that a new secret needs no restart.
//!
//! The file is checked every second, and read when it has changed and is the same in two consecutive checks. On SIGHUP it is read at once. A secret
//! that the settings refuse is not used. The secret is never printed. Called by [`Program`](super::Program).

use std::path::PathBuf;

use tokio::signal::unix::Signal;

use super::watched_file::{self, WatchedFile};
use crate::audit;
use crate::config::{self, Sources};
use crate::flow::Flows;

/// Follows the client secret until the future is dropped. Returns at once when no file holds it.
pub async fn follow(flows: Flows, sources: Sources, hang_ups: Signal) {
    let setting = config::client_secret(&sources).ok();
    let Some(file) = setting.and_then(|setting| setting.file) else {
        return;
    };
    let keeper = Keeper {
        flows,
        sources,
        file,
        watched: WatchedFile::default(),
    };
    watched_file::follow(keeper, hang_ups, Keeper::check).await;
}

struct Keeper {
    flows: Flows,
    sources: Sources,
    file: PathBuf,
    watched: WatchedFile,
}

impl Keeper {
    fn check(&mut self, is_asked_for: bool) {
        if !self.watched.is_due(Some(&self.file), is_asked_for) {
            return;
        }
        let secret = match config::client_secret(&self.sources) {
            Ok(setting) => setting.value,
            Err(faults) => return audit::client_secret_refused(&faults),
        };
        // Without a secret there is nothing to replace the present one with.
        let Some(secret) = secret else {
            return audit::client_secret_refused(&"oauth.client_secret: missing; write it");
        };
        match self.flows.replace_client_secret(secret) {
            Ok(true) => audit::client_secret_reloaded(),
            Ok(false) => {}
            Err(error) => audit::client_secret_refused(&error),
        }
    }
}
