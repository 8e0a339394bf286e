//! The page for a navigation that failed. It has one sentence about what happened and one about what to do.
//!
//! It knows an error by its stable code and its arguments only. The text of a cause is never passed in.

use super::target::LocalTarget;
use crate::domain::ErrorCode;

/// A failed navigation.
#[derive(Debug, Clone, Copy)]
pub struct Problem<'a> {
    /// The status of the response, shown in small type.
    pub status: u16,
    /// The stable code. Its sentences have the ids `problem-CODE` and `problem-CODE.hint`.
    pub code: &'a str,
    /// The arguments for these sentences.
    pub arguments: &'a [(&'static str, String)],
    /// The error code whose sentences are shown when the words have none for `code`.
    pub row: ErrorCode,
    /// Target of the link "try again". Without it the page links to the front page only.
    pub retry: Option<LocalTarget<'a>>,
}
