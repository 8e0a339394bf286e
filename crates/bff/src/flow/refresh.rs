//! Renews tokens: one refresh per expiry, whatever the number of requests and replicas.
//!
//! ```text
//! requests with tokens of version v
//!    |  one task per session in this process; it goes on when the browser disconnects
//!    v
//! read the session ---- version > v: another replica has refreshed ----------> its tokens
//! lease (5 s, renewed every second) ---- held by another replica: wait, read again
//!    |
//! mark v as being spent ---- version > v ------------------------------------> the tokens of the other replica
//!    |                  ---- marked by another replica: wait for its tokens, or until its mark expires
//!    v
//! send the refresh token ---- invalid_grant: end the session if the version is still v
//!    |                   ---- any other error: the session stays
//!    v
//! compare-and-swap the tokens on v ---- Conflict: another replica has refreshed -> the stored tokens
//!    |                             ---- NotFound: the session ended; revoke the new tokens
//!    |                             ---- the store fails: retry for ten minutes
//!    v
//! release the lease ---------------------------------------------------------> the new tokens
//! ```
//!
//! `lease.rs` has the lease and the mark, `save_tokens.rs` the storing of the result. `tests/model` checks this protocol in every order of its steps.

use std::sync::Arc;
use std::time::Duration;

use super::error::FlowError;
use super::lease::Marked;
use super::refresher::{LONGEST_POLL_INTERVAL, LONGEST_WAIT, POLL_INTERVAL, Refresher};
use super::sessions::read;
use crate::audit;
use crate::domain::{EndCause, RequestId, Session, SessionKey, State};
use crate::provider::ProviderError;
use crate::store::LeaseHolder;

/// Pause after a failure of the store before a refresh token is spent, so that a replica that holds newer tokens has time to store them.
const STORE_RECOVERY: Duration = Duration::from_millis(1_500);
/// A user's request for a refresh within this time after the last refresh returns the tokens of that refresh.
pub(super) const RECENT: Duration = Duration::from_secs(10);
/// The result of an explicit refresh.
#[derive(Clone, Debug)]
pub struct Refreshed {
    /// Whether the provider was asked. `false` within 10 s of the last refresh, and when there is no refresh token and the access token is still
    /// valid.
    pub refreshed: bool,
    /// The session with its current tokens.
    pub session: Session,
}

impl Refresher {
    /// Refreshes the tokens now, unless that was done within the last 10 seconds.
    ///
    /// # Errors
    /// [`FlowError`]. Only `SessionEnded` means that the session has ended.
    pub async fn refresh(
        self: &Arc<Self>,
        session: &Session,
        request_id: &RequestId,
    ) -> Result<Refreshed, FlowError> {
        if self.is_recent(session) || !self.can_be_renewed(session) {
            return Ok(Refreshed {
                refreshed: false,
                session: session.clone(),
            });
        }
        let session = self.with_newer_token(session, request_id).await?;
        Ok(Refreshed {
            refreshed: true,
            session,
        })
    }

    /// Returns whether a refresh makes sense: the session has a refresh token, or its access token is no longer usable.
    fn can_be_renewed(&self, session: &Session) -> bool {
        session.tokens.refresh_token.is_some() || !session.tokens.is_usable(self.clock.now())
    }

    /// Returns the session with a usable access token: immediately while the current one is valid, otherwise after a refresh.
    #[cfg(any(test, feature = "proxy"))]
    pub(super) async fn with_usable_token(
        self: &Arc<Self>,
        session: &Session,
        request_id: &RequestId,
    ) -> Result<Session, FlowError> {
        let newer = self.newer_if_needed(session, request_id).await?;
        Ok(newer.unwrap_or_else(|| session.clone()))
    }

    /// Returns the session with newer tokens when its access token is not usable; `None` while it is.
    pub(super) async fn newer_if_needed(
        self: &Arc<Self>,
        session: &Session,
        request_id: &RequestId,
    ) -> Result<Option<Session>, FlowError> {
        let now = self.clock.now();
        if !session.tokens.is_usable(now) {
            return Box::pin(self.with_newer_token(session, request_id))
                .await
                .map(Some);
        }
        if session.tokens.is_due(now) && session.tokens.refresh_token.is_some() {
            self.renew_ahead(session, request_id);
        }
        Ok(None)
    }

    /// Returns the session with tokens newer than those it was read with. Waits at most `wait`; the refresh continues after that.
    pub(super) async fn with_newer_token(
        self: &Arc<Self>,
        session: &Session,
        request_id: &RequestId,
    ) -> Result<Session, FlowError> {
        let renewal = self.renew(session, request_id);
        tokio::time::timeout(self.wait, renewal)
            .await
            .unwrap_or(Err(FlowError::RefreshTimeout))
    }

