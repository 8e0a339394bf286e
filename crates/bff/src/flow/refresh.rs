//! One refresh per expiry, whatever the number of requests and replicas.
//!
//! In the process one flight per session; across replicas a lease in the store, renewed while the provider is slow. Whoever gets the lease reads
//! the session again: if its version moved, somebody else has done the work, and the new tokens are the answer. New tokens are stored only over
//! the version that was spent. The work runs apart from the request, so that nobody who goes away loses what the provider has rotated.

use std::sync::Arc;
use std::time::Duration;

use moka::sync::Cache;

use super::error::FlowError;
use super::lease::Marked;
use super::logout::revoke_later;
use super::sessions::log_end;
use super::single_flight::SingleFlight;
use super::{Flows, Parts};
use crate::audit;
use crate::domain::{EndCause, RequestId, Session, SessionKey, State, Timestamp, TokenSet};
use crate::provider::ProviderError;
use crate::store::{LeaseHolder, Loaded, TokenSwap};

/// How soon a replica that does not hold the lease looks whether the work is done; a quarter longer each time, up to a bound. A thousand
/// sessions that wait for a slow provider would else keep the store too busy to renew the leases.
pub(super) const LOOK_AGAIN: Duration = Duration::from_millis(50);
pub(super) const LOOK_AGAIN_AT_MOST: Duration = Duration::from_millis(500);
/// The longest that a replica waits for another's refresh; no holder goes on for that long. Requests wait for `Parts::patience` only.
pub(super) const LONGEST_WAIT: Duration = Duration::from_secs(120);
/// How long new tokens are offered to a store that fails, and the longest wait between two offers; the user is told meanwhile.
pub(super) const SAVE_FOR: Duration = Duration::from_secs(600);
const SAVE_WAIT: Duration = Duration::from_millis(500);
/// After an outage of the store nobody spends a refresh token before those who hold newer tokens had this time to store them.
const FIRST_WORD: Duration = Duration::from_millis(1_500);
/// A person who asks for a refresh again within this time gets the tokens of the last one.
pub(super) const RECENT: Duration = Duration::from_secs(10);
/// After a failed refresh ahead of expiry, none is tried in the background for this long.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(5);
/// The most sessions whose pause is remembered.
const PAUSES: u64 = 10_000;

/// The answer to "refresh now".
#[derive(Clone, Debug)]
pub struct Refreshed {
    /// Whether the provider was asked; `false` within 10 s of the last refresh.
    pub refreshed: bool,
    /// The session with its current tokens.
    pub session: Session,
}

/// Renews sessions' tokens.
#[derive(Clone)]
pub(super) struct Refresher {
    pub(super) parts: Arc<Parts>,
    pub(super) flights: Arc<SingleFlight<SessionKey, Result<Session, FlowError>>>,
    paused: Cache<SessionKey, ()>,
}

impl Flows {
    /// Refreshes the tokens now, unless that was done within the last 10 seconds.
    ///
    /// # Errors
    /// [`FlowError`]; only `SessionEnded` means that the session is over.
    pub async fn refresh(
        &self,
        session: &Session,
        request: &RequestId,
    ) -> Result<Refreshed, FlowError> {
        if self.refresher.is_recent(session) || !self.can_be_renewed(session) {
            return Ok(Refreshed {
                refreshed: false,
                session: session.clone(),
            });
        }
        let session = self.with_newer_token(session, request).await?;
        Ok(Refreshed {
            refreshed: true,
            session,
        })
    }

    /// Whether asking for new tokens makes sense: there is a refresh token, or nothing left to lose.
    fn can_be_renewed(&self, session: &Session) -> bool {
        session.tokens.refresh_token.is_some() || !session.tokens.is_usable(self.parts.clock.now())
    }

    /// The session with an access token that can be used: at once while the old one lives, else after a refresh.
    pub(super) async fn with_usable_token(
        &self,
        session: &Session,
        request: &RequestId,
    ) -> Result<Session, FlowError> {
        let now = self.parts.clock.now();
        if !session.tokens.is_usable(now) {
            return self.with_newer_token(session, request).await;
        }
        if session.tokens.is_due(now) && session.tokens.refresh_token.is_some() {
            self.refresher.renew_ahead(session, request);
        }
        Ok(session.clone())
    }

