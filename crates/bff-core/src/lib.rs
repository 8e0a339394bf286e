//! Domain types of the backend-for-frontend: session, tokens, login attempt, ids, secrets, sealing, error codes.
//!
//! No I/O and no framework. Time and randomness are passed in as values ([`Clock`], [`Entropy`]). Every other crate of the engine depends
//! on this crate, and it depends on none of them.

#![forbid(unsafe_code)]

mod attempt;
pub mod audit;
pub mod calls;
mod clock;
mod closed_paths;
mod device;
mod error;
mod ids;
mod key_ring;
pub mod provider;
mod return_to;
mod secret;
mod session;
mod tokens;
pub mod trace;

pub use attempt::{Display, LOGIN_ATTEMPT_TTL, LoginAttempt};
pub use clock::{CLOCK_SKEW, Clock, ManualClock, SystemClock, Timestamp};
pub use closed_paths::ClosedPaths;
pub use device::device_label;
pub use error::{ErrorCode, LoginError};
pub use ids::{RequestId, SessionHandle, SessionHash, SessionKey, UserId};
pub use key_ring::{KeyId, KeyRing, OpenError, Purpose, SealingKey};
pub use return_to::{BadReturnTo, ReturnTo};
pub use secret::{
    AccessToken, AuthorizationCode, CodeVerifier, Entropy, RefreshToken, SessionId, State,
    SystemEntropy, ThreadEntropy, jitter,
};
pub use session::{EndCause, LONGEST_LIFE, Lifetimes, Session, User};
pub use tokens::{DEFAULT_ACCESS_TOKEN_LIFETIME, TokenSet};