    fn is_recent(&self, session: &Session) -> bool {
        let now = self.clock.now();
        now.is_within(RECENT, session.tokens.obtained_at)
    }

    /// Returns tokens newer than those of `session`, from the task in progress or from a new one.
    async fn renew(
        self: &Arc<Self>,
        session: &Session,
        request_id: &RequestId,
    ) -> Result<Session, FlowError> {
        loop {
            let work =
                Arc::clone(self).obtain_newer(session.key, session.version, request_id.clone());
            let refreshed_session = self
                .flights
                .run(session.key, work)
                .await
                .map_err(|_| FlowError::Internal)??;
            if refreshed_session.version > session.version {
                return Ok(refreshed_session);
            }
            // The task that was joined had started for an older version and ended before this session was read, so its result is not new enough. The
            // next task may be such a one again; a task that is started here is not.
        }
    }

    /// Renews in the background, unless a background refresh failed a moment ago.
    fn renew_ahead(self: &Arc<Self>, session: &Session, request_id: &RequestId) {
        if self.paused.contains_key(&session.key) {
            return;
        }
        let (this, key) = (Arc::clone(self), session.key);
        let work = Arc::clone(self).obtain_newer(session.key, session.version, request_id.clone());
        self.flights.launch(session.key, async move {
            let outcome = work.await;
            if matches!(outcome, Err(FlowError::Provider(_) | FlowError::Store(_))) {
                this.paused.insert(key, ());
            }
            outcome
        });
    }

    /// Obtains tokens newer than version `seen`: takes the lease, reads the session again, spends the refresh token, stores the new tokens.
    async fn obtain_newer(
        self: Arc<Self>,
        key: SessionKey,
        seen: u64,
        request_id: RequestId,
    ) -> Result<Session, FlowError> {
        let holder: LeaseHolder = State::random(self.entropy.as_ref()).reveal().to_owned();
        let mut begun = self.clock.now();
        let mut wait = POLL_INTERVAL;
        loop {
            match read(&self.store, &key).await? {
                session if session.version > seen => return Ok(session),
                _ if self.lease(&key, &holder).await? => break,
                // A replica that is shutting down does not wait for another's refresh.
                _ if self.tasks.time_left().is_some()
                    || self.time_since(&mut begun) > LONGEST_WAIT =>
                {
                    return Err(FlowError::RefreshTimeout);
                }
                _ => tokio::time::sleep(wait).await,
            }
            wait = (wait + wait / 4).min(LONGEST_POLL_INTERVAL);
        }
        let outcome = Box::pin(self.refresh_under_lease(&key, seen, &holder, &request_id)).await;
        if let Err(error) = self.store.release(&key, &holder).await {
            tracing::debug!(event = "lease_not_released", %error, "the lease could not be released; it expires by itself");
        }
        outcome
    }

    async fn refresh_under_lease(
        &self,
        key: &SessionKey,
        seen: u64,
        holder: &LeaseHolder,
        request_id: &RequestId,
    ) -> Result<Session, FlowError> {
        if self.store.has_just_failed() {
            self.while_leased(key, holder, tokio::time::sleep(STORE_RECOVERY))
                .await;
        }
        let marking = self.while_leased(key, holder, self.mark(key, seen, holder));
        let (session, refresh_token) = match Box::pin(marking).await? {
            Marked::Ours(session, refresh_token) => (*session, refresh_token),
            Marked::Newer(session) => return Ok(*session),
            Marked::NoToken(session) => return self.end(*session, EndCause::TokensExpired).await,
        };
        let spent = self
            .while_leased(
                key,
                holder,
                self.provider.refresh(&refresh_token, request_id),
            )
            .await;
        match spent {
            Ok(mut tokens) => {
                // A token response without a scope grants the same scope as before (RFC 6749 §6).
                tokens.scope = tokens.scope.or_else(|| session.tokens.scope.clone());
                audit::refreshed(&session);
                self.while_leased(key, holder, self.save(session, tokens))
                    .await
            }
            Err(ref error @ ProviderError::GrantRefused { is_reuse, .. }) => {
                audit::refresh_refused(&session, error);
                if is_reuse {
                    audit::reuse_suspected(&session);
                }
                self.end(session, EndCause::RefreshRefused).await
            }
            Err(error) => {
                tracing::warn!(event = "refresh_failed", session = %key.handle(), %error, "token refresh failed; the session stays");
                Err(FlowError::Provider(error))
            }
        }
    }
}
