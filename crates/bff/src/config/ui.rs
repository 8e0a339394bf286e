//! Title and default language of the page.

use serde::Serialize;

use super::fault::Wrong;
use super::reader::{Checked, Reader};
use super::show;

/// `[ui]`.
#[derive(Debug, Clone, Serialize)]
pub struct Ui {
    /// The title of the page. `None` means the translated default title in the user's language.
    #[serde(serialize_with = "show::optional")]
    pub title: Option<String>,
    /// The tag of the language used when the browser requests none of the available languages. The pages check that they have it.
    pub default_language: String,
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

/// Reads a language tag (BCP 47). Whether the pages have the language is checked when the templates are read.
fn language(text: &str) -> Result<String, Wrong> {
    const LONGEST: usize = 35;
    let is_tag = |text: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    if text.len() > LONGEST || !is_tag(text) {
        return Err(Wrong::new(
            "is no language tag",
            "write the name of a file in templates/i18n, such as zh-Hant or en",
        ));
    }
    Ok(text.to_owned())
}
