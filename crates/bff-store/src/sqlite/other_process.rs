//! Notices changes of other processes, such as `sessions revoke`, because they cannot announce them to this one.

use std::sync::{Arc, Weak};
use std::time::Duration;

use rusqlite::Connection;
use tokio::time::sleep;

use super::change_mark::WalIndex;
use super::writer::Writer;
use crate::changes::{Change, Changes};
use crate::store::StoreError;

/// Interval of the looks: 1 second. A look at an unchanged file is one system call.
const LOOK: Duration = Duration::from_secs(1);

/// Sends `Change::Missed` after a change by another process. It ends when the store is dropped.
pub fn watch(
    index: &Arc<WalIndex>,
    writer: &Arc<Writer>,
    changes: Changes,
) -> impl Future<Output = ()> + use<> {
    look_again_and_again(Arc::downgrade(index), Arc::downgrade(writer), changes)
}

async fn look_again_and_again(index: Weak<WalIndex>, writer: Weak<Writer>, changes: Changes) {
    let mut last_mark = None;
    let mut last_version = None;
    loop {
        let Some(mark) = index.upgrade().map(|index| index.change_mark()) else {
            return;
        };
        if mark != last_mark {
            let Some(version) = data_version(&writer).await else {
                return;
            };
            // After an error, the next look asks again.
            if let Ok(version) = version {
                if last_version.is_some_and(|last| last != version) {
                    changes.tell(Change::Missed);
                }
                (last_mark, last_version) = (mark, Some(version));
            }
        }
        sleep(LOOK).await;
    }
}

/// Returns a number that changes when another connection commits a change; `None` after the end of the store. Only the connection of the writer
/// changes anything in this process, so that its number shows the changes of other processes.
async fn data_version(writer: &Weak<Writer>) -> Option<Result<i64, StoreError>> {
    let query = |connection: &Connection| {
        connection.pragma_query_value(None, "data_version", |row| row.get(0))
    };
    Some(writer.upgrade()?.write(query).await)
}
