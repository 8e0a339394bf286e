//! Identifies the session that the next login replaces, in a cookie that the browser sends to the callback.
//!
//! Browsers omit the `SameSite=Strict` session cookie on navigations started by another site: always on the provider's redirect to the callback,
//! and on the start of the login when a link on another site led there. A `SameSite=Lax` cookie carries the sealed key of the session, so that the
//! new session can replace the old one. This cookie opens no session.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::domain::{Purpose, SessionKey};
use crate::flow::parts::Parts;

/// Seals the key of the session that a browser holds from now on.
pub fn seal(parts: &Parts, key: &SessionKey) -> String {
    let entropy = parts.entropy.as_ref();
    let sealed = parts
        .keys
        .seal(Purpose::ReplacedSession, b"", key.as_bytes(), entropy);
    URL_SAFE_NO_PAD.encode(sealed)
}

/// Returns the session key in this cookie value; `None` when this program did not seal it.
pub fn open(parts: &Parts, named: &str) -> Option<SessionKey> {
    let sealed = URL_SAFE_NO_PAD.decode(named).ok()?;
    let key = parts
        .keys
        .open(Purpose::ReplacedSession, b"", &sealed)
        .ok()?;
    Some(SessionKey::from_bytes(key.as_slice().try_into().ok()?))
}
