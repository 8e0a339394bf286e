//! Random values and their digests: how tokens, codes and cookies are made and recognised again. The
//! value itself goes out once and is never kept; the state holds the SHA-256 only.

use aws_lc_rs::digest;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;

/// The SHA-256 of a value that must not be kept, as base64url.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Digest(String);

impl Digest {
    /// The digest under which `value` is known.
    pub(crate) fn of(value: &str) -> Self {
        Self(s256(value))
    }

    /// Whether `value` is what this digest was made of, in constant time.
    pub(crate) fn matches(&self, value: &str) -> bool {
        self.0.as_bytes().ct_eq(s256(value).as_bytes()).into()
    }
}

/// The `S256` transformation of RFC 7636 §4.2: base64url of the SHA-256, without padding.
pub(crate) fn s256(value: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, value.as_bytes()))
}

/// `bytes` random bytes as base64url text.
pub(crate) fn random_text(bytes: usize) -> String {
    use rand::TryRng as _;
    let mut buffer = vec![0; bytes];
    #[expect(
        clippy::expect_used,
        reason = "a machine without random numbers cannot run this program at all"
    )]
    rand::rngs::SysRng
        .try_fill_bytes(&mut buffer)
        .expect("the operating system gives random numbers");
    URL_SAFE_NO_PAD.encode(buffer)
}

/// A new access token. It has the look of a JWT and nothing inside; at least `length` characters.
pub(crate) fn access_token(length: usize) -> String {
    let look = format!(
        "eyJ{}.{}.{}",
        random_text(24),
        random_text(96),
        random_text(32)
    );
    lengthened(look, length)
}

/// A new refresh token of at least `length` characters.
pub(crate) fn refresh_token(length: usize) -> String {
    lengthened(format!("refresh_{}", random_text(32)), length)
}

fn lengthened(mut token: String, length: usize) -> String {
    if let Some(missing) = length.checked_sub(token.len()) {
        token.push_str(&random_text(missing)[..missing]);
    }
    token
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s256_agrees_with_the_example_of_rfc_7636_appendix_b() {
        assert_eq!(
            s256("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
        );
    }

    #[test]
    fn tokens_are_as_long_as_asked_for_and_never_the_same() {
        assert_eq!(access_token(5_000).len(), 5_000);
        assert_eq!(refresh_token(3_000).len(), 3_000);
        assert!(access_token(0).starts_with("eyJ"));
        assert!(refresh_token(0).starts_with("refresh_"));
        assert_ne!(access_token(0), access_token(0));
    }

    #[test]
    fn a_digest_knows_its_value_and_no_other() {
        let digest = Digest::of("one");
        assert!(digest.matches("one"));
        assert!(!digest.matches("two"));
    }
}
