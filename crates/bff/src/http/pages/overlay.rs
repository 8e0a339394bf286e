//! The overlay: a folder of the operator that is laid over the built-in templates, words and static files, without a build.
//!
//! In development it is read again for every page. Otherwise it is read once, at the start. Nothing outside the folder is read: a symbolic link must lead
//! to a file inside it, and no name of a request reaches the file system.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::error::PageError;
use super::file::File;

/// The most files of an overlay. A look has a few dozen.
const MOST_FILES: usize = 1_000;
/// The largest file, in bytes: 4 MiB, which is more than a page should load.
const LARGEST_FILE: u64 = 4 * 1024 * 1024;
/// The most bytes of all files together: 32 MiB, because they stay in memory.
const MOST_BYTES: u64 = 32 * 1024 * 1024;
/// The most folders in each other. It also ends a circle of links.
const DEEPEST: usize = 8;

/// A folder that is laid over the built-in files.
pub(super) struct Overlay {
    root: PathBuf,
    /// The files, when they are read once.
    files: Option<BTreeMap<String, File>>,
}

impl Overlay {
    /// Reads the folder. With `is_hot` it is read again for every page.
    ///
    /// # Errors
    /// [`PageError::Overlay`] when the folder or a file in it cannot be read, leads outside, or is too large.
    pub(super) fn open(folder: &str, is_hot: bool) -> Result<Self, PageError> {
        let root = fs::canonicalize(folder);
        let root = root.map_err(|error| {
            fault(
                "",
                &format!("cannot be opened ({error}); name a folder that is there"),
            )
        })?;
        let files = read(&root)?;
        Ok(Self {
            root,
            files: (!is_hot).then_some(files),
        })
    }

    /// Returns whether the folder is read again for every page.
    pub(super) const fn is_hot(&self) -> bool {
        self.files.is_none()
    }

    /// Returns all files by their paths in the folder, such as `templates/pages/home.html`.
    ///
    /// # Errors
    /// As [`open`](Self::open), when the folder is read again.
    pub(super) fn files(&self) -> Result<BTreeMap<String, File>, PageError> {
        match &self.files {
            Some(files) => Ok(files.clone()),
            None => read(&self.root),
        }
    }

    /// Returns one file by its path in the folder. Only names of the list are found.
    pub(super) fn file(&self, path: &str) -> Option<File> {
        match &self.files {
            Some(files) => files.get(path).cloned(),
            None => read(&self.root).ok()?.remove(path),
        }
    }

    /// Returns the files in one of its folders, by their paths in that folder.
    ///
    /// # Errors
    /// As [`files`](Self::files).
    pub(super) fn files_in(&self, folder: &str) -> Result<BTreeMap<String, File>, PageError> {
        let name = |path: &str| Some(path.strip_prefix(folder)?.strip_prefix('/')?.to_owned());
        let files = self.files()?.into_iter();
        Ok(files
            .filter_map(|(path, file)| Some((name(&path)?, file)))
            .collect())
    }
}

fn fault(file: &str, why: &str) -> PageError {
    PageError::Overlay {
        file: if file.is_empty() {
            String::new()
        } else {
            format!("{file}: ")
        },
        why: why.to_owned(),
    }
}

/// What has been read so far.
struct Reading<'r> {
    root: &'r Path,
    files: BTreeMap<String, File>,
    bytes: u64,
}

fn read(root: &Path) -> Result<BTreeMap<String, File>, PageError> {
    let mut reading = Reading {
        root,
        files: BTreeMap::new(),
        bytes: 0,
    };
    reading.folder(root, "", 0)?;
    Ok(reading.files)
}

impl Reading<'_> {
    /// Reads a folder and the folders in it. `prefix` is its path in the overlay, with a `/` at its end.
    fn folder(&mut self, folder: &Path, prefix: &str, depth: usize) -> Result<(), PageError> {
        let unreadable = |error: std::io::Error| {
            fault(
                prefix,
                &format!("cannot be read ({error}); correct its permissions"),
            )
        };
        for entry in fs::read_dir(folder).map_err(unreadable)? {
            let name = entry.map_err(unreadable)?.file_name();
            let Some(name) = name.to_str() else {
                return Err(fault(prefix, "a name in it is not UTF-8; rename the file"));
            };
            // Files of editors, of version control, and the links of a mounted ConfigMap.
            if name.starts_with('.') || name.ends_with('~') {
                continue;
            }
            let path = format!("{prefix}{name}");
            let target = fs::canonicalize(folder.join(name));
            let target = target.map_err(|error| {
                fault(
                    &path,
                    &format!("cannot be read ({error}); correct or remove it"),
                )
            })?;
            if !target.starts_with(self.root) {
                return Err(fault(
                    &path,
                    "leads outside the folder; copy the file into it",
                ));
            }
            let kind = fs::metadata(&target).map_err(unreadable)?;
            if kind.is_dir() && depth < DEEPEST {
                self.folder(&target, &format!("{path}/"), depth + 1)?;
            } else if kind.is_file() {
                self.file(&target, path)?;
            } else {
                return Err(fault(
                    &path,
                    "is no file, or in too many folders; remove it",
                ));
            }
        }
        Ok(())
    }

    fn file(&mut self, target: &Path, path: String) -> Result<(), PageError> {
        let mut bytes = Vec::new();
        let file = fs::File::open(target);
        let read = file.and_then(|file| file.take(LARGEST_FILE + 1).read_to_end(&mut bytes));
        let size = read.map_err(|error| {
            fault(
                &path,
                &format!("cannot be read ({error}); correct its permissions"),
            )
        })?;
        let size = u64::try_from(size).unwrap_or(u64::MAX);
        self.bytes = self.bytes.saturating_add(size);
        if size > LARGEST_FILE {
            return Err(fault(&path, "is larger than 4 MiB; make it smaller"));
        }
        if self.bytes > MOST_BYTES || self.files.len() >= MOST_FILES {
            return Err(fault(
                "",
                "has more than 1000 files or 32 MiB; leave out what no page uses",
            ));
        }
        let file = File::new(bytes);
        if path.starts_with("templates/") && file.text().is_none() {
            return Err(fault(&path, "is not UTF-8; save it as UTF-8"));
        }
        self.files.insert(path, file);
        Ok(())
    }
}

#[cfg(test)]
#[path = "overlay/tests.rs"]
mod tests;
