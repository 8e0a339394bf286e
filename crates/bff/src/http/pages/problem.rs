//! The page for a navigation that failed: one sentence on what happened, one on what to do.
//!
//! It knows an error by its stable code and its arguments only; no text of a cause ever gets here.

use super::LocalTarget;
use crate::domain::ErrorCode;

/// A failed navigation.
#[derive(Debug, Clone, Copy)]
pub struct Problem<'a> {
    /// The status of the answer, shown small.
    pub status: u16,
    /// The stable code; its sentences are the words `problem-CODE` and `problem-CODE.hint`.
    pub code: &'a str,
    /// The arguments for these sentences.
    pub arguments: &'a [(&'static str, String)],
    /// The row whose sentences stand in where the words have none for the code.
    pub row: ErrorCode,
    /// Where "try again" leads; without it the page only leads home.
    pub retry: Option<LocalTarget<'a>>,
}
