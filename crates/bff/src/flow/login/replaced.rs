//! Identifies the session that the next login replaces, in a cookie that the browser sends to the callback.
//!
//! Browsers omit the `SameSite=Strict` session cookie on navigations started by another site: always on the provider's redirect to the callback,
//! and on the start of the login when a link on another site led there. A `SameSite=Lax` cookie carries the sealed key of the session, so that the
//! new session can replace the old one. This cookie opens no session.

use super::sealer::CookieSealer;
use crate::domain::{Purpose, SessionKey};

/// Seals the key of the session that a browser holds from now on.
pub fn seal(sealer: &CookieSealer, key: &SessionKey) -> String {
    sealer.seal(Purpose::ReplacedSession, b"", key.as_bytes())
}

/// Returns the session key in this cookie value; `None` when this program did not seal it.
pub fn open(sealer: &CookieSealer, named: &str) -> Option<SessionKey> {
    let key = sealer.open(Purpose::ReplacedSession, b"", named)?;
    Some(SessionKey::from_bytes(key.as_slice().try_into().ok()?))
}
