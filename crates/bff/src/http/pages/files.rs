//! Folders of templates, words and static files, laid over each other by name.
//!
//! The engine's folders are at the bottom, those of the app above them, and the overlay of the operator is at the top. Release builds embed the files of
//! engine and app. Debug builds read them from disk, so that an edit shows on reload.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use rust_embed::{EmbeddedFile, RustEmbed};

use super::error::PageError;
use super::file::{File, hash_of};
use super::overlay::Overlay;

/// A folder of an app. Made by [`embed!`](crate::embed).
#[derive(Clone, Copy)]
pub struct Files {
    names: fn() -> Vec<Cow<'static, str>>,
    read: fn(&str) -> Option<EmbeddedFile>,
}

impl Files {
    /// Returns the files of an embedded folder.
    #[must_use]
    pub fn from_embed<E: RustEmbed>() -> Self {
        Self {
            names: || E::iter().collect(),
            read: E::get,
        }
    }
}

/// Embeds a folder of the app, such as `embed!("templates")`. The path is relative to the app's `Cargo.toml`. Debug builds read the folder from disk.
#[macro_export]
macro_rules! embed {
    ($folder:tt) => {{
        #[derive($crate::rust_embed::RustEmbed)]
        #[crate_path = "bff::rust_embed"]
        #[folder = $folder]
        struct Folder;
        $crate::Files::from_embed::<Folder>()
    }};
}

/// Each file of all layers by its name: one version for each layer that has it, the lowest first.
pub(super) type AllFiles = BTreeMap<String, Vec<File>>;

/// Folders laid over each other: a file of a later layer replaces the file with the same name of an earlier layer.
#[derive(Clone)]
pub(super) struct Layers {
    /// The folders of the engine and of the app, the lowest first.
    built_in: Vec<Files>,
    /// The overlay, and the folder in it that these layers are about, such as `static`.
    overlay: Option<(Arc<Overlay>, &'static str)>,
}

impl Layers {
    /// Lays the folders of `above` over `bottom`.
    pub(super) fn new(bottom: Files, above: &[Files]) -> Self {
        Self {
            built_in: std::iter::once(bottom)
                .chain(above.iter().copied())
                .collect(),
            overlay: None,
        }
    }

    /// Lays a folder of the overlay over all others.
    pub(super) fn under(self, overlay: Option<&Arc<Overlay>>, folder: &'static str) -> Self {
        Self {
            overlay: overlay.map(|overlay| (Arc::clone(overlay), folder)),
            ..self
        }
    }

    /// Returns whether no file can change while the program runs.
    pub(super) fn is_fixed(&self) -> bool {
        let is_hot = self
            .overlay
            .as_ref()
            .is_some_and(|(overlay, _)| overlay.is_hot());
        !cfg!(debug_assertions) && !is_hot
    }

    /// Returns all files.
    ///
    /// # Errors
    /// [`PageError::Overlay`] when the overlay is read again and cannot be read.
    pub(super) fn all(&self) -> Result<AllFiles, PageError> {
        let mut all = self.built_in();
        for (name, file) in self.of_overlay()? {
            all.entry(name).or_default().push(file);
        }
        Ok(all)
    }

    /// Returns the files without the overlay.
    pub(super) fn built_in(&self) -> AllFiles {
        let mut all = AllFiles::new();
        for files in &self.built_in {
            for name in (files.names)() {
                if let Some(file) = (files.read)(&name) {
                    all.entry(name.into_owned()).or_default().push(file.into());
                }
            }
        }
        all
    }

    /// Returns the files of the overlay.
    ///
    /// # Errors
    /// As [`all`](Self::all).
    pub(super) fn of_overlay(&self) -> Result<BTreeMap<String, File>, PageError> {
        match &self.overlay {
            Some((overlay, folder)) => overlay.files_in(folder),
            None => Ok(BTreeMap::new()),
        }
    }

    /// Returns all files of the overlay, whatever these layers are about.
    ///
    /// # Errors
    /// As [`all`](Self::all).
    pub(super) fn whole_overlay(&self) -> Result<BTreeMap<String, File>, PageError> {
        let overlay = self.overlay.as_ref();
        overlay.map_or_else(|| Ok(BTreeMap::new()), |(overlay, _)| overlay.files())
    }

    /// Returns the file of the highest layer that has it. Only names from the lists are read, because the files may be on disk.
    pub(super) fn read(&self, name: &str) -> Option<File> {
        if let Some((overlay, folder)) = &self.overlay
            && let Some(file) = overlay.file(&format!("{folder}/{name}"))
        {
            return Some(file);
        }
        let mut layers = self.built_in.iter().rev();
        layers.find_map(|files| {
            // An embedded folder contains its own names only, so a release build need not list them.
            if cfg!(debug_assertions) && !(files.names)().iter().any(|known| known == name) {
                return None;
            }
            (files.read)(name).map(File::from)
        })
    }

    /// Returns a hash over the names and bytes of all files.
    ///
    /// # Errors
    /// As [`all`](Self::all).
    pub(super) fn hash(&self) -> Result<[u8; 32], PageError> {
        let all = self.all()?;
        let parts = all.iter().flat_map(|(name, versions)| {
            let hashes = versions.iter().map(|file| file.hash.as_slice());
            [name.as_bytes(), &[0]].into_iter().chain(hashes)
        });
        Ok(hash_of(parts))
    }
}
