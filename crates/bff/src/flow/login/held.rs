//! The session that a browser holds, named in a cookie that reaches the callback.
//!
//! Browsers leave the `SameSite=Strict` session cookie out of a navigation that another site began: out of the provider's answer always, out of the
//! start when a link elsewhere led there. This name, sealed, goes along in a Lax cookie, so that the new session can replace the old one. It
//! opens no session.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::Login;
use crate::domain::{Purpose, SessionKey};

impl Login {
    /// Seals the name of the session that a browser holds from now on.
    #[must_use]
    pub fn name_held(&self, key: &SessionKey) -> String {
        let entropy = self.parts.entropy.as_ref();
        let keys = &self.parts.keys;
        URL_SAFE_NO_PAD.encode(keys.seal(Purpose::HeldSession, b"", key.as_bytes(), entropy))
    }

    /// The session of this name; `None` where this program did not seal it.
    pub(super) fn open_held(&self, named: &str) -> Option<SessionKey> {
        let sealed = URL_SAFE_NO_PAD.decode(named).ok()?;
        let key = self
            .parts
            .keys
            .open(Purpose::HeldSession, b"", &sealed)
            .ok()?;
        Some(SessionKey::from_bytes(key.as_slice().try_into().ok()?))
    }
}
