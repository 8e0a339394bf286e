//! Title, default language, overlay and support address of the pages.

use serde::{Deserialize, Deserializer, Serialize};

use super::address::ExactUrl;
use super::fault::ensure;
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
    /// Where every "contact us" of the pages leads: an https URL or a mailto address. `None`: pages have no such sentence.
    #[serde(serialize_with = "or_empty", deserialize_with = "support_url")]
    pub support_url: Option<String>,
    /// The folder that is laid over templates, words and static files. The pages check that it is there.
    #[serde(serialize_with = "or_empty", deserialize_with = "folder")]
    pub overlay: Option<String>,
    /// Whether search engines are asked to leave out all pages. `false`: they may list `/`.
    pub noindex: bool,
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

/// Reads the target of a link: a URL by the rule of all URLs here, or a mail address (RFC 6068).
fn support_url<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    const WRONG: &str = "is no mail address; write mailto:help@example.com";
    parsed_if_set(from, |text| {
        let Some(address) = text.strip_prefix("mailto:") else {
            return text.parse().map(|url: ExactUrl| url.to_string());
        };
        ensure(is_mail_address(address), WRONG)?;
        Ok(text.to_owned())
    })
}

/// Returns whether the text is one address, with an optional subject after `?`.
fn is_mail_address(text: &str) -> bool {
    let address = text.split('?').next().unwrap_or_default();
    let parts = address.split_once('@');
    let is_whole = parts.is_some_and(|(name, host)| !name.is_empty() && host.contains('.'));
    let is_plain = |c: char| c.is_ascii_graphic() && !"\"<>,\\".contains(c);
    is_whole && text.chars().all(is_plain)
}

fn folder<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    const WRONG: &str = "is no path of a folder; write one without control characters";
    parsed_if_set(from, |text| {
        let is_path = !text.contains(char::is_control);
        checked(text, is_path, WRONG)
    })
}
