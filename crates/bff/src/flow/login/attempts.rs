//! The login attempts that a browser carries in cookies: seals them, recognises them, and removes the oldest when there are too many.

use super::outcome::FailedLogin;
use super::sealer::CookieSealer;
use crate::audit;
use crate::domain::{LoginAttempt, LoginError, Purpose, ReturnTo, State, Timestamp};
use crate::store::StoreError;

/// Maximum number of pending attempts of one browser.
const LIVE_ATTEMPTS: usize = 5;
/// Maximum size of the cookies of all attempts together, in bytes. Proxies such as nginx accept 8,192 bytes per header line by default. The rest is
/// for the session cookie and the cookies of the app.
const ROOM: usize = 6_656;
/// Number of bytes that the longest prefix of the cookie's name and the separators add to an attempt.
const AROUND: usize = "__Host-Http-login-=; ".len();

/// A login-attempt cookie as the browser sent it.
#[derive(Clone, Debug)]
pub struct PresentAttempt {
    /// The end of the cookie's name.
    pub tag: String,
    /// The cookie's value, sealed.
    pub sealed: String,
}

/// Changes to the other attempts of a browser when a new one starts.
#[derive(Debug, Default)]
pub(super) struct Others {
    /// Tags of the cookies to remove.
    pub discarded: Vec<String>,
    /// The cookies to replace with a version without a return address.
    pub shortened: Vec<PresentAttempt>,
}

impl PresentAttempt {
    /// Returns the size of its cookie in a `Cookie` header, in bytes.
    const fn size(&self) -> usize {
        AROUND + self.tag.len() + self.sealed.len()
    }
}

/// Returns the attempt that this state belongs to, if this browser started it and it has not expired.
pub fn recognise(
    sealer: &CookieSealer,
    now: Timestamp,
    state: &str,
    present: &[PresentAttempt],
) -> Result<LoginAttempt, FailedLogin> {
    let unknown = FailedLogin::unrecognised(LoginError::InvalidState);
    let Some(state) = State::parse(state) else {
        return Err(unknown);
    };
    let tag = LoginAttempt::tag(&state);
    let attempt = present
        .iter()
        .find(|attempt| attempt.tag == tag)
        .and_then(|present| unseal(sealer, present))
        .filter(|attempt| attempt.state.matches(&state));
    match attempt {
        None => Err(unknown),
        Some(attempt) if attempt.is_expired(now) => Err(FailedLogin {
            error: LoginError::LoginExpired,
            display: attempt.display,
            tag: Some(tag),
        }),
        Some(attempt) => Ok(attempt),
    }
}

/// Selects which of the browser's other attempts stay beside `newest`. Attempts that cannot be opened, expired attempts and the oldest beyond
/// five are removed. When the other cookies exceed their room, the oldest lose their return address, so that no login is lost.
pub fn make_room(
    sealer: &CookieSealer,
    now: Timestamp,
    newest: &PresentAttempt,
    present: &[PresentAttempt],
) -> Result<Others, StoreError> {
    let mut others = Others::default();
    let mut live = Vec::new();
    for attempt in present {
        match unseal(sealer, attempt) {
            Some(open) if !open.is_expired(now) => live.push((open, attempt)),
            _ => others.discarded.push(attempt.tag.clone()),
        }
    }
    live.sort_by(|(a, one), (b, other)| (b.started_at, &other.tag).cmp(&(a.started_at, &one.tag)));
    let beyond = live.split_off(live.len().min(LIVE_ATTEMPTS - 1));
    others
        .discarded
        .extend(beyond.into_iter().map(|(_, attempt)| attempt.tag.clone()));

    let mut kept = Vec::new();
    for (open, attempt) in live {
        let return_to = ReturnTo::default();
        let short = seal(sealer, &LoginAttempt { return_to, ..open })?;
        kept.push((attempt.size(), short));
    }
    let least: usize = kept.iter().map(|(_, short)| short.size()).sum();
    let mut room = ROOM.saturating_sub(newest.size() + least);
    for (size, short) in kept {
        let more = size.saturating_sub(short.size());
        if more <= room {
            room -= more;
        } else {
            audit::return_to_refused("no_room");
            others.shortened.push(short);
        }
    }
    Ok(others)
}

pub fn seal(sealer: &CookieSealer, attempt: &LoginAttempt) -> Result<PresentAttempt, StoreError> {
    let tag = LoginAttempt::tag(&attempt.state);
    let plain = serde_json::to_vec(attempt)
        .map(zeroize::Zeroizing::new)
        .map_err(|_| StoreError::new("a login attempt cannot be serialised"))?;
    let sealed = sealer.seal(Purpose::LoginAttempt, tag.as_bytes(), &plain);
    Ok(PresentAttempt { tag, sealed })
}

fn unseal(sealer: &CookieSealer, present: &PresentAttempt) -> Option<LoginAttempt> {
    let context = present.tag.as_bytes();
    let plain = sealer.open(Purpose::LoginAttempt, context, &present.sealed)?;
    serde_json::from_slice(&plain).ok()
}
