//! Prepares a database file of an app that only its owner can read, with the permissions of the session file.

use std::fs::{DirBuilder, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{
    DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _,
};
use std::path::{Path, PathBuf};

/// Why a private file cannot be used. The message tells the operator what to do.
#[derive(Debug, thiserror::Error)]
pub enum PrivateFileError {
    /// The folder or file cannot be created, written or closed to other users.
    #[error("cannot create or write {}: {source}; give the program a folder it may write to", path.display())]
    Unwritable {
        /// The folder or file.
        path: PathBuf,
        /// The operating system's error.
        source: io::Error,
    },
    /// The path is a symbolic link, a folder or a device.
    #[error("{} is not a regular file; name the file itself, not a link to it", path.display())]
    NotRegular {
        /// The path.
        path: PathBuf,
    },
}

/// Prepares a private file, and returns its path for a database library.
///
/// Creates the missing folders with mode 0700, and a missing file, empty, with mode 0600. Removes the permissions of other users from an existing file.
/// SQLite gives its `-wal` and `-shm` files the permissions of the database file.
///
/// # Errors
/// [`PrivateFileError`].
///
/// ```
/// # let folder = tempfile::tempdir()?;
/// let path = bff_store::private_file(folder.path().join("data/notes.db"))?;
/// assert_eq!(std::fs::read(path)?, b"");
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
pub fn private_file(path: impl Into<PathBuf>) -> Result<PathBuf, PrivateFileError> {
    let path = path.into();
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    if let Some(folder) = folder {
        let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
        made.map_err(|source| unwritable(folder, source))?;
    }
    // Checked before opening, because opening a named pipe blocks.
    if let Ok(found) = path.symlink_metadata()
        && !found.is_file()
    {
        return Err(PrivateFileError::NotRegular { path });
    }
    let mut options = OpenOptions::new();
    let options = options.read(true).append(true).create(true).mode(0o600);
    let is_regular = options
        .open(&path)
        .and_then(|file| close_to_others(&file, &path))
        .map_err(|source| unwritable(&path, source))?;
    if is_regular {
        Ok(path)
    } else {
        Err(PrivateFileError::NotRegular { path })
    }
}

/// Removes the permissions of other users from the open file. Returns false when the path has meanwhile become a link, so that it is another file.
fn close_to_others(file: &std::fs::File, path: &Path) -> io::Result<bool> {
    let (opened, named) = (file.metadata()?, path.symlink_metadata()?);
    let is_same = (opened.dev(), opened.ino()) == (named.dev(), named.ino());
    if !is_same || !opened.is_file() {
        return Ok(false);
    }
    if opened.permissions().mode() & 0o077 != 0 {
        file.set_permissions(Permissions::from_mode(0o600))?;
    }
    Ok(true)
}

fn unwritable(path: &Path, source: io::Error) -> PrivateFileError {
    let path = path.to_owned();
    PrivateFileError::Unwritable { path, source }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    fn mode(path: &Path) -> u32 {
        path.metadata().unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn a_new_file_and_its_folders_are_for_their_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = private_file(folder.path().join("a/b/notes.db")).unwrap();
        assert_eq!(mode(&path), 0o600);
        assert_eq!(mode(&folder.path().join("a/b")), 0o700);
        assert_eq!(mode(&folder.path().join("a")), 0o700);
    }

    #[test]
    fn an_existing_file_keeps_its_content_and_is_closed_to_others() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notes.db");
        fs::write(&path, "kept").unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
        private_file(&path).unwrap();
        assert_eq!(mode(&path), 0o600);
        assert_eq!(fs::read_to_string(&path).unwrap(), "kept");
    }

    #[test]
    fn a_link_or_a_folder_is_refused_and_the_target_of_a_link_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("target");
        fs::write(&target, "").unwrap();
        fs::set_permissions(&target, Permissions::from_mode(0o644)).unwrap();
        let link = folder.path().join("link");
        symlink(&target, &link).unwrap();
        let dangling = folder.path().join("dangling");
        symlink(folder.path().join("nothing"), &dangling).unwrap();
        for path in [link.as_path(), dangling.as_path(), folder.path()] {
            let error = private_file(path).unwrap_err();
            assert!(
                matches!(error, PrivateFileError::NotRegular { .. }),
                "{error}"
            );
        }
        assert_eq!(mode(&target), 0o644);
        assert!(!folder.path().join("nothing").exists());
    }

    #[test]
    fn a_file_that_cannot_be_made_is_an_error_that_names_it() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("file"), "").unwrap();
        let error = private_file(folder.path().join("file/notes.db")).unwrap_err();
        assert!(error.to_string().contains("file"), "{error}");
    }
}
