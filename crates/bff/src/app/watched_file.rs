//! [`WatchedFile`]: whether a small file has changed since it was last read.

use std::path::Path;

use crate::config::fingerprint;

/// Fingerprints of a file. A change counts only when two checks see the same content, because another process may still be writing the file.
#[derive(Default)]
pub struct WatchedFile {
    /// The fingerprint when the file was read. `None` at first, so that the first check reads it: it may have changed since the start.
    read: Option<[u8; 32]>,
    /// The fingerprint at the last check.
    seen: Option<[u8; 32]>,
}

impl WatchedFile {
    /// Returns true when the caller should read the file again: its content is settled and new, or the operator asks for it.
    pub fn is_due(&mut self, file: Option<&Path>, is_asked_for: bool) -> bool {
        let found = file.and_then(fingerprint);
        let is_settled = std::mem::replace(&mut self.seen, found) == found;
        let is_due = is_asked_for || (is_settled && found != self.read);
        if is_due {
            self.read = found;
        }
        is_due
    }
}
