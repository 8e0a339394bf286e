//! The static files (`static/`): their URLs and their bytes.
//!
//! All files are served under one hash of the whole set, `/static/<hash>/js/app.js`, so that a module can import its neighbours by relative paths
//! and every file may be cached permanently. A file is marked immutable only under the hash of its own set. During a rolling deploy a browser may
//! ask this replica for the set of another version. It then gets our file, which it must revalidate.
//!
//! Beside the files there are bundles, which pages link to (`bundle.rs`).

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::{Arc, OnceLock};

use actix_web::web::Bytes;
use rust_embed::RustEmbed;

use super::bundle;
use super::error::PageError;
use super::file::File;
use super::files::{Files, Layers};
use super::overlay::Overlay;

/// The engine's own files.
#[derive(RustEmbed)]
#[folder = "static"]
struct Static;

/// A static file and its headers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asset {
    /// The body.
    pub bytes: Bytes,
    /// The value of `Content-Type`, with a charset for text.
    pub content_type: &'static str,
    /// The value of `ETag`, quotes included. It is weak, because one tag is used for every compression (RFC 9110 §8.8.3.3).
    pub etag: String,
    /// Whether the requested URL can never return another body.
    pub is_immutable: bool,
}

impl Asset {
    /// Returns the value of `Cache-Control`.
    pub const fn cache_control(&self) -> &'static str {
        if self.is_immutable {
            "public, max-age=31536000, immutable"
        } else {
            "no-cache"
        }
    }
}

/// The static files of the engine and of the app.
#[derive(Clone)]
pub struct Assets {
    layers: Layers,
    /// The hash over all names and bytes, once it is computed.
    set: Arc<OnceLock<String>>,
    /// The bundles by their names, once they are made.
    bundles: Arc<OnceLock<BTreeMap<String, File>>>,
}

impl Assets {
    /// Lays the folders of the app over the engine's, and the overlay over both.
    pub(super) fn new(of_app: &[Files], overlay: Option<&Arc<Overlay>>) -> Self {
        let layers = Layers::new(Files::from_embed::<Static>(), of_app);
        Self {
            layers: layers.under(overlay, "static"),
            set: Arc::default(),
            bundles: Arc::default(),
        }
    }

    /// Returns the asset at `path`, the part of the URL after `/static/`: `<hash>/js/app.js`. The caller answers `None` with 404.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<Asset> {
        let (set, name) = path.split_once('/')?;
        let content_type = content_type(name)?;
        let file = self.read(name)?;
        Some(Asset {
            etag: format!("W/\"{}\"", hex(&file.hash)),
            bytes: file.bytes,
            content_type,
            is_immutable: self.set_hash().is_ok_and(|hash| set == hash),
        })
    }

    /// Returns the URL of each asset by its name (`js/app.js`).
    ///
    /// # Errors
    /// [`PageError::Overlay`] when the overlay is read again and cannot be read.
    pub fn urls(&self) -> Result<BTreeMap<String, String>, PageError> {
        let set = self.set_hash()?;
        let names = self.names()?.into_iter();
        Ok(names
            .map(|name| (name.clone(), format!("/static/{set}/{name}")))
            .collect())
    }

    /// Returns the layers of the files.
    pub(super) const fn layers(&self) -> &Layers {
        &self.layers
    }

    /// Returns the names of all files and bundles.
    fn names(&self) -> Result<BTreeSet<String>, PageError> {
        let mut names: BTreeSet<String> = self.layers.all()?.into_keys().collect();
        let bundles: Vec<_> = names
            .iter()
            .filter_map(|name| bundle::name_of(name))
            .collect();
        names.extend(bundles);
        names.insert(bundle::STYLES.to_owned());
        Ok(names)
    }

    /// Returns a file or a bundle. Bundles are made once, unless files may change.
    fn read(&self, name: &str) -> Option<File> {
        if let Some(file) = self.layers.read(name) {
            return Some(file);
        }
        if !self.layers.is_fixed() {
            return self.make(name);
        }
        self.bundles
            .get_or_init(|| self.make_all())
            .get(name)
            .cloned()
    }

    fn make_all(&self) -> BTreeMap<String, File> {
        let names = self.names().unwrap_or_default().into_iter();
        names
            .filter_map(|name| Some((name.clone(), self.make(&name)?)))
            .collect()
    }

    fn make(&self, name: &str) -> Option<File> {
        let read = |file: &str| Some(self.layers.read(file)?.text()?.to_owned());
        bundle::read_bundle(name, &read).map(|text| File::new(text.into_bytes()))
    }

    /// Returns the hash over all names and bytes. It is computed on each call while the files may change at any time.
    fn set_hash(&self) -> Result<Cow<'_, str>, PageError> {
        if !self.layers.is_fixed() {
            return self.hash_all().map(Cow::Owned);
        }
        if let Some(hash) = self.set.get() {
            return Ok(Cow::Borrowed(hash));
        }
        let hash = self.hash_all()?;
        Ok(Cow::Borrowed(self.set.get_or_init(|| hash)))
    }

    fn hash_all(&self) -> Result<String, PageError> {
        Ok(hex(&self.layers.hash()?[..8]))
    }
}

