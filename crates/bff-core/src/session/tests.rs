//! When a session ends, and when its use is written to the store.

use super::*;
use crate::{AccessToken, SessionId};

const START: Timestamp = Timestamp::from_millis(1_000_000);

fn session() -> Session {
    Session {
        key: SessionKey::from_id(&SessionId::new("an id")),
        hash: SessionHash::default(),
        user: User::default(),
        device: String::new(),
        created_at: START,
        last_seen_at: START,
        absolute_expires_at: START.plus(Duration::from_secs(1_000)),
        tokens: TokenSet {
            access_token: AccessToken::new("at"),
            refresh_token: None,
            scope: None,
            obtained_at: START,
            expires_at: START,
        },
        version: 1,
        app_data: BTreeMap::new(),
    }
}

fn limits(idle: u64) -> Lifetimes {
    Lifetimes {
        idle: Duration::from_secs(idle),
        absolute: Duration::from_secs(1_000),
    }
}

fn after(millis: u64) -> Timestamp {
    START.plus(Duration::from_millis(millis))
}

#[test]
fn a_session_ends_exactly_at_the_limit_that_comes_first() {
    for (idle, ends_after, cause) in [
        (600, 600_000, EndCause::IdleLimit),
        (2_000, 1_000_000, EndCause::AbsoluteLimit),
        (1_000, 1_000_000, EndCause::AbsoluteLimit),
    ] {
        let (session, limits) = (session(), limits(idle));
        assert_eq!(session.expires_at(&limits), after(ends_after));
        assert_eq!(session.end_cause(after(ends_after - 1), &limits), None);
        assert_eq!(session.end_cause(after(ends_after), &limits), Some(cause));
    }
}

#[test]
fn a_use_is_written_once_a_minute_or_often_enough_for_a_short_idle_limit() {
    for (idle, due_after) in [(7_200, 60_000), (1_200, 60_000), (600, 30_000), (20, 1_000)] {
        let (session, limits) = (session(), limits(idle));
        assert!(
            !session.touch_is_due(after(due_after - 1), &limits),
            "{idle}"
        );
        assert!(session.touch_is_due(after(due_after), &limits), "{idle}");
    }
}

#[test]
fn every_cause_has_a_code_that_leads_back_and_an_answer() {
    for cause in EndCause::ALL {
        assert_eq!(EndCause::from_code(cause.code()), Some(cause));
        let ran_out = matches!(
            cause.code(),
            "idle_limit" | "absolute_limit" | "refresh_refused" | "tokens_expired"
        );
        assert_eq!(
            cause.answer() == ErrorCode::SessionExpired,
            ran_out,
            "{cause:?}"
        );
    }
    assert_eq!(EndCause::from_code("no such cause"), None);
}
