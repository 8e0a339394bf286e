//! [`PageError`]: why the pages cannot be loaded or rendered.

/// A page could not be rendered. The cause is always a fault of the templates or the words, never of a request.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// A template does not compile, or uses a value that it was not given.
    #[error("the template {template} cannot be rendered: {}", one_line(&source.to_string()))]
    Template {
        /// The template's name, or the folder when all templates are read.
        template: String,
        /// The error of the template engine: names and lines of the template, no values.
        source: tera::Error,
    },
    /// A file of words is unusable.
    #[error("the texts in {file} cannot be used: {why}")]
    Words {
        /// The file's name.
        file: String,
        /// The fault.
        why: String,
    },
    /// The folder of `ui.overlay`, or a file in it, is unusable.
    #[error("ui.overlay: {file}{why}")]
    Overlay {
        /// The path of the file in the folder and a colon. Empty for the folder itself.
        file: String,
        /// The fault and the remedy.
        why: String,
    },
    /// `ui.default_language` is none of the languages.
    #[error("ui.default_language: is none of the page's languages; write one of {languages}")]
    DefaultLanguage {
        /// The tags of the languages.
        languages: String,
    },
}

impl PageError {
    /// Returns the error for the author of a template: in the lines of the template engine, with the place.
    #[must_use]
    pub fn in_lines(&self) -> String {
        match self {
            Self::Template { template, source } => format!("{template}\n\n{source}"),
            other => other.to_string(),
        }
    }
}

/// Returns a text as one line. The faults of the template engine have several.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
