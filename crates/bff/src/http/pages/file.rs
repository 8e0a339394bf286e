//! [`File`]: a file of a layer, embedded or read from disk, with its hash.

use std::borrow::Cow;

use actix_web::web::Bytes;
use aws_lc_rs::digest::{Context as Digest, SHA256};
use rust_embed::EmbeddedFile;

/// A file of a layer.
#[derive(Clone)]
pub(super) struct File {
    /// Clones share the bytes.
    pub(super) bytes: Bytes,
    /// SHA-256 of the bytes.
    pub(super) hash: [u8; 32],
}

impl From<EmbeddedFile> for File {
    fn from(file: EmbeddedFile) -> Self {
        Self {
            hash: file.metadata.sha256_hash(),
            bytes: match file.data {
                Cow::Borrowed(bytes) => Bytes::from_static(bytes),
                Cow::Owned(bytes) => bytes.into(),
            },
        }
    }
}

impl File {
    /// Returns a file with these bytes.
    pub(super) fn new(bytes: Vec<u8>) -> Self {
        Self {
            hash: hash_of([bytes.as_slice()]),
            bytes: bytes.into(),
        }
    }

    /// Returns the text of the file. `None` when it is not UTF-8.
    pub(super) fn text(&self) -> Option<&str> {
        std::str::from_utf8(&self.bytes).ok()
    }
}

/// Returns the SHA-256 of the parts in their order.
pub(super) fn hash_of<'p>(parts: impl IntoIterator<Item = &'p [u8]>) -> [u8; 32] {
    let mut digest = Digest::new(&SHA256);
    parts.into_iter().for_each(|part| digest.update(part));
    let mut hash = [0; 32];
    hash.copy_from_slice(digest.finish().as_ref());
    hash
}
