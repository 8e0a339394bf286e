//! Login attempts: their time, their number, their place.

use std::sync::Arc;
use std::time::Duration;

use wiremock::MockServer;

use super::support::{TOKEN, calls, clock, parts, provider, request};
use crate::domain::{AuthorizationCode, Clock, Display, LOGIN_ATTEMPT_TTL, LoginError, ReturnTo};
use crate::flow::{AuthorizationResponse, BrowserState, Callback, Login, PresentAttempt};
use crate::store::{MemoryStore, SessionStore};

/// Starts a login; answers the state that went to the provider and the cookie.
async fn start(login: &Login, present: &[PresentAttempt]) -> (String, PresentAttempt, Vec<String>) {
    let started = login
        .start(ReturnTo::default(), Display::Page, None, present)
        .await
        .unwrap();
    let state = started
        .location
        .query_pairs()
        .find(|(name, _)| name == "state")
        .unwrap()
        .1
        .into_owned();
    let newest = started.attempts.into_iter().next().unwrap();
    (state, newest, started.discarded)
}

fn login(provider: &MockServer, clock: Arc<dyn Clock>) -> Arc<Login> {
    let store: Arc<dyn SessionStore> = Arc::new(MemoryStore::default());
    let parts = parts(&store, provider, clock);
    parts.login(&parts.logout(&parts.revoker()))
}

fn answered(state: String) -> Callback {
    Callback {
        state,
        response: AuthorizationResponse::Code(AuthorizationCode::new("code")),
        issuer: None,
    }
}

fn carried(attempt: &PresentAttempt) -> BrowserState {
    BrowserState {
        attempts: vec![attempt.clone()],
        ..BrowserState::default()
    }
}

/// Covers: RFC9700-4.2.4-1
#[tokio::test]
async fn an_expired_attempt_is_login_expired_and_costs_no_call() {
    let provider = provider().await;
    let clock = clock();
    let login = login(&provider, Arc::clone(&clock) as Arc<dyn Clock>);
    let (state, attempt, _) = start(&login, &[]).await;
    clock.advance(LOGIN_ATTEMPT_TTL);
    let failure = login
        .finish(answered(state), carried(&attempt), &request())
        .await
        .unwrap_err();
    assert_eq!(failure.error, LoginError::LoginExpired);
    assert_eq!(failure.tag, Some(attempt.tag), "its cookie is done");
    assert_eq!(calls(&provider, TOKEN).await, 0);
}

#[tokio::test]
async fn beyond_the_limit_of_attempts_expired_ones_are_removed_first_and_then_the_oldest() {
    let provider = provider().await;
    let clock = clock();
    let login = login(&provider, Arc::clone(&clock) as Arc<dyn Clock>);
    let mut jar = Vec::new();
    for _ in 0..5 {
        let (_, attempt, discarded) = start(&login, &jar).await;
        assert_eq!(discarded, Vec::<String>::new());
        jar.push(attempt);
        clock.advance(Duration::from_secs(60));
    }
    let (_, _, discarded) = start(&login, &jar).await;
    assert_eq!(discarded, [jar[0].tag.clone()], "the oldest of five");

    let foreign = PresentAttempt {
        tag: "A".repeat(22),
        sealed: "not ours".to_owned(),
    };
    let (_, _, discarded) = start(&login, &[jar[4].clone(), foreign.clone()]).await;
    assert_eq!(discarded, [foreign.tag], "what does not open");

    clock.advance(LOGIN_ATTEMPT_TTL);
    let (_, _, discarded) = start(&login, &jar).await;
    assert_eq!(discarded.len(), 5, "all are over");
}

/// Covers: RFC9700-2.1-1
#[tokio::test]
async fn a_cookie_moved_to_another_name_opens_no_attempt() {
    let provider = provider().await;
    let login = login(&provider, clock());
    let (first, attempt, _) = start(&login, &[]).await;
    let (_, other, _) = start(&login, &[]).await;
    let swapped = PresentAttempt {
        tag: attempt.tag,
        sealed: other.sealed,
    };
    let failure = login
        .finish(answered(first), carried(&swapped), &request())
        .await
        .unwrap_err();
    assert_eq!(
        (failure.error, failure.tag),
        (LoginError::InvalidState, None)
    );
}
