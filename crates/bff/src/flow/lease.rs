//! Prevents two replicas from spending one refresh token: the lease, and the mark that outlives it.
//!
//! The lease makes other replicas wait. It expires soon after its holder crashed. A holder that was suspended for longer than its lease may have
//! called the provider and not yet stored the rotated tokens. So a holder marks the version of the token right before it sends the token. While
//! that mark stands, the next holder of the lease waits for as long as one refresh call may take.

use std::future::Future;
use std::time::Duration;

use super::error::FlowError;
use super::refresher::{LONGEST_POLL_INTERVAL, LONGEST_WAIT, POLL_INTERVAL, Refresher};
use super::sessions::read;
use crate::domain::{RefreshToken, Session, SessionKey};
use crate::store::{Claim, LeaseHolder};

/// Lease duration without a renewal. After a crash another replica can take over after this time. Five seconds, because a store call may take two
/// seconds; this leaves time to read the session and to renew.
pub(super) const LEASE: Duration = Duration::from_secs(5);
/// Interval at which the holder renews its lease.
const LEASE_RENEWAL: Duration = Duration::from_secs(1);

/// What the holder of a lease found when it read the session.
pub(super) enum Marked {
    /// The session as it was read, and its refresh token. Only this holder may spend the token now.
    Ours(Box<Session>, RefreshToken),
    /// Another holder has stored newer tokens.
    Newer(Box<Session>),
    /// The session has no refresh token.
    NoToken(Box<Session>),
}

impl Refresher {
    pub(super) async fn lease(
        &self,
        key: &SessionKey,
        holder: &LeaseHolder,
    ) -> Result<bool, FlowError> {
        let claim = self.claim(holder, LEASE);
        let lease = self.store.lease(key, &claim);
        lease.await.map_err(FlowError::store)
    }

    /// Runs `work` and renews the lease meanwhile.
    pub(super) async fn while_leased<T>(
        &self,
        key: &SessionKey,
        holder: &LeaseHolder,
        work: impl Future<Output = T>,
    ) -> T {
        let renewal = async {
            loop {
                tokio::time::sleep(LEASE_RENEWAL).await;
                let claim = self.claim(holder, LEASE);
                match self.store.lease(key, &claim).await {
                    Ok(true) => {}
                    Ok(false) => {
                        tracing::warn!(event = "lease_lost", session = %key.handle(), "another replica has taken over the lease");
                    }
                    Err(error) => {
                        tracing::warn!(event = "lease_not_renewed", %error, "the lease could not be renewed");
                    }
                }
            }
        };
        tokio::select! {
            outcome = work => outcome,
            never = renewal => never,
        }
    }

    /// Reads the session again and marks its refresh token as being spent, so that no other replica spends it meanwhile. A mark of another holder
    /// means that the lease of that holder expired during its call to the provider. That holder may still be running, so this waits for its tokens,
    /// or until its mark expires. A holder that lost its own lease waits in the same way.
    pub(super) async fn mark(
        &self,
        key: &SessionKey,
        seen: u64,
        holder: &LeaseHolder,
    ) -> Result<Marked, FlowError> {
        let mut begun = self.clock.now();
        let mut wait = POLL_INTERVAL;
        loop {
            // Another holder may have stored tokens between the first read and the lease, or while this one waits.
            let session = read(&self.store, key).await?;
            if session.version > seen {
                return Ok(Marked::Newer(Box::new(session)));
            }
            let Some(refresh_token) = session.tokens.refresh_token.clone() else {
                return Ok(Marked::NoToken(Box::new(session)));
            };
            if !self.has_time_to_spend() || self.time_since(&mut begun) > LONGEST_WAIT {
                return Err(FlowError::RefreshTimeout);
            }
            let claim = self.claim(holder, self.provider.refresh_timeout());
            let mark = self.store.mark_spending(key, session.version, &claim);
            if mark.await.map_err(FlowError::store)? {
                return Ok(Marked::Ours(Box::new(session), refresh_token));
            }
            tokio::time::sleep(wait).await;
            wait = (wait + wait / 4).min(LONGEST_POLL_INTERVAL);
        }
    }

    fn claim(&self, holder: &LeaseHolder, ttl: Duration) -> Claim {
        Claim {
            holder: holder.clone(),
            now: self.clock.now(),
            ttl,
        }
    }
}
