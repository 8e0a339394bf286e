//! The calls of a random sequence: how they are drawn, printed in a failure, and made on a store.

use std::time::Duration;

use proptest::prelude::*;
use proptest::sample::select;

use super::answers::Answer;
use crate::contract::claim;
use crate::{Record, SessionStore};
use bff_core::{EndCause, SessionKey, Timestamp, UserId};

/// The sessions of a sequence. The key of each is its letter, repeated 32 times.
pub const NAMES: [char; 3] = ['a', 'b', 'c'];
/// The users of the sessions. The last id contains braces, which could break a Redis hash tag.
pub const USERS: [&str; 3] = ["7", "8", "}{"];
pub const HOLDERS: [&str; 3] = ["one", "two", "three"];
pub const TAGS: [&str; 2] = ["x", "y"];
const CAUSES: [EndCause; 4] = [
    EndCause::IdleLimit,
    EndCause::AbsoluteLimit,
    EndCause::RefreshRefused,
    EndCause::TokensExpired,
];
/// Smallest integer that a double cannot represent, to test numbers of that size.
const BEYOND_DOUBLES: u64 = (1 << 53) + 1;
/// The year 33658, which no server clock reaches during a test.
const FAR: i64 = 1_000_000_000_000_000;

/// The latest end that is drawn.
pub const LATEST: Timestamp = Timestamp::from_millis(FAR + 9_000);

/// The clock by which things end. It decides which times may be drawn.
#[derive(Clone, Copy, PartialEq)]
pub enum Ends {
    /// The time in each call: everything ends within ten seconds after 1970, and sweeps happen at any time.
    AsTold,
    /// The server's own clock, which a test cannot set, so nothing ends during a test. The tests in `ends` cover ends.
    ByServer,
}

/// The version that a call claims to know, relative to the current version.
#[derive(Clone, Copy, Debug)]
pub enum Known {
    Right,
    Old,
    Future,
}

/// Sealed bytes, by a number that selects them: none, few, every byte value, many.
#[derive(Clone, Copy)]
pub struct Bytes(pub u8);