/// Returns whether files with this name are served: their kind is known.
pub(super) fn is_served(name: &str) -> bool {
    content_type(name).is_some()
}

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            // Writing to a String cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
}

fn content_type(name: &str) -> Option<&'static str> {
    match name.rsplit_once('.')?.1 {
        "css" => Some("text/css; charset=utf-8"),
        "js" => Some("text/javascript; charset=utf-8"),
        "svg" => Some("image/svg+xml; charset=utf-8"),
        "png" => Some("image/png"),
        "jpg" | "jpeg" => Some("image/jpeg"),
        "webp" => Some("image/webp"),
        "avif" => Some("image/avif"),
        "ico" => Some("image/x-icon"),
        "woff2" => Some("font/woff2"),
        "json" => Some("application/json"),
        "txt" => Some("text/plain; charset=utf-8"),
        "webmanifest" => Some("application/manifest+json"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assets() -> Assets {
        Assets::new(&[], None)
    }

    fn path_of(name: &str) -> String {
        assets().urls().unwrap()[name]
            .strip_prefix("/static/")
            .unwrap()
            .to_owned()
    }

    #[test]
    fn every_file_is_served_at_its_own_address_for_good() {
        let mut seen = 0;
        for name in assets().names().unwrap() {
            let asset = assets()
                .get(&path_of(&name))
                .unwrap_or_else(|| panic!("{name} is not served"));
            assert!(asset.is_immutable, "{name}");
            assert_eq!(asset.cache_control(), "public, max-age=31536000, immutable");
            assert!(!asset.bytes.is_empty(), "{name}");
            assert!(asset.etag.starts_with("W/\"") && asset.etag.ends_with('"'));
            assert!(asset.etag.len() > 40);
            seen += 1;
        }
        assert!(seen >= 8, "only {seen} assets");
    }

    /// Covers: DRV-ASSET-CACHE
    #[test]
    fn a_file_under_the_hash_of_another_version_is_revalidated() {
        let asset = assets().get("0123456789abcdef/js/app.js").unwrap();
        assert!(!asset.is_immutable);
        assert_eq!(asset.cache_control(), "no-cache");
    }

    #[test]
    fn the_modules_of_the_engine_can_be_joined() {
        let assets = assets();
        for name in assets
            .layers
            .all()
            .unwrap()
            .keys()
            .filter_map(|name| bundle::name_of(name))
        {
            let asset = assets.get(&path_of(&name)).unwrap();
            assert!(!asset.bytes.starts_with(b"import"), "{name}");
        }
    }

    /// Covers: ASVS-13.4.1
    #[test]
    fn nothing_outside_the_set_is_served() {
        let assets = assets();
        let hash = assets.set_hash().unwrap();
        for path in [
            "",
            "/",
            "js/app.js",
            "app.js",
            "..",
            "../Cargo.toml",
            "x/../Cargo.toml",
            "x/js/../../Cargo.toml",
            "x/js/../../../Cargo.toml",
            "x//etc/passwd",
            "x/js/",
            "x/js",
            "x/js/none.js",
            "x/css/page.css/",
            "x/js/app.js\0",
            "x/JS/app.js",
            "x/sandbox/x.css",
            "x/..\\Cargo.toml",
            "x/js/..\\..\\..\\Cargo.toml",
            "x/js/./app.js",
            "x/js//app.js",
        ] {
            assert!(assets.get(path).is_none(), "{path}");
            assert!(
                assets.get(&path.replacen('x', &hash, 1)).is_none(),
                "{path}"
            );
        }
        assert!(!assets.urls().unwrap().contains_key("js/none.js"));
    }

    /// Covers: ASVS-4.1.1
    #[test]
    fn types_carry_a_charset_and_unknown_endings_are_not_served() {
        assert_eq!(
            assets().get(&path_of("js/app.js")).unwrap().content_type,
            "text/javascript; charset=utf-8"
        );
        assert_eq!(
            assets().get(&path_of("css/page.css")).unwrap().content_type,
            "text/css; charset=utf-8"
        );
        assert_eq!(content_type("js/app.js.bak"), None);
    }
}
