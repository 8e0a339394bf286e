//! The compiled templates. Templates have access to the words and to the URLs of the assets by two functions.
//!
//! `t(id="…")` returns a sentence in the page's language; further arguments are inserted into the text. `asset(name="css/page.css")` returns the URL
//! of an asset. A template of an app replaces the engine's template with the same name, and can extend it as `engine/NAME`.
//!
//! The templates are compiled once as they are written, and once for each language that a page was rendered in, with most of its words in place.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use fluent_bundle::{FluentArgs, FluentValue};
use tera::{Context, Kwargs, State, Tera, TeraResult, Value};

use super::assets::Assets;
use super::error::PageError;
use super::file::File;
use super::files::Layers;
use super::literal_calls::{self, LiteralCall};
use super::words::Words;

/// The compiled templates, and the words and the URLs of the assets that they use.
pub(super) struct Compiled {
    /// The templates as they are written.
    sources: Vec<(String, String)>,
    tera: Tera,
    /// The templates with the words of one language, by its tag. Each is compiled on first use; `None` when that failed.
    of_languages: BTreeMap<String, OnceLock<Option<Tera>>>,
    words: Arc<Words>,
    urls: Arc<BTreeMap<String, String>>,
}

impl Compiled {
    /// Compiles all templates and reads all words.
    ///
    /// # Errors
    /// Returns a [`PageError`] that names the faulty template or file of words.
    pub(super) fn new(templates: &Layers, assets: &Assets) -> Result<Self, PageError> {
        let words = Arc::new(Words::load(templates)?);
        let urls = Arc::new(assets.urls()?);
        let sources = sources(templates)?;
        let mut tera = with_functions(&words, &urls);
        tera.add_raw_templates(sources.iter().map(|(name, source)| (name, source)))
            .map_err(|source| PageError::Template {
                template: "templates/pages".to_owned(),
                source,
            })?;
        let of_languages = words
            .tags()
            .map(|tag| (tag.to_owned(), OnceLock::new()))
            .collect();
        Ok(Self {
            sources,
            tera,
            of_languages,
            words,
            urls,
        })
    }

    /// Returns the words.
    pub(super) const fn words(&self) -> &Arc<Words> {
        &self.words
    }

    /// Returns the URL of each asset by its name.
    pub(super) const fn urls(&self) -> &Arc<BTreeMap<String, String>> {
        &self.urls
    }

    /// Renders `template` in the language with this tag.
    ///
    /// # Errors
    /// Returns [`PageError::Template`] when the template uses a value or a word that does not exist.
    pub(super) fn render(
        &self,
        template: &str,
        language: &str,
        context: &Context,
    ) -> Result<String, PageError> {
        let with_words = self.in_language(language);
        if let Some(Ok(page)) = with_words.map(|tera| tera.render(template, context)) {
            return Ok(page);
        }
        // An error names a line of the template as it is written.
        let page = self.tera.render(template, context);
        page.map_err(|source| PageError::Template {
            template: template.to_owned(),
            source,
        })
    }

    /// Returns the same without templates that have their words in place.
    #[cfg(test)]
    pub(super) fn without_words(mut self) -> Self {
        self.of_languages.clear();
        self
    }

    /// Returns the templates with the words of this language.
    fn in_language(&self, tag: &str) -> Option<&Tera> {
        let compiled = self.of_languages.get(tag)?;
        let compile = || {
            let call = |call: &LiteralCall<'_>| self.call(tag, call);
            let sources = self.sources.iter();
            let with_words =
                sources.map(|(name, source)| (name, literal_calls::insert(source, call)));
            let mut tera = with_functions(&self.words, &self.urls);
            tera.add_raw_templates(with_words).ok()?;
            Some(tera)
        };
        compiled.get_or_init(compile).as_ref()
    }

    /// Returns the result of a call in a template.
    fn call(&self, tag: &str, call: &LiteralCall<'_>) -> Option<String> {
        match (call.function, call.arguments.as_slice()) {
            ("asset", [("name", name)]) => self.urls.get(*name).cloned(),
            ("t", [("id", id), arguments @ ..]) => {
                let arguments: FluentArgs<'_> = arguments.iter().copied().collect();
                let text = self.words.text(tag, id, Some(&arguments))?;
                Some(text.into_owned())
            }
            _ => None,
        }
    }
}

