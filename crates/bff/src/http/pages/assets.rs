//! The static files (`static/{css,js,img}`): their URLs and their bytes.
//!
//! All files are served under one hash of the whole set, `/static/<hash>/js/app.js`, so that a module can import its neighbours by relative paths
//! and every file may be cached permanently. A file is marked immutable only under the hash of its own set. During a rolling deploy a browser may
//! ask this replica for the set of another version. It then gets our file, which it must revalidate.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::sync::OnceLock;

use aws_lc_rs::digest::{Context as Digest, SHA256};
use rust_embed::{EmbeddedFile, RustEmbed};

#[derive(RustEmbed)]
#[folder = "../../static/css/"]
#[prefix = "css/"]
struct Styles;

#[derive(RustEmbed)]
#[folder = "../../static/js/"]
#[prefix = "js/"]
struct Scripts;

#[derive(RustEmbed)]
#[folder = "../../static/img/"]
#[prefix = "img/"]
struct Images;

/// A static file and its headers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asset {
    /// The body.
    pub bytes: Cow<'static, [u8]>,
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

/// Returns the asset at `path`, the part of the URL after `/static/`: `<hash>/js/app.js`. The caller answers `None` with 404.
pub fn asset(path: &str) -> Option<Asset> {
    let (set, name) = path.split_once('/')?;
    let content_type = content_type(name)?;
    let file = read(name)?;
    Some(Asset {
        etag: format!("W/\"{}\"", hex(&file.metadata.sha256_hash())),
        bytes: file.data,
        content_type,
        is_immutable: set == set_hash(),
    })
}

/// Returns the URL of the asset called `name` (`js/app.js`), if there is one.
pub fn asset_url(name: &str) -> Option<String> {
    url_in(&set_hash(), name)
}

/// Same as [`asset_url`], for a caller that already has the hash of the set.
pub(super) fn url_in(set: &str, name: &str) -> Option<String> {
    names()
        .any(|known| known == name)
        .then(|| format!("/static/{set}/{name}"))
}

fn names() -> impl Iterator<Item = Cow<'static, str>> {
    Styles::iter().chain(Scripts::iter()).chain(Images::iter())
}

fn read(name: &str) -> Option<EmbeddedFile> {
    // Debug builds read the name from the file system, so only names from the list are allowed.
    names().find(|known| known == name)?;
    Styles::get(name)
        .or_else(|| Scripts::get(name))
        .or_else(|| Images::get(name))
}

/// Returns the hash over all names and bytes. Debug builds compute it on each call, because they read the files from disk, where the files may
/// change at any time.
pub(super) fn set_hash() -> Cow<'static, str> {
    static ONCE: OnceLock<String> = OnceLock::new();
    if cfg!(debug_assertions) {
        Cow::Owned(hash_all())
    } else {
        Cow::Borrowed(ONCE.get_or_init(hash_all))
    }
}

fn hash_all() -> String {
    let mut names = names().collect::<Vec<_>>();
    names.sort_unstable();
    let mut digest = Digest::new(&SHA256);
    for name in &names {
        if let Some(file) = read(name) {
            digest.update(name.as_bytes());
            digest.update(&[0]);
            digest.update(&file.metadata.sha256_hash());
        }
    }
    hex(&digest.finish().as_ref()[..8])
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
        "webp" => Some("image/webp"),
        "woff2" => Some("font/woff2"),
        "webmanifest" => Some("application/manifest+json"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path_of(name: &str) -> String {
        asset_url(name)
            .unwrap()
            .strip_prefix("/static/")
            .unwrap()
            .to_owned()
    }

    #[test]
    fn every_file_is_served_at_its_own_address_for_good() {
        let mut seen = 0;
        for name in names() {
            let asset = asset(&path_of(&name)).unwrap_or_else(|| panic!("{name} is not served"));
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
    fn under_another_versions_hash_a_file_is_revalidated() {
        let asset = asset("0123456789abcdef/js/app.js").unwrap();
        assert!(!asset.is_immutable);
        assert_eq!(asset.cache_control(), "no-cache");
    }

    /// Covers: ASVS-13.4.1
    #[test]
    fn nothing_outside_the_set_is_served() {
        let hash = set_hash();
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
            assert!(asset(path).is_none(), "{path}");
            assert!(asset(&path.replacen('x', &hash, 1)).is_none(), "{path}");
        }
        assert!(asset_url("js/none.js").is_none());
    }

    /// Covers: ASVS-4.1.1
    #[test]
    fn types_carry_a_charset_and_unknown_endings_are_not_served() {
        assert_eq!(
            asset(&path_of("js/app.js")).unwrap().content_type,
            "text/javascript; charset=utf-8"
        );
        assert_eq!(
            asset(&path_of("css/page.css")).unwrap().content_type,
            "text/css; charset=utf-8"
        );
        assert_eq!(content_type("js/app.js.bak"), None);
    }
}
