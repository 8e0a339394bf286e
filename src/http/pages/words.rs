//! The words of the page, one Fluent file per language (`templates/i18n/*.ftl`).
//!
//! A word that is missing is an error, never an empty place on the page. The templates ask through
//! the function `t` (see `engine`).

use std::borrow::Cow;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};

use super::{Language, PageError};

/// All words in all languages.
pub(super) struct Words {
    bundles: Vec<(Language, FluentBundle<FluentResource>)>,
}

impl Words {
    /// Reads one file per language; `read` gives the text of a file by its name.
    ///
    /// # Errors
    /// [`PageError::Words`] for a file that is missing, malformed, or says something twice.
    pub(super) fn load(read: impl Fn(&str) -> Option<String>) -> Result<Self, PageError> {
        let load_one = |language: Language| {
            let file = format!("{}.ftl", language.tag());
            let wrong = |why: String| PageError::Words {
                file: file.clone(),
                why,
            };
            let source = read(&file).ok_or_else(|| wrong("the file is missing".to_owned()))?;
            let resource = FluentResource::try_new(source)
                .map_err(|(_, faults)| wrong(format!("{faults:?}")))?;
            let mut bundle = FluentBundle::new_concurrent(vec![language.identifier()]);
            // All languages here run left to right, and the marks would end up in copied text.
            bundle.set_use_isolating(false);
            bundle
                .add_resource(resource)
                .map_err(|faults| wrong(format!("{faults:?}")))?;
            Ok((language, bundle))
        };
        let bundles = Language::ALL
            .into_iter()
            .map(load_one)
            .collect::<Result<_, _>>()?;
        Ok(Self { bundles })
    }

    /// The text of `id`, which is a message (`login-button`) or an attribute of one
    /// (`error-access_denied.hint`). `None` when this language lacks it or an argument is missing.
    pub(super) fn text(
        &self,
        language: Language,
        id: &str,
        args: Option<&FluentArgs<'_>>,
    ) -> Option<Cow<'_, str>> {
        let (_, bundle) = self.bundles.iter().find(|(known, _)| *known == language)?;
        let (message, attribute) = match id.split_once('.') {
            Some((message, attribute)) => (message, Some(attribute)),
            None => (id, None),
        };
        let message = bundle.get_message(message)?;
        let pattern = match attribute {
            Some(attribute) => message.get_attribute(attribute)?.value(),
            None => message.value()?,
        };
        let mut faults = Vec::new();
        let text = bundle.format_pattern(pattern, args, &mut faults);
        faults.is_empty().then_some(text)
    }
}