    /// The session with tokens newer than those it was read with. Who waits for a slow provider is told so in time; the refresh goes on.
    pub(super) async fn with_newer_token(
        &self,
        session: &Session,
        request: &RequestId,
    ) -> Result<Session, FlowError> {
        let renewal = self.refresher.renew(session, request);
        tokio::time::timeout(self.parts.patience, renewal)
            .await
            .unwrap_or(Err(FlowError::RefreshTimeout))
    }
}

impl Refresher {
    pub(super) fn new(parts: Arc<Parts>) -> Self {
        Self {
            flights: Arc::new(SingleFlight::new(parts.tasks.clone())),
            paused: Cache::builder()
                .max_capacity(PAUSES)
                .time_to_live(PAUSE_AFTER_FAILURE)
                .build(),
            parts,
        }
    }

    fn is_recent(&self, session: &Session) -> bool {
        let now = self.parts.clock.now();
        now.is_within(RECENT, session.tokens.obtained_at)
    }

    /// Tokens newer than those of `session`, from the flight under way or a new one.
    async fn renew(&self, session: &Session, request: &RequestId) -> Result<Session, FlowError> {
        loop {
            let work = self
                .clone()
                .fly(session.key, session.version, request.clone());
            let landed = self
                .flights
                .run(session.key, work)
                .await
                .map_err(|_| FlowError::Internal)??;
            if landed.version > session.version {
                return Ok(landed);
            }
            // The flight that was joined had begun for an older version and ended before this session was read: it did not look far
            // enough. The next one may be such a flight again; one of our own is not.
        }
    }

    /// Renews in the background, unless that failed a moment ago.
    fn renew_ahead(&self, session: &Session, request: &RequestId) {
        if self.paused.contains_key(&session.key) {
            return;
        }
        let (this, key) = (self.clone(), session.key);
        let work = self
            .clone()
            .fly(session.key, session.version, request.clone());
        self.flights.launch(session.key, async move {
            let outcome = work.await;
            if matches!(outcome, Err(FlowError::Provider(_) | FlowError::Store(_))) {
                this.paused.insert(key, ());
            }
            outcome
        });
    }

    /// The whole way to tokens newer than version `seen`: take the lease, look again, spend the refresh token, store.
    async fn fly(
        self,
        key: SessionKey,
        seen: u64,
        request: RequestId,
    ) -> Result<Session, FlowError> {
        let holder: LeaseHolder = State::random(self.parts.entropy.as_ref())
            .reveal()
            .to_owned();
        let mut begun = self.parts.clock.now();
        let mut wait = LOOK_AGAIN;
        loop {
            match self.read(&key).await? {
                session if session.version > seen => return Ok(session),
                _ if self.lease(&key, &holder).await? => break,
                // A program that is told to stop does not wait for another's refresh.
                _ if self.parts.tasks.time_left().is_some()
                    || self.time_since(&mut begun) > LONGEST_WAIT =>
                {
                    return Err(FlowError::RefreshTimeout);
                }
                _ => tokio::time::sleep(wait).await,
            }
            wait = (wait + wait / 4).min(LOOK_AGAIN_AT_MOST);
        }
        let outcome = Box::pin(self.refresh_under_lease(&key, seen, &holder, &request)).await;
        if let Err(error) = self.parts.store.release(&key, &holder).await {
            tracing::debug!(event = "lease_not_released", %error, "the lease ends by itself");
        }
        outcome
    }

