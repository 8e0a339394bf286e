//! What keeps two replicas from spending one refresh token: the lease, and the mark that outlives it.
//!
//! The lease makes others wait, and ends soon after its holder died. A holder that was only stopped for longer than its lease may stand between the
//! provider's rotation and the save. So it marks the token's version right before it sends it, and its successor gives it the time of one call.

use std::future::Future;
use std::time::Duration;

use super::error::FlowError;
use super::refresh::{LONGEST_WAIT, LOOK_AGAIN, LOOK_AGAIN_AT_MOST, Refresher};
use crate::domain::{RefreshToken, Session, SessionKey};
use crate::store::{Claim, LeaseHolder};

/// How long a lease holds without being renewed: what a crashed holder costs its successor. A store that takes its full two seconds for a call
/// leaves time to read the session and to renew.
pub(super) const LEASE: Duration = Duration::from_secs(5);
/// How often the holder renews it.
const LEASE_RENEWAL: Duration = Duration::from_secs(1);

/// What a holder found under its lease.
pub(super) enum Marked {
    /// The session as it was read, and its refresh token, which only this holder may spend now.
    Ours(Box<Session>, RefreshToken),
    /// Another holder has stored newer tokens.
    Newer(Box<Session>),
    /// There is nothing to spend.
    NoToken(Box<Session>),
}

impl Refresher {
    pub(super) async fn lease(
        &self,
        key: &SessionKey,
        holder: &LeaseHolder,
    ) -> Result<bool, FlowError> {
        let claim = self.claim(holder, LEASE);
        let lease = self.parts.store.lease(key, &claim);
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
                match self.parts.store.lease(key, &claim).await {
                    Ok(true) => {}
                    Ok(false) => {
                        tracing::warn!(event = "lease_lost", session = %key.handle(), "another replica took the lease over");
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

    /// Reads the session again and marks its refresh token as being spent, so that nobody else spends it while this holder may. Where another
    /// holder's mark stands, its lease ran out while it was at the provider, and it may still live: then waits for its tokens, or for the end
    /// of its mark. So does a holder whose own lease was taken over.
    pub(super) async fn mark(
        &self,
        key: &SessionKey,
        seen: u64,
        holder: &LeaseHolder,
    ) -> Result<Marked, FlowError> {
        let mut begun = self.parts.clock.now();
        let mut wait = LOOK_AGAIN;
        loop {
            // Another holder may have finished between the look and the lease, or while this one waits.
            let session = self.read(key).await?;
            if session.version > seen {
                return Ok(Marked::Newer(Box::new(session)));
            }
            let Some(refresh_token) = session.tokens.refresh_token.clone() else {
                return Ok(Marked::NoToken(Box::new(session)));
            };
            if !self.has_time_to_spend() || self.time_since(&mut begun) > LONGEST_WAIT {
                return Err(FlowError::RefreshTimeout);
            }
            let claim = self.claim(holder, self.parts.provider.refresh_timeout());
            let mark = self.parts.store.mark_spending(key, session.version, &claim);
            if mark.await.map_err(FlowError::store)? {
                return Ok(Marked::Ours(Box::new(session), refresh_token));
            }
            tokio::time::sleep(wait).await;
            wait = (wait + wait / 4).min(LOOK_AGAIN_AT_MOST);
        }
    }

    fn claim(&self, holder: &LeaseHolder, ttl: Duration) -> Claim {
        Claim {
            holder: holder.clone(),
            now: self.parts.clock.now(),
            ttl,
        }
    }
}
