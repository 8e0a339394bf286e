//! The template engine. It gives templates access to the words and to the URLs of the assets.
//!
//! Templates have two functions. `t(id="…")` returns a sentence in the page's language; further arguments are inserted into the text.
//! `asset(name="css/page.css")` returns the URL of an asset. Release builds embed all files. Debug builds read them from disk, so that an edit shows
//! on reload.

use std::borrow::Cow;
use std::sync::Arc;

use fluent_bundle::FluentArgs;
use rust_embed::RustEmbed;
use tera::{Context, Kwargs, State, Tera, TeraResult, Value};

use super::words::Words;
use super::{Language, PageError, assets};

#[derive(RustEmbed)]
#[folder = "../../templates/pages/"]
struct Templates;

#[derive(RustEmbed)]
#[folder = "../../templates/i18n/"]
struct Sentences;

/// Renders a template by its name.
pub(super) struct Engine(Compiled);

/// The compiled templates and the words that they use.
#[derive(Clone)]
struct Compiled {
    tera: Tera,
    words: Arc<Words>,
}

impl Engine {
    /// Compiles all templates and reads all words.
    ///
    /// # Errors
    /// Returns a [`PageError`] that names the faulty template or file of words.
    pub(super) fn load() -> Result<Self, PageError> {
        Ok(Self(compile()?))
    }

    /// Renders `template`.
    ///
    /// # Errors
    /// Returns [`PageError::Template`] when the template uses a value or a word that does not exist.
    pub(super) fn render(&self, template: &str, context: &Context) -> Result<String, PageError> {
        self.current()?
            .tera
            .render(template, context)
            .map_err(|source| PageError::Template {
                template: template.to_owned(),
                source,
            })
    }

    /// Returns the current words.
    ///
    /// # Errors
    /// Same as [`load`](Self::load). Fails in debug builds only, because they read the files again.
    pub(super) fn words(&self) -> Result<Arc<Words>, PageError> {
        Ok(Arc::clone(&self.current()?.words))
    }

    /// Returns the compiled templates. Debug builds compile them again, so that an edit shows on reload. Unit tests do not, because they render too
    /// many pages.
    fn current(&self) -> Result<Cow<'_, Compiled>, PageError> {
        if cfg!(all(debug_assertions, not(test))) {
            compile().map(Cow::Owned)
        } else {
            Ok(Cow::Borrowed(&self.0))
        }
    }
}

fn compile() -> Result<Compiled, PageError> {
    let words = Arc::new(Words::load(|file| text_of(Sentences::get(file)?))?);
    let mut tera = Tera::new();
    let of_templates = Arc::clone(&words);
    tera.register_function("t", move |args: Kwargs, state: &State<'_>| {
        say(&of_templates, &args, state)
    });
    let set = assets::set_hash();
    tera.register_function(
        "asset",
        move |args: Kwargs, _: &State<'_>| -> TeraResult<String> {
            let name: &str = args.must_get("name")?;
            assets::url_in(&set, name)
                .ok_or_else(|| tera::Error::message(format!("unknown asset `{name}`")))
        },
    );
    let sources = Templates::iter()
        .filter_map(|name| Some((name.clone(), text_of(Templates::get(&name)?)?)))
        .collect::<Vec<_>>();
    tera.add_raw_templates(sources)
        .map_err(|source| PageError::Template {
            template: "templates/pages".to_owned(),
            source,
        })?;
    Ok(Compiled { tera, words })
}

fn say(words: &Words, args: &Kwargs, state: &State<'_>) -> TeraResult<String> {
    let id: &str = args.must_get("id")?;
    let language = state
        .get::<String>("lang")?
        .and_then(|tag| Language::from_tag(&tag))
        .ok_or_else(|| tera::Error::message("the template context lacks `lang`"))?;
    let arguments: FluentArgs<'_> = args
        .iter()
        .filter_map(|(name, value)| Some((name.as_str()?, fluent_value(value))))
        .filter(|(name, _)| *name != "id")
        .collect();
    words
        .text(language, id, Some(&arguments))
        .map(Cow::into_owned)
        .ok_or_else(|| tera::Error::message(format!("no words for `{id}` in {}", language.tag())))
}

/// Converts an argument to text, so that Fluent does not format numbers.
fn fluent_value(value: &Value) -> fluent_bundle::FluentValue<'static> {
    value.to_string().into()
}

fn text_of(file: rust_embed::EmbeddedFile) -> Option<String> {
    String::from_utf8(file.data.into_owned()).ok()
}