/// Returns an engine without templates, with the functions that they call.
fn with_functions(words: &Arc<Words>, urls: &Arc<BTreeMap<String, String>>) -> Tera {
    let mut tera = Tera::new();
    tera.set_escape_fn(literal_calls::escape);
    let words = Arc::clone(words);
    tera.register_function("t", move |args: Kwargs, state: &State<'_>| {
        say(&words, &args, state)
    });
    let urls = Arc::clone(urls);
    tera.register_function(
        "asset",
        move |args: Kwargs, _: &State<'_>| -> TeraResult<String> {
            let name: &str = args.must_get("name")?;
            urls.get(name)
                .cloned()
                .ok_or_else(|| tera::Error::message(format!("unknown asset `{name}`")))
        },
    );
    tera
}

/// Returns each template by its name. The template that one of the app replaces is there as `engine/NAME`, and the built-in one that the overlay can
/// replace as `app/NAME`.
///
/// # Errors
/// [`PageError::Overlay`] when the overlay cannot be read.
pub(super) fn sources(templates: &Layers) -> Result<Vec<(String, String)>, PageError> {
    let overlay = templates.of_overlay()?;
    let has_overlay = !overlay.is_empty();
    let mut sources: BTreeMap<String, String> = BTreeMap::new();
    for (path, versions) in templates.built_in() {
        let Some(name) = path.strip_prefix("pages/") else {
            continue;
        };
        let mut versions = versions.iter().rev().filter_map(File::text);
        let (top, below) = (versions.next(), versions.next());
        let Some(top) = top else { continue };
        sources.insert(name.to_owned(), top.to_owned());
        if let Some(below) = below {
            sources.insert(format!("engine/{name}"), below.to_owned());
        }
        if has_overlay {
            sources.insert(format!("app/{name}"), top.to_owned());
        }
    }
    for (path, file) in &overlay {
        if let (Some(name), Some(text)) = (path.strip_prefix("pages/"), file.text()) {
            sources.insert(name.to_owned(), text.to_owned());
        }
    }
    Ok(sources.into_iter().collect())
}

fn say(words: &Words, args: &Kwargs, state: &State<'_>) -> TeraResult<String> {
    let id: &str = args.must_get("id")?;
    let language = state
        .get::<String>("lang")?
        .ok_or_else(|| tera::Error::message("the template context lacks `lang`"))?;
    // Most texts have no arguments.
    let arguments: Option<FluentArgs<'_>> = (args.iter().count() > 1).then(|| {
        args.iter()
            .filter_map(|(name, value)| Some((name.as_str()?, value)))
            .filter(|(name, _)| *name != "id")
            .map(|(name, value)| (name, fluent_value(value)))
            .collect()
    });
    words
        .text(&language, id, arguments.as_ref())
        .map(Cow::into_owned)
        .ok_or_else(|| tera::Error::message(format!("no words for `{id}` in {language}")))
}

/// Converts an argument. A small whole number stays a number, so that the words can have plural forms; every other value is text, so that Fluent does
/// not format it.
fn fluent_value(value: &Value) -> FluentValue<'static> {
    const SMALL: u64 = 1_000_000;
    match value.as_u64() {
        Some(number) if number < SMALL => FluentValue::from(number),
        _ => value.to_string().into(),
    }
}

#[cfg(test)]
mod tests {
    use tera::Context;

    use super::super::tests::{frame, pages};

    #[test]
    fn the_words_of_each_language_are_in_its_templates() {
        let compiled = pages().engine.current().unwrap();
        let (template, nothing) = ("parts/sign_out.html", Context::new());
        for tag in compiled.words.tags() {
            let with_words = compiled.in_language(tag).unwrap();
            let page = with_words.render(template, &nothing).unwrap();
            let word = compiled.words.text(tag, "sign-out", None).unwrap();
            assert!(page.contains(&*word), "{page}");
        }
        // As it is written, the template needs to know the language.
        assert!(compiled.tera.render(template, &nothing).is_err());
    }
    #[test]
    fn a_page_with_its_words_in_place_equals_one_that_looks_them_up() {
        let (pages, mut as_written) = (pages().fixed(), pages().fixed());
        as_written.engine = as_written.engine.as_written();
        for tag in ["en", "zh-Hant"] {
            let frame = frame(pages.languages().find(tag).unwrap());
            let expected = as_written.samples(&frame);
            for ((name, page), (_, expected)) in pages.samples(&frame).into_iter().zip(expected) {
                assert_eq!(page.unwrap(), expected.unwrap(), "{name}");
            }
        }
    }
}
