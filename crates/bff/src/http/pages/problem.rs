//! The page for a navigation that failed: one sentence on what happened, one on what to do.
//!
//! It knows a failure by its stable code only; no text of a cause ever gets here.

use super::LocalTarget;
use crate::domain::ErrorCode;

/// A failed navigation.
#[derive(Debug, Clone, Copy)]
pub struct Problem<'a> {
    /// The status of the answer, shown small.
    pub status: u16,
    /// What went wrong.
    pub error: ErrorCode,
    /// Where "try again" leads; without it the page only leads home.
    pub retry: Option<LocalTarget<'a>>,
}
