//! The template engine: the compiled templates of all layers. Debug builds compile them again after a change, so that an edit shows on reload.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use rust_embed::RustEmbed;
use tera::Context;

use super::assets::Assets;
use super::compiled::Compiled;
use super::error::PageError;
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
    compiled: RwLock<(Hashes, Arc<Compiled>)>,
    /// Whether every call looks for changed files: in debug builds, and with an overlay in development.
    looks_again: bool,
}

/// Hashes of the templates and of the static files.
type Hashes = [[u8; 32]; 2];

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
        let compiled = Arc::new(Compiled::new(&templates, &assets)?);
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

    /// Returns the same for a test. It looks up every word when it renders.
    #[cfg(test)]
    pub(super) fn as_written(&self) -> Self {
        let compiled = Compiled::new(&self.templates, &self.assets).unwrap();
        let same = self.fixed();
        same.compiled.write().unwrap().1 = Arc::new(compiled.without_words());
        same
    }

    /// Returns the folders of the templates.
    pub(super) const fn templates(&self) -> &Layers {
        &self.templates
    }

    /// Returns the static files.
    pub(super) const fn assets(&self) -> &Assets {
        &self.assets
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
        self.current()?.render(template, language, context)
    }

    /// Returns the current words.
    ///
    /// # Errors
    /// Same as [`load`](Self::load). Fails only where the files are read again.
    pub(super) fn words(&self) -> Result<Arc<Words>, PageError> {
        Ok(Arc::clone(self.current()?.words()))
    }

    /// Returns the current URL of each asset by its name.
    ///
    /// # Errors
    /// Same as [`words`](Self::words).
    pub(super) fn urls(&self) -> Result<Arc<BTreeMap<String, String>>, PageError> {
        Ok(Arc::clone(self.current()?.urls()))
    }

    fn hashes(templates: &Layers, assets: &Assets) -> Result<Hashes, PageError> {
        Ok([templates.hash()?, assets.layers().hash()?])
    }

    /// Returns the compiled templates. Compiles them again after a file has changed, where files are read again.
    pub(super) fn current(&self) -> Result<Arc<Compiled>, PageError> {
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
        let compiled = Arc::new(Compiled::new(&self.templates, &self.assets)?);
        let mut last = self
            .compiled
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        *last = (on_disk, Arc::clone(&compiled));
        Ok(compiled)
    }
}
