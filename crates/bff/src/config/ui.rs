//! Title and default language of the page.

use serde::Serialize;

use super::fault::Wrong;
use super::reader::{Checked, Reader};
use super::show;
use crate::domain::Language;

/// `[ui]`.
#[derive(Debug, Clone, Serialize)]
pub struct Ui {
    /// The title of the page. `None` means the translated default title in the user's language.
    #[serde(serialize_with = "show::optional")]
    pub title: Option<String>,
    /// The language used when the browser requests none of the available languages.
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
