//! Reader of configuration files. It limits their size and refuses devices and pipes, because such a path is a mistake.

use std::io::{self, Read};
use std::path::Path;

use super::fault::Wrong;

const LONGEST: u64 = 1024 * 1024;

/// Reads a regular file of at most 1 MiB.
pub(super) fn read(path: &Path) -> io::Result<String> {
    // Checked before opening because opening a named pipe blocks until another process opens it for writing.
    if !std::fs::metadata(path)?.is_file() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let mut text = String::new();
    let length = std::fs::File::open(path)?
        .take(LONGEST + 1)
        .read_to_string(&mut text)?;
    if length as u64 > LONGEST {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    Ok(text)
}

/// Describes why a file cannot be read.
pub(super) fn unreadable(error: &io::Error) -> Wrong {
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => {
            "is to be read from a file that is not there; make the file or correct its name"
        }
        io::ErrorKind::PermissionDenied => {
            "is in a file that may not be read; let the user of this program read it"
        }
        io::ErrorKind::InvalidData => "is in a file that is not UTF-8; save it as UTF-8",
        io::ErrorKind::FileTooLarge => "is in a file of more than 1 MiB; name the right file",
        _ => "is in a file that cannot be read; name a plain file",
    }
    .into()
}
