//! What the running replicas say of themselves in the store, so that replicas with different settings are found.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use crate::domain::{Clock, Entropy};
use crate::store::{SealedStore, StoreError};

/// How long an announcement holds. Two and a half times the interval of announcements, so that one that is late or lost removes no replica.
const HOLDS: Duration = Duration::from_secs(75);

/// A running replica, as it announces itself. It holds no secret: a key is named by its id, which does not reveal the key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replica {
    /// A random name, new at each start.
    pub id: String,
    /// The name of the app.
    pub app: String,
    /// The version of the program.
    pub version: String,
    /// The public origin.
    pub origin: String,
    /// The ids of the sealing keys. The first one seals.
    pub keys: Vec<String>,
}

/// In what replicas that share a store must not differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Difference {
    /// Two apps share the store.
    App,
    /// The key that seals at one replica does not open at another.
    Keys,
    /// The public origins differ.
    Origin,
}

impl Difference {
    /// Returns the difference as one word for the log.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::App => "app",
            Self::Keys => "keys",
            Self::Origin => "origin",
        }
    }
}

/// Returns in what these replicas differ, in the order of the enum. The version is not compared, because it differs during each rolling restart.
#[must_use]
pub fn differences(replicas: &[Replica]) -> Vec<Difference> {
    let differ = |is_other: &dyn Fn(&Replica, &Replica) -> bool| {
        let mut pairs = replicas
            .iter()
            .flat_map(|one| replicas.iter().map(move |other| (one, other)));
        pairs.any(|(one, other)| is_other(one, other))
    };
    // A rotation of keys adds the new key to every replica before it seals at one. Replicas need not have the same list.
    let cannot_open = |one: &Replica, other: &Replica| {
        let sealing = one.keys.first();
        sealing.is_some_and(|key| !other.keys.contains(key))
    };
    let found = [
        (Difference::App, differ(&|one, other| one.app != other.app)),
        (Difference::Keys, differ(&cannot_open)),
        (
            Difference::Origin,
            differ(&|one, other| one.origin != other.origin),
        ),
    ];
    let found = found.into_iter().filter(|(_, is_found)| *is_found);
    found.map(|(difference, _)| difference).collect()
}

/// Announces this replica, and lists the others.
pub struct Replicas {
    store: SealedStore,
    clock: Arc<dyn Clock>,
    id: String,
}

impl Replicas {
    pub(super) fn new(store: SealedStore, clock: Arc<dyn Clock>, entropy: &dyn Entropy) -> Self {
        let mut bytes = [0; 9];
        entropy.fill(&mut bytes);
        let id = URL_SAFE_NO_PAD.encode(bytes);
        Self { store, clock, id }
    }

    /// Returns the random name of this replica.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Announces this replica for 75 seconds.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn announce(&self, replica: &Replica) -> Result<(), StoreError> {
        let record = serde_json::to_string(replica).unwrap_or_default();
        let now = self.clock.now();
        let announced = self.store.announce_replica(&self.id, &record, now, HOLDS);
        announced.await
    }

    /// Removes the announcement of this replica.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails. The announcement then expires by itself.
    pub async fn withdraw(&self) -> Result<(), StoreError> {
        let now = self.clock.now();
        let removed = self
            .store
            .announce_replica(&self.id, "", now, Duration::ZERO);
        removed.await
    }

    /// Returns the running replicas, this one included. A record that cannot be read is left out.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn all(&self) -> Result<Vec<Replica>, StoreError> {
        let records = self.store.replicas(self.clock.now()).await?;
        let read = |record: &String| serde_json::from_str(record).ok();
        Ok(records.iter().filter_map(read).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replica(app: &str, origin: &str, keys: &[&str]) -> Replica {
        Replica {
            app: app.to_owned(),
            origin: origin.to_owned(),
            keys: keys.iter().map(ToString::to_string).collect(),
            ..Replica::default()
        }
    }

    #[test]
    fn replicas_may_differ_in_version_and_in_keys_that_do_not_seal() {
        let one = replica("a", "https://a.test", &["1", "0"]);
        let newer = Replica {
            version: "2".to_owned(),
            keys: vec!["1".to_owned(), "2".to_owned()],
            ..one.clone()
        };
        assert_eq!(differences(&[]), []);
        assert_eq!(differences(&[one.clone(), newer]), []);
        let rotated = replica("a", "https://a.test", &["2", "1"]);
        assert_eq!(
            differences(&[one.clone(), rotated.clone()]),
            [Difference::Keys]
        );
        let other = replica("b", "https://b.test", &["1"]);
        assert_eq!(
            differences(&[one, other, rotated]),
            [Difference::App, Difference::Keys, Difference::Origin]
        );
    }
}