/// One call of the contract.
#[derive(Clone)]
pub enum Call {
    Create {
        name: char,
        user: Option<&'static str>,
        created: i64,
        end: i64,
        version: u64,
    },
    Load(char),
    SwapTokens(char, Known, Bytes),
    SetAppData(char, Bytes),
    Touch(char, i64),
    End(char, Known, EndCause),
    Delete(char),
    OfUser(&'static str, usize, usize),
    All,
    ByHandle(char),
    Lease {
        name: char,
        holder: &'static str,
        now: i64,
        ttl: u64,
    },
    MarkSpending {
        name: char,
        known: Known,
        holder: &'static str,
        now: i64,
        ttl: u64,
    },
    Release(char, &'static str),
    SpendAttempt(&'static str, i64),
    Sweep(i64, i64),
}

fn name() -> impl Strategy<Value = char> {
    select(&NAMES[..])
}

/// Draws a time in the first ten seconds, in milliseconds.
fn moment() -> impl Strategy<Value = i64> {
    (0..=9_i64).prop_map(|second| second * 1_000)
}

/// Draws an end.
fn end(ends: Ends) -> impl Strategy<Value = i64> {
    moment().prop_map(move |moment| match ends {
        Ends::AsTold => moment,
        Ends::ByServer => FAR + moment,
    })
}

/// Draws a page of a user's sessions. For server stores the order differs from the model's, because ends are drawn independently of logins.
fn pages(ends: Ends) -> impl Strategy<Value = (usize, usize)> {
    match ends {
        Ends::AsTold => (0..=3_usize, 0..=3_usize),
        Ends::ByServer => (0..=0, 9..=9),
    }
}

/// Draws the `unused_since` of a sweep. Server stores do not sweep, so for them it is before every use.
fn unused_since(ends: Ends) -> impl Strategy<Value = i64> {
    moment().prop_map(move |moment| match ends {
        Ends::AsTold => moment - 5_000,
        Ends::ByServer => -1,
    })
}

fn known() -> impl Strategy<Value = Known> {
    prop_oneof![4 => Just(Known::Right), 1 => Just(Known::Old), 1 => Just(Known::Future)]
}

fn bytes() -> impl Strategy<Value = Bytes> {
    (0..=5_u8).prop_map(Bytes)
}

/// Draws a login.
pub fn create(ends: Ends) -> impl Strategy<Value = Call> {
    let user = prop_oneof![1 => Just(None), 5 => select(&USERS[..]).prop_map(Some)];
    let version = prop_oneof![3 => Just(1), 1 => Just(BEYOND_DOUBLES)];
    (name(), user, moment(), end(ends), version).prop_map(|(name, user, created, end, version)| {
        Call::Create {
            name,
            user,
            created,
            end,
            version,
        }
    })
}

/// Draws a change of one session, or of its lease or mark.
pub fn change(ends: Ends) -> impl Strategy<Value = Call> {
    // A server uses its own clock, so all claims have the same time and duration there. Otherwise the model would treat one as of a later clock.
    let claim = move || {
        let (now, ttl) = match ends {
            Ends::AsTold => (0..=9_i64, 1..=4_u64),
            Ends::ByServer => (0..=0, 3_600..=3_600),
        };
        let now = now.prop_map(|second| second * 1_000);
        let ttl = ttl.prop_map(|seconds| seconds * 1_000);
        (name(), select(&HOLDERS[..]), now, ttl)
    };
    prop_oneof![
        4 => (name(), known(), bytes()).prop_map(|(name, known, tokens)| Call::SwapTokens(name, known, tokens)),
        2 => (name(), bytes()).prop_map(|(name, data)| Call::SetAppData(name, data)),
        2 => (name(), moment()).prop_map(|(name, at)| Call::Touch(name, at)),
        2 => (name(), known(), select(&CAUSES[..])).prop_map(|(name, known, cause)| Call::End(name, known, cause)),
        3 => claim().prop_map(|(name, holder, now, ttl)| Call::Lease { name, holder, now, ttl }),
        3 => (claim(), known()).prop_map(|((name, holder, now, ttl), known)| Call::MarkSpending { name, known, holder, now, ttl }),
        2 => (name(), select(&HOLDERS[..])).prop_map(|(name, holder)| Call::Release(name, holder)),
        2 => (select(&TAGS[..]), end(ends)).prop_map(|(tag, until)| Call::SpendAttempt(tag, until)),
        1 => name().prop_map(Call::Load),
    ]
}

/// Draws the removal of a session.
pub fn delete() -> impl Strategy<Value = Call> {
    name().prop_map(Call::Delete)
}

/// Draws any call.
pub fn any_call(ends: Ends) -> impl Strategy<Value = Call> {
    prop_oneof![
        4 => create(ends),
        16 => change(ends),
        2 => delete(),
        1 => name().prop_map(Call::ByHandle),
        1 => (select(&USERS[..]), pages(ends)).prop_map(|(user, (skip, limit))| Call::OfUser(user, skip, limit)),
        1 => Just(Call::All),
        // With a server clock this time is before every end, so that the sweep removes nothing in the model either.
        1 => (moment(), unused_since(ends)).prop_map(|(now, unused)| Call::Sweep(now, unused)),
    ]
}

/// Returns calls that show everything a store holds, also ends to the second where the store uses the given time.
pub fn looks(ends: Ends) -> Vec<Call> {
    let mut looks: Vec<Call> = NAMES.map(Call::Load).into();
    looks.extend(NAMES.map(Call::ByHandle));
    looks.extend(USERS.map(|user| Call::OfUser(user, 0, 9)));
    looks.push(Call::All);
    let moments = match ends {
        Ends::AsTold => 0..=14,
        Ends::ByServer => 0..=0,
    };
    for now in moments.map(|second| second * 1_000) {
        looks.extend(NAMES.map(|name| Call::Lease {
            name,
            holder: "the last",
            now,
            ttl: 3_600_000,
        }));
        looks.extend(NAMES.map(|name| Call::MarkSpending {
            name,
            known: Known::Right,
            holder: "the last",
            now,
            ttl: 3_600_000,
        }));
        // The sweep comes after the leases, because it removes expired leases and would hide when each could be taken.
        looks.push(Call::Sweep(now, -1));
        looks.push(Call::All);
        looks.extend(TAGS.map(|tag| Call::SpendAttempt(tag, FAR)));
    }
    looks
}

impl Call {
    /// Returns the session whose version the call claims to know.
    pub fn versioned(&self) -> Option<char> {
        match self {
            Self::SwapTokens(name, ..) | Self::End(name, ..) | Self::MarkSpending { name, .. } => {
                Some(*name)
            }
            _ => None,
        }
    }

    /// Makes the call. `standing` is the current version, from which the claimed version is derived.
    pub async fn make(&self, store: &dyn SessionStore, standing: u64) -> Answer {
        let at = Timestamp::from_millis;
        match *self {
            Self::Create {
                name,
                user,
                created,
                end,
                version,
            } => {
                let record = Record {
                    key: key(name),
                    user: user.map(UserId::new),
                    created_at: at(created),
                    last_seen_at: at(created),
                    absolute_expires_at: at(end),
                    version,
                    ended: None,
                    profile: b"profile".to_vec(),
                    tokens: b"tokens".to_vec(),
                    app_data: Vec::new(),
                };
                Answer::made(store.create(record).await)
            }
            Self::Load(name) => Answer::found(store.load(&key(name)).await),
            Self::SwapTokens(name, known, tokens) => {
                let version = known.version(standing);
                Answer::swapped(store.swap_tokens(&key(name), version, tokens.value()).await)
            }
            Self::SetAppData(name, data) => {
                Answer::said(store.set_app_data(&key(name), data.value()).await)
            }
            Self::Touch(name, moment) => Answer::said(store.touch(&key(name), at(moment)).await),
            Self::End(name, known, cause) => {
                let version = known.version(standing);
                Answer::swapped(store.end(&key(name), version, cause).await)
            }
            Self::Delete(name) => Answer::found(store.delete(&key(name)).await),
            Self::OfUser(user, skip, limit) => {
                Answer::listed(store.of_user(&UserId::new(user), skip, limit).await)
            }
            Self::All => Answer::listed(store.all().await),
            Self::ByHandle(name) => Answer::found(store.by_handle(&key(name).handle()).await),
            Self::Lease {
                name,
                holder,
                now,
                ttl,
            } => {
                let claim = claim(holder, at(now), Duration::from_millis(ttl));
                Answer::said(store.lease(&key(name), &claim).await)
            }
            Self::MarkSpending {
                name,
                known,
                holder,
                now,
                ttl,
            } => {
                let claim = claim(holder, at(now), Duration::from_millis(ttl));
                let version = known.version(standing);
                Answer::said(store.mark_spending(&key(name), version, &claim).await)
            }
            Self::Release(name, holder) => {
                Answer::done(store.release(&key(name), &holder.to_owned()).await)
            }
            Self::SpendAttempt(tag, until) => {
                // A server counts from its own time, so far-off ends are limited to one hour.
                let ttl = at(until.min(3_600_000)).since(at(0));
                Answer::said(store.spend_attempt(tag, at(0), ttl).await)
            }
            Self::Sweep(now, unused) => Answer::counted(store.sweep(at(now), at(unused)).await),
        }
    }
}

impl Known {
    fn version(self, standing: u64) -> u64 {
        match self {
            Self::Right => standing,
            Self::Old => standing.saturating_sub(1),
            Self::Future => standing + 1,
        }
    }
}

impl Bytes {
    fn value(self) -> Vec<u8> {
        match self.0 {
            0 => Vec::new(),
            1 => b"\r\n".to_vec(),
            2 => (0..=u8::MAX).collect(),
            3 => vec![0; 5_000],
            number => vec![number],
        }
    }
}

/// Returns the key of the session with this letter.
pub fn key(name: char) -> SessionKey {
    SessionKey::from_bytes([name as u8; 32])
}
