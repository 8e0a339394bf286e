//! What the page is called and which language it falls back to.

use serde::Serialize;

use super::fault::Wrong;
use super::reader::{Checked, Reader};
use super::show;
use crate::domain::Language;

/// `[ui]`.
#[derive(Debug, Clone, Serialize)]
pub struct Ui {
    /// The title of the page; none: the one from the words, in the reader's language.
    #[serde(serialize_with = "show::optional")]
    pub title: Option<String>,
    /// The language when the reader asks for none that we have.
    #[serde(serialize_with = "show::text")]
    pub default_language: Language,
}

impl Ui {
    pub(super) fn read(reader: &mut Reader) -> Checked<Self> {
        let title = reader.optional("ui.title", title);
        let default_language = reader.text("ui.default_language", language);
        Ok(Self {
            title: title?,
            default_language: default_language?,
        })
    }
}

fn title(text: &str) -> Result<String, Wrong> {
    const LONGEST: usize = 100;
    if text.chars().count() > LONGEST || text.contains(char::is_control) {
        return Err(Wrong::new(
            "is no title",
            "write one line of at most 100 characters",
        ));
    }
    Ok(text.to_owned())
}

fn language(text: &str) -> Result<Language, Wrong> {
    Language::ALL
        .into_iter()
        .find(|language| language.tag() == text)
        .ok_or_else(|| {
            Wrong::new(
                "is none of the page's languages",
                "write zh-Hant, zh-Hans, en or ja",
            )
        })
}
