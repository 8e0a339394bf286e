//! What needs a clock that can be moved, or a provider that must not be asked: the life of a login attempt.

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use url::Url;

use super::{Answer, FailedLogin, Flows, Parts, PresentAttempt, Tasks};
use crate::domain::{
    AuthorizationCode, Clock, Display, Entropy, KeyRing, Lifetimes, LoginError, ManualClock,
    RequestId, ReturnTo, SealingKey, SystemEntropy, Timestamp,
};
use crate::provider::{ClientAuth, Provider, ProviderSettings};
use crate::store::{MemoryStore, SealedStore};

const MINUTE: Duration = Duration::from_secs(60);

fn settings() -> ProviderSettings {
    // Nobody listens at port 9: a call of the provider fails at once.
    let nowhere = Url::parse("http://127.0.0.1:9").unwrap();
    ProviderSettings {
        client_id: "client".to_owned(),
        client_secret: "secret".to_owned().into(),
        redirect_uri: nowhere.join("/oauth/callback").unwrap(),
        browser_base: nowhere.clone(),
        server_base: nowhere,
        scope: "profile".to_owned(),
        auto_authorize: true,
        client_auth: ClientAuth::Body,
        revocation_path: None,
        quota_per_unit: 1,
        topup_hosts: Vec::new(),
        topup_fallback: None,
        loopback_topup: false,
        connect_timeout: MINUTE,
        total_timeout: MINUTE,
    }
}

struct Bench {
    clock: Arc<ManualClock>,
    flows: Flows,
}

impl Bench {
    fn new() -> Self {
        let clock = Arc::new(ManualClock::starting_at(Timestamp::from_millis(1_000_000)));
        let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
        let keys = KeyRing::new(SealingKey::new([7; 32].into()), Vec::new());
        let shared: Arc<dyn Clock> = clock.clone();
        let flows = Flows::new(Parts {
            clock: Arc::clone(&shared),
            store: SealedStore::new(
                Arc::new(MemoryStore::default()),
                keys.clone(),
                Arc::clone(&entropy),
            ),
            entropy,
            provider: Provider::new(settings(), shared).unwrap(),
            keys,
            lifetimes: Lifetimes {
                idle: MINUTE,
                absolute: MINUTE,
            },
            pkce: true,
            tasks: Tasks::on(Handle::current()),
        });
        Self { clock, flows }
    }

    /// Begins an attempt: its state and its cookie.
    async fn start(&self, present: &[PresentAttempt]) -> (String, PresentAttempt, Vec<String>) {
        let started = self
            .flows
            .login
            .start(ReturnTo::default(), Display::Popup, None, present)
            .await
            .unwrap();
        let mut pairs = started.location.query_pairs();
        let state = pairs.find(|(name, _)| name == "state").unwrap().1;
        (state.into_owned(), started.attempt, started.discarded)
    }

    async fn finish(&self, state: &str, attempt: &PresentAttempt) -> FailedLogin {
        let answer = Answer::Code(AuthorizationCode::new("code"));
        let request = RequestId::random(&SystemEntropy);
        let present = std::slice::from_ref(attempt);
        let finished = self
            .flows
            .login
            .finish(state, answer, present, String::new(), &request)
            .await;
        finished.unwrap_err()
    }
}

#[tokio::test]
async fn an_attempt_lives_a_quarter_of_an_hour_and_then_says_so() {
    let bench = Bench::new();
    let (state, attempt, _) = bench.start(&[]).await;
    bench.clock.advance(15 * MINUTE);
    let failed = bench.finish(&state, &attempt).await;
    assert_eq!(failed.error, LoginError::LoginExpired);
    assert_eq!(failed.display, Display::Popup, "the pop-up is told");
    assert_eq!(failed.tag, Some(attempt.tag), "its cookie is done");

    let (state, attempt, _) = bench.start(&[]).await;
    bench.clock.advance(15 * MINUTE - Duration::from_millis(1));
    let failed = bench.finish(&state, &attempt).await;
    assert_eq!(
        failed.error,
        LoginError::ProviderUnavailable,
        "at the last moment the provider is asked"
    );
    let failed = bench.finish(&state, &attempt).await;
    assert_eq!(
        failed.error,
        LoginError::InvalidState,
        "and then it is spent"
    );
}

#[tokio::test]
async fn attempts_that_are_over_are_taken_away_before_live_ones() {
    let bench = Bench::new();
    let mut present = Vec::new();
    for _ in 0..3 {
        present.push(bench.start(&present).await.1);
    }
    bench.clock.advance(15 * MINUTE);
    for _ in 0..4 {
        present.push(bench.start(&present).await.1);
        bench.clock.advance(Duration::from_secs(1));
    }
    let (.., discarded) = bench.start(&present).await;
    let over: Vec<&String> = present[..3].iter().map(|attempt| &attempt.tag).collect();
    assert_eq!(
        discarded.iter().collect::<Vec<_>>(),
        over,
        "four live ones and a new one are five"
    );
    present.push(bench.start(&present).await.1);
    let (.., discarded) = bench.start(&present).await;
    assert_eq!(
        discarded[3..],
        [present[3].tag.clone()],
        "then the oldest live one goes"
    );
}
