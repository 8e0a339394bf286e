//! Login: from the start to the redirect to the provider, and from the authorization response to a session.
//!
//! A login attempt is stored in the browser, sealed, in its own cookie. The server stores nothing until the browser returns with a state that
//! matches one of its own attempts (RFC 6749 §10.12, RFC 9700 §4.7). Then the attempt is spent, once, whatever the result.

mod attempts;
mod callback;
mod finish;
mod limit;
mod outcome;
mod replaced;
mod sealer;
mod use_case;

pub use attempts::PresentAttempt;
pub use callback::{AuthorizationResponse, BrowserState, Callback};
pub(super) use limit::SessionLimit;
pub use outcome::{FailedLogin, FinishedLogin};
pub(super) use sealer::CookieSealer;
pub use use_case::{Login, LoginSettings, StartedLogin};
