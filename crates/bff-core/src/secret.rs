//! Secret values that must never be shown: tokens, codes, state, verifier, session id.
//!
//! Each is a type of its own, is wiped from memory on drop, and has a `Debug` that shows nothing. Only [`reveal`](SessionId::reveal)
//! returns the text, so that a search for that word finds every place where a secret leaves its wrapper.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroize as _;

/// Length of every secret that this program makes: 32 random bytes (256 bits).
const SECRET_BYTES: usize = 32;

/// A source of randomness.
pub trait Entropy: Send + Sync {
    /// Fills `bytes` with randomness that is strong enough for secrets.
    fn fill(&self, bytes: &mut [u8]);
}

/// The operating system's random number generator. No other code calls it.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        use rand::TryRng as _;
        #[expect(
            clippy::expect_used,
            reason = "a machine without random numbers cannot run this program at all"
        )]
        rand::rngs::SysRng
            .try_fill_bytes(bytes)
            .expect("the operating system gives random numbers");
    }
}

/// A cryptographic generator of this thread, seeded by the operating system. For values that must not repeat but guard nothing, such as request ids,
/// because it needs no system call.
#[derive(Clone, Copy, Debug, Default)]
pub struct ThreadEntropy;

impl Entropy for ThreadEntropy {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that uses the generator of the thread"
    )]
    fn fill(&self, bytes: &mut [u8]) {
        use rand::Rng as _;
        rand::rng().fill_bytes(bytes);
    }
}

/// Returns a random number between a half and one. A wait multiplied by it keeps processes that failed together from retrying together.
#[must_use]
pub fn jitter() -> f64 {
    let mut byte = [0];
    ThreadEntropy.fill(&mut byte);
    0.5 + f64::from(byte[0]) / 512.0
}

macro_rules! secret {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Wraps a value received from outside.
            #[must_use]
            pub fn new(value: impl Into<String>) -> Self {
                Self(value.into())
            }

            /// Returns the text. Never use it in a log, a page or an error.
            #[must_use]
            pub fn reveal(&self) -> &str {
                &self.0
            }

            /// Compares both texts in constant time.
            #[must_use]
            pub fn matches(&self, other: &Self) -> bool {
                self.0.as_bytes().ct_eq(other.0.as_bytes()).into()
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str(concat!(stringify!($name), "(***)"))
            }
        }

        impl Drop for $name {
            fn drop(&mut self) {
                self.0.zeroize();
            }
        }
    };
}

macro_rules! random_secret {
    ($name:ident) => {
        impl $name {
            /// Makes a new one: 256 random bits as 43 base64url characters.
            #[must_use]
            pub fn random(entropy: &dyn Entropy) -> Self {
                let mut bytes = [0_u8; SECRET_BYTES];
                entropy.fill(&mut bytes);
                let text = URL_SAFE_NO_PAD.encode(bytes);
                bytes.zeroize();
                Self(text)
            }

            /// Returns the value when `text` has the form that [`random`](Self::random) makes. Any other text was not made by this program.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
                (bytes.len() == SECRET_BYTES).then(|| Self(text.to_owned()))
            }
        }
    };
}

secret! {
    /// The value of the session cookie: 256 random bits. The server stores only its hash, the [`SessionKey`](super::SessionKey).
    SessionId
}
secret! {
    /// The `state` of one login attempt (RFC 6749 §10.12): 256 random bits, used once.
    State
}
secret! {
    /// The PKCE code verifier (RFC 7636 §4.1): 256 random bits as 43 characters.
    CodeVerifier
}
secret! {
    /// An authorization code (RFC 6749 §4.1.2). It has any length and is sent to the token endpoint at most once.
    AuthorizationCode
}
secret! {
    /// An access token (RFC 6749 §1.4). It is opaque and has any length.
    AccessToken
}
secret! {
    /// A refresh token (RFC 6749 §1.5). It is opaque and is spent at most once.
    RefreshToken
}
random_secret!(SessionId);
random_secret!(State);
random_secret!(CodeVerifier);

#[cfg(test)]
mod tests {
    use super::*;

    /// Covers: ASVS-16.2.5
    #[test]
    fn debug_shows_nothing_of_the_value() {
        assert_eq!(
            format!("{:?}", AccessToken::new("AT-CANARY")),
            "AccessToken(***)"
        );
    }

    /// Covers: ASVS-7.2.1
    #[test]
    fn only_values_of_our_own_making_parse() {
        let made = SessionId::random(&SystemEntropy);
        assert!(SessionId::parse(made.reveal()).is_some_and(|parsed| parsed.matches(&made)));
        for foreign in [
            "",
            "x",
            "' OR 1=1--",
            &made.reveal()[1..],
            &format!("{}A", made.reveal()),
        ] {
            assert!(SessionId::parse(foreign).is_none(), "{foreign:?}");
        }
    }

    /// Covers: RFC7636-4.1-1
    #[test]
    fn a_verifier_has_the_length_and_alphabet_of_rfc_7636() {
        let verifier = CodeVerifier::random(&SystemEntropy);
        assert_eq!(verifier.reveal().len(), 43);
        assert!(
            verifier
                .reveal()
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
        );
    }
}
