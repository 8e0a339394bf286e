//! Hears of the changes of all replicas, over one subscription for each process.
//!
//! A lost subscription is renewed after a wait with jitter, so that the replicas do not reconnect together. Messages that are published meanwhile are
//! lost, so that each new subscription begins with `Change::Missed`. In a cluster every node passes a message on to all others.

use std::sync::Arc;
use std::time::Duration;

use redis::{PushInfo, PushKind, RedisResult, Value};
use tokio::sync::Notify;
use tokio::time::{sleep, timeout};

use super::dial::Target;
use super::{fault, keys};
use crate::changes::{Change, Changes};
use bff_core::jitter;

/// Longest time for making the subscription, including questions to all sentinels or nodes: 5 seconds.
const DIAL: Duration = Duration::from_secs(5);
/// Interval at which the connection is tested: 5 seconds, because a silent server does not show that it is gone.
const TEST: Duration = Duration::from_secs(5);
/// Back-off before the subscription is renewed: at most 1 second at first. It doubles with each failure.
const FIRST_WAIT: Duration = Duration::from_secs(1);
/// Longest back-off: 30 seconds.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// Passes the messages of the servers on to `changes`, and never ends by itself.
pub async fn listen(target: Arc<Target>, changes: Changes) {
    let mut wait = FIRST_WAIT;
    let mut is_unheard = false;
    loop {
        let lost = Arc::new(Notify::new());
        let subscribed = timeout(DIAL, subscribe(&target, &changes, &lost)).await;
        match subscribed.unwrap_or_else(|_| Err(fault::no_answer())) {
            Ok(connection) => {
                if std::mem::take(&mut is_unheard) {
                    tracing::info!(
                        event = "store_changes_heard",
                        "the changes of other replicas are heard again"
                    );
                }
                wait = FIRST_WAIT;
                changes.tell(Change::Missed);
                tokio::select! {
                    () = lost.notified() => {}
                    () = connection.until_silent(&target) => {}
                }
            }
            Err(error) => {
                if !std::mem::replace(&mut is_unheard, true) {
                    tracing::warn!(
                        event = "store_changes_unheard",
                        error = %fault::describe(&error),
                        "the changes of other replicas are not heard; open pages learn of them within a minute. Check that the user of Redis has the rights +subscribe, +publish and &bff:*"
                    );
                }
            }
        }
        sleep(wait.mul_f64(jitter())).await;
        wait = (wait * 2).min(LONGEST_WAIT);
    }
}

async fn subscribe(
    target: &Target,
    changes: &Changes,
    lost: &Arc<Notify>,
) -> RedisResult<super::dial::Subscription> {
    let (changes, lost) = (changes.clone(), Arc::clone(lost));
    let on_push = move |push: PushInfo| match (push.kind, push.data.as_slice()) {
        (PushKind::Message, [_, Value::BulkString(message)]) => {
            changes.tell(Change::from_message(message));
        }
        (PushKind::Disconnection, _) => lost.notify_one(),
        _ => {}
    };
    target.subscribe(keys::CHANGES, on_push).await
}

impl super::dial::Subscription {
    /// Returns once the server does not answer, or is no longer the master.
    async fn until_silent(mut self, target: &Target) {
        loop {
            sleep(TEST).await;
            target.reach_sentinels().await;
            if self.0.send(&redis::cmd("PING")).await.is_err() || !target.is_current(&self.0).await
            {
                return;
            }
        }
    }
}