    async fn refresh_under_lease(
        &self,
        key: &SessionKey,
        seen: u64,
        holder: &LeaseHolder,
        request: &RequestId,
    ) -> Result<Session, FlowError> {
        if self.parts.store.has_just_failed() {
            self.while_leased(key, holder, tokio::time::sleep(FIRST_WORD))
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
                self.parts.provider.refresh(&refresh_token, request),
            )
            .await;
        match spent {
            Ok(mut tokens) => {
                // A refresh that names no scope grants the same as before (RFC 6749 §6).
                tokens.scope = tokens.scope.or_else(|| session.tokens.scope.clone());
                audit::refreshed(&session);
                self.while_leased(key, holder, self.save(session, tokens))
                    .await
            }
            Err(error @ ProviderError::GrantRefused(_)) => {
                audit::refresh_refused(&session, &error);
                if error.speaks_of_reuse() {
                    audit::reuse_suspected(&session);
                }
                self.end(session, EndCause::RefreshRefused).await
            }
            Err(error) => {
                tracing::warn!(event = "refresh_failed", session = %key.handle(), %error, "tokens were not refreshed; the session stays");
                Err(FlowError::Provider(error))
            }
        }
    }

    /// How long ago something `begun`; counts anew where the clock was set back meanwhile.
    pub(super) fn time_since(&self, begun: &mut Timestamp) -> Duration {
        let now = self.parts.clock.now();
        *begun = now.min(*begun);
        now.since(*begun)
    }

    /// Whether a refresh that begins now can end before the program must: one that is cut off loses the session's only token.
    pub(super) fn has_time_to_spend(&self) -> bool {
        let left = self.parts.tasks.time_left();
        left.is_none_or(|left| left >= self.parts.provider.refresh_timeout())
    }

    /// Stores tokens that the provider has rotated to. They are the only valid ones, so a failing store is asked again and again.
    async fn save(&self, session: Session, tokens: TokenSet) -> Result<Session, FlowError> {
        let mut begun = self.parts.clock.now();
        let mut is_first = true;
        let swap = loop {
            match self
                .parts
                .store
                .swap_tokens(&session.key, session.version, &tokens)
                .await
            {
                Ok(swap) => break swap,
                Err(error) if self.time_since(&mut begun) < SAVE_FOR => {
                    if std::mem::take(&mut is_first) {
                        tracing::warn!(event = "tokens_not_saved", session = %session.key.handle(), %error, "new tokens are not stored yet");
                    }
                    tokio::time::sleep(SAVE_WAIT).await;
                }
                Err(error) => {
                    tracing::error!(event = "tokens_lost", session = %session.key.handle(), %error, "new tokens could not be stored; the session will have to sign in again");
                    return Err(FlowError::store(error));
                }
            }
        };
        match swap {
            TokenSwap::Done(version) => Ok(Session {
                tokens,
                version,
                ..session
            }),
            // A try that reported a failure may have been stored after all; else somebody refreshed without the lease. What stands, counts.
            TokenSwap::Moved(standing) => Ok(*standing),
            TokenSwap::Gone => {
                tracing::info!(event = "refreshed_after_end", session = %session.key.handle(), "the session ended meanwhile; its new tokens are given back");
                revoke_later(&self.parts, tokens.refresh_token.clone());
                Err(FlowError::NotAuthenticated)
            }
        }
    }

    /// Ends a session whose tokens are dead, unless somebody stored newer tokens meanwhile.
    async fn end(&self, session: Session, cause: EndCause) -> Result<Session, FlowError> {
        match self
            .parts
            .store
            .end(&session.key, session.version, cause)
            .await
            .map_err(FlowError::store)?
        {
            TokenSwap::Done(_) => {
                log_end(&session, cause);
                Err(FlowError::SessionEnded(cause))
            }
            TokenSwap::Moved(standing) => Ok(*standing),
            TokenSwap::Gone => Err(FlowError::NotAuthenticated),
        }
    }

    pub(super) async fn read(&self, key: &SessionKey) -> Result<Session, FlowError> {
        match self.parts.store.load(key).await.map_err(FlowError::store)? {
            Loaded::Live(session) => Ok(*session),
            Loaded::Ended(cause) => Err(FlowError::SessionEnded(cause)),
            Loaded::Unknown => Err(FlowError::NotAuthenticated),
        }
    }
}
