//! Title and default language of the page.

use serde::{Deserialize, Deserializer, Serialize};

use super::fault::Wrong;
use super::field::{Setting, optional, parsed_if_set, text};
use crate::domain::Language;

/// `[ui]`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Ui {
    /// The title of the page. `None` means the translated default title in the user's language.
    #[serde(serialize_with = "optional::serialize", deserialize_with = "title")]
    pub title: Option<String>,
    /// The language used when the browser requests none of the available languages.
    #[serde(with = "text")]
    pub default_language: Language,
}

fn title<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    const LONGEST: usize = 100;
    parsed_if_set(from, |text| {
        if text.chars().count() > LONGEST || text.contains(char::is_control) {
            return Err(Wrong::new(
                "is no title",
                "write one line of at most 100 characters",
            ));
        }
        Ok(text.to_owned())
    })
}

impl Setting for Language {
    fn parse(text: &str) -> Result<Self, Wrong> {
        Self::ALL
            .into_iter()
            .find(|language| language.tag() == text)
            .ok_or_else(|| {
                Wrong::new(
                    "is none of the page's languages",
                    "write zh-Hant, zh-Hans, en or ja",
                )
            })
    }
}
