//! Announces this replica in the session store, and reports when the replicas that share it differ. Called by [`Program`](super::Program) only.

use std::sync::Arc;
use std::time::Duration;

use crate::config::Config;
use crate::domain::{KeyId, KeyRing};
use crate::flow::{Difference, Flows, Replica, Replicas, differences};

/// Interval of the announcements. Half a minute, so that one small write serves to find a wrong replica before many users have met it.
const INTERVAL: Duration = Duration::from_secs(30);

/// Returns what this replica says of itself. Its keys are added at each announcement, because they can change.
pub fn this_replica(app: &str, config: &Config, flows: &Flows) -> Replica {
    Replica {
        id: flows.replicas.id().to_owned(),
        app: app.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        origin: config.public_origin(),
        keys: Vec::new(),
    }
}

/// Announces this replica until the future is dropped. Logs each change of the differences, once.
pub async fn announce(replicas: Arc<Replicas>, replica: Replica, keys: KeyRing) {
    let mut ticks = tokio::time::interval(INTERVAL);
    let mut known = Vec::new();
    loop {
        ticks.tick().await;
        let replica = Replica {
            keys: keys.ids().iter().map(KeyId::to_string).collect(),
            ..replica.clone()
        };
        let announced = match replicas.announce(&replica).await {
            Ok(()) => replicas.all().await,
            Err(error) => Err(error),
        };
        match announced {
            Ok(all) => {
                let found = differences(&all);
                if found != known {
                    report(&found, all.len());
                    known = found;
                }
            }
            Err(error) => {
                tracing::warn!(event = "store_failed", %error, "this replica could not be announced in the session store");
            }
        }
    }
}

fn report(found: &[Difference], replicas: usize) {
    let differences = found.len();
    if found.is_empty() {
        tracing::info!(
            event = "replicas_agree",
            replicas,
            differences,
            "the replicas that share the session store have the same settings again"
        );
        return;
    }
    let names: Vec<&str> = found.iter().map(|found| found.name()).collect();
    tracing::warn!(
        event = "replicas_differ",
        what = names.join(", "),
        replicas,
        differences,
        "replicas that share the session store have different settings; the command doctor lists them"
    );
}
