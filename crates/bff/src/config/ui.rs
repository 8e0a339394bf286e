//! Title and default language of the page.

use serde::{Deserialize, Deserializer, Serialize};

use super::field::{checked, or_empty, parsed, parsed_if_set};

/// `[ui]`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Ui {
    /// The title of the page. `None` means the translated default title in the user's language.
    #[serde(serialize_with = "or_empty", deserialize_with = "title")]
    pub title: Option<String>,
    /// The tag of the language used when the browser requests none of the available languages. The pages check that they have it.
    #[serde(deserialize_with = "language_tag")]
    pub default_language: String,
}

fn title<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    const WRONG: &str = "is no title; write one line of at most 100 characters";
    parsed_if_set(from, |text| {
        let is_long = text.chars().count() > 100;
        checked(text, !is_long && !text.contains(char::is_control), WRONG)
    })
}

/// Reads a language tag (BCP 47). Whether the pages have the language is checked when the templates are read.
fn language_tag<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    const WRONG: &str =
        "is no language tag; write the name of a file in templates/i18n, such as zh-Hant or en";
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
    parsed(from, |text| {
        checked(text, text.len() <= 35 && text.chars().all(is_plain), WRONG)
    })
}
