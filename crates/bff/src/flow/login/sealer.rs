//! Seals the values of login cookies.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

use crate::domain::{Entropy, KeyRing, Purpose};

/// Seals the values of login cookies.
pub(in crate::flow) struct CookieSealer {
    pub(in crate::flow) keys: KeyRing,
    pub(in crate::flow) entropy: Arc<dyn Entropy>,
}

impl CookieSealer {
    pub(super) fn seal(&self, purpose: Purpose, context: &[u8], plain: &[u8]) -> String {
        let entropy = self.entropy.as_ref();
        URL_SAFE_NO_PAD.encode(self.keys.seal(purpose, context, plain, entropy))
    }

    /// Returns the content of a cookie value; `None` when this program did not seal it for this purpose and context.
    pub(super) fn open(
        &self,
        purpose: Purpose,
        context: &[u8],
        sealed: &str,
    ) -> Option<Zeroizing<Vec<u8>>> {
        let sealed = URL_SAFE_NO_PAD.decode(sealed).ok()?;
        self.keys.open(purpose, context, &sealed).ok()
    }
}
