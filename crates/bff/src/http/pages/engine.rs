//! The template engine. It gives templates access to the words and to the URLs of the assets.
//!
//! Templates have two functions. `t(id="…")` returns a sentence in the page's language; further arguments are inserted into the text.
//! `asset(name="css/page.css")` returns the URL of an asset. A template of an app replaces the engine's template with the same name, and can extend
//! it as `engine/NAME`. Debug builds compile the templates again after a change, so that an edit shows on reload.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use fluent_bundle::{FluentArgs, FluentValue};
use rust_embed::RustEmbed;
use tera::{Context, Kwargs, State, Tera, TeraResult, Value};

use super::assets::Assets;
use super::error::PageError;
use super::file::File;
use super::files::{Files, Layers};
use super::overlay::Overlay;
use super::words::Words;

/// The engine's own templates and words.
#[derive(RustEmbed)]
#[folder = "templates"]
struct Templates;

/// Renders a template by its name.
pub(super) struct Engine {
    templates: Layers,
    assets: Assets,
    /// The compiled templates, and the hashes of the files that they were compiled from.
    compiled: RwLock<(Hashes, Compiled)>,
    /// Whether every call looks for changed files: in debug builds, and with an overlay in development.
    looks_again: bool,
}

/// Hashes of the templates and of the static files.
type Hashes = [[u8; 32]; 2];

/// The compiled templates, and the words and the URLs of the assets that they use.
#[derive(Clone)]
struct Compiled {
    tera: Arc<Tera>,
    words: Arc<Words>,
    urls: Arc<BTreeMap<String, String>>,
}

impl Engine {
    /// Compiles all templates and reads all words. The folders of the app are laid over the engine's, and the overlay over both.
    ///
    /// # Errors
    /// Returns a [`PageError`] that names the faulty template or file of words.
    pub(super) fn load(
        of_app: &[Files],
        overlay: Option<&Arc<Overlay>>,
        assets: Assets,
    ) -> Result<Self, PageError> {
        let templates = Layers::new(Files::from_embed::<Templates>(), of_app);
        let templates = templates.under(overlay, "templates");
        let compiled = compile(&templates, &assets)?;
        Ok(Self {
            compiled: RwLock::new((Self::hashes(&templates, &assets)?, compiled)),
            looks_again: !templates.is_fixed(),
            templates,
            assets,
        })
    }

    /// Returns whether a page may change while the program runs.
    pub(super) const fn looks_again(&self) -> bool {
        self.looks_again
    }

    /// Returns the same for many pages in a row: it does not look for changed files.
    pub(super) fn fixed(&self) -> Self {
        let compiled = self
            .compiled
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        Self {
            templates: self.templates.clone(),
            assets: self.assets.clone(),
            compiled: RwLock::new(compiled),
            looks_again: false,
        }
    }

    /// Returns the folders of the templates.
    pub(super) const fn templates(&self) -> &Layers {
        &self.templates
    }

    /// Returns the static files.
    pub(super) const fn assets(&self) -> &Assets {
        &self.assets
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
    /// Same as [`load`](Self::load). Fails only where the files are read again.
    pub(super) fn words(&self) -> Result<Arc<Words>, PageError> {
        Ok(self.current()?.words)
    }

    /// Returns the current URL of each asset by its name.
    ///
    /// # Errors
    /// Same as [`words`](Self::words).
    pub(super) fn urls(&self) -> Result<Arc<BTreeMap<String, String>>, PageError> {
        Ok(self.current()?.urls)
    }

    fn hashes(templates: &Layers, assets: &Assets) -> Result<Hashes, PageError> {
        Ok([templates.hash()?, assets.layers().hash()?])
    }

    /// Returns the compiled templates. Compiles them again after a file has changed, where files are read again.
    fn current(&self) -> Result<Compiled, PageError> {
        let (hashes, compiled) = self
            .compiled
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        if !self.looks_again {
            return Ok(compiled);
        }
        let on_disk = Self::hashes(&self.templates, &self.assets)?;
        if hashes == on_disk {
            return Ok(compiled);
        }
        let compiled = compile(&self.templates, &self.assets)?;
        let mut last = self
            .compiled
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        *last = (on_disk, compiled.clone());
        Ok(compiled)
    }
}

fn compile(templates: &Layers, assets: &Assets) -> Result<Compiled, PageError> {
    let words = Arc::new(Words::load(templates)?);
    let mut tera = Tera::new();
    let of_templates = Arc::clone(&words);
    tera.register_function("t", move |args: Kwargs, state: &State<'_>| {
        say(&of_templates, &args, state)
    });
    let urls = Arc::new(assets.urls()?);
    let of_templates = Arc::clone(&urls);
    tera.register_function(
        "asset",
        move |args: Kwargs, _: &State<'_>| -> TeraResult<String> {
            let name: &str = args.must_get("name")?;
            of_templates
                .get(name)
                .cloned()
                .ok_or_else(|| tera::Error::message(format!("unknown asset `{name}`")))
        },
    );
    tera.add_raw_templates(sources(templates)?)
        .map_err(|source| PageError::Template {
            template: "templates/pages".to_owned(),
            source,
        })?;
    Ok(Compiled {
        tera: Arc::new(tera),
        words,
        urls,
    })
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
