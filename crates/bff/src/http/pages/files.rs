//! Folders of templates, words and static files, laid over each other by name.
//!
//! The engine's folders are at the bottom, those of the app above them. Release builds embed all files. Debug builds read them from disk, so that an
//! edit shows on reload.

use std::borrow::Cow;
use std::collections::BTreeMap;

use aws_lc_rs::digest::{Context as Digest, SHA256};
use rust_embed::{EmbeddedFile, RustEmbed};

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

/// Folders laid over each other: a file of a later layer replaces the file with the same name of an earlier layer.
#[derive(Clone, Default)]
pub(super) struct Layers(Vec<Files>);

impl Layers {
    /// Lays the folders of `above` over `bottom`.
    pub(super) fn new(bottom: Files, above: &[Files]) -> Self {
        Self(
            std::iter::once(bottom)
                .chain(above.iter().copied())
                .collect(),
        )
    }

    /// Returns each file of all layers by its name: one version for each layer that has it, the lowest first.
    pub(super) fn all(&self) -> BTreeMap<String, Vec<EmbeddedFile>> {
        let mut all: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for files in &self.0 {
            for name in (files.names)() {
                if let Some(file) = (files.read)(&name) {
                    all.entry(name.into_owned()).or_default().push(file);
                }
            }
        }
        all
    }

    /// Returns the file of the highest layer that has it. Only names from the list are read, because debug builds read them from disk.
    pub(super) fn read(&self, name: &str) -> Option<EmbeddedFile> {
        let mut layers = self.0.iter().rev();
        layers.find_map(|files| {
            // An embedded folder contains its own names only, so a release build need not list them.
            if cfg!(debug_assertions) && !(files.names)().iter().any(|known| known == name) {
                return None;
            }
            (files.read)(name)
        })
    }

    /// Returns a hash over the names and bytes of all files.
    pub(super) fn hash(&self) -> [u8; 32] {
        let mut digest = Digest::new(&SHA256);
        for (name, versions) in self.all() {
            digest.update(name.as_bytes());
            digest.update(&[0]);
            for file in versions {
                digest.update(&file.metadata.sha256_hash());
            }
        }
        let mut hash = [0; 32];
        hash.copy_from_slice(digest.finish().as_ref());
        hash
    }
}

/// Returns the text of a file. `None` when it is not UTF-8.
pub(super) fn text(file: &EmbeddedFile) -> Option<String> {
    std::str::from_utf8(&file.data).ok().map(str::to_owned)
}
