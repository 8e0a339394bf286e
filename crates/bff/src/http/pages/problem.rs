//! The page for a navigation that failed. It has one sentence about what happened and one about what to do.
//!
//! It knows an error by its stable code and its arguments only. The text of a cause is never passed in.

use super::language::Language;
use super::target::LocalTarget;
use super::words::Words;
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

impl Problem<'_> {
    /// Returns the words `problem-CODE` with `suffix`, else those of the problem's row.
    pub(super) fn sentence(
        &self,
        words: &Words,
        language: &Language,
        suffix: &str,
    ) -> Option<String> {
        let of_row = || {
            let id = format!("problem-{}{suffix}", self.row.code());
            words.text(language.tag(), &id, None).map(Into::into)
        };
        self.own_sentence(words, language, suffix).or_else(of_row)
    }

    /// Returns the words `problem-CODE` with `suffix`.
    pub(super) fn own_sentence(
        &self,
        words: &Words,
        language: &Language,
        suffix: &str,
    ) -> Option<String> {
        let arguments = self.arguments.iter();
        let arguments = arguments.map(|(name, value)| (*name, value.as_str()));
        let id = format!("problem-{}{suffix}", self.code);
        let text = words.text(language.tag(), &id, Some(&arguments.collect()))?;
        Some(text.into_owned())
    }
}
