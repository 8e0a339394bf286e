//! Whether the server can promise that a confirmed write survives. Called by the store.

use tokio_postgres::Row;

/// What the server's settings promise of a write that it confirmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Durability {
    /// It survives a crash of the server: `fsync`, `full_page_writes` and `synchronous_commit` are on.
    pub survives_crash: bool,
    /// It survives the loss of the server: `synchronous_standby_names` names standbys, and `synchronous_commit` waits for their disks.
    pub survives_loss: bool,
}

pub(super) const SETTINGS: &str = "SELECT current_setting('fsync')::bool AND current_setting('full_page_writes')::bool, \
    current_setting('synchronous_commit'), current_setting('synchronous_standby_names') <> ''";

impl Durability {
    /// Reads the answer to [`SETTINGS`]; `None` when it has another form.
    pub(super) fn from_row(row: &Row) -> Option<Self> {
        let is_on_disk: bool = row.try_get(0).ok()?;
        let commit: String = row.try_get(1).ok()?;
        let has_standbys: bool = row.try_get(2).ok()?;
        // `local` waits for this server's disk only, `remote_write` not for the standby's.
        let survives_crash = is_on_disk && commit != "off";
        let is_replicated = matches!(commit.as_str(), "on" | "remote_apply");
        Some(Self {
            survives_crash,
            survives_loss: survives_crash && is_replicated && has_standbys,
        })
    }
}
