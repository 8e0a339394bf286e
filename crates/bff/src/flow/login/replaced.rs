//! Identifies the session that the next login replaces, in a cookie that the browser sends to the callback.
//!
//! Browsers omit the `SameSite=Strict` session cookie on navigations started by another site: always on the provider's redirect to the callback,
//! and on the start of the login when a link on another site led there. A `SameSite=Lax` cookie carries the sealed key of the session, so that the
//! new session can replace the old one. This cookie opens no session.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::Login;
use crate::domain::{Purpose, SessionKey};

impl Login {
    /// Seals the key of the session that a browser holds from now on.
    #[must_use]
    pub fn seal_replaced(&self, key: &SessionKey) -> String {
        let entropy = self.parts.entropy.as_ref();
        let keys = &self.parts.keys;
        URL_SAFE_NO_PAD.encode(keys.seal(Purpose::ReplacedSession, b"", key.as_bytes(), entropy))
    }

    /// Returns the session key in this cookie value; `None` when this program did not seal it.
    pub(super) fn open_replaced(&self, named: &str) -> Option<SessionKey> {
        let sealed = URL_SAFE_NO_PAD.decode(named).ok()?;
        let key = self
            .parts
            .keys
            .open(Purpose::ReplacedSession, b"", &sealed)
            .ok()?;
        Some(SessionKey::from_bytes(key.as_slice().try_into().ok()?))
    }
}
