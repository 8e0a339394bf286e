//! What the fuzz targets share: the whole HTTP service in this process, a provider that says what the input says, a store that counts what
//! changes, and the rules that every answer keeps.
//!
//! A target may not only look for panics. It states what must hold in words of its own and never asks the program's own checks.

pub mod answers;
pub mod message;
pub mod program;
pub mod provider;
pub mod rules;
pub mod store;

/// A folder of its own: in memory where the system has such a place, because an input is no reason to wait for a disk.
///
/// # Panics
/// Where no folder can be made.
#[must_use]
pub fn folder() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm")
        .or_else(|_| tempfile::tempdir())
        .expect("a folder")
}

/// Replaces each name in braces by what it stands for: sealed and random values that no mutation could find.
#[must_use]
pub fn fill_in(text: &[u8], values: &[(&str, &str)]) -> Vec<u8> {
    let mut filled = Vec::with_capacity(text.len());
    let mut rest = text;
    'next: while let Some((first, after)) = rest.split_first() {
        if *first == b'{' {
            for (name, value) in values {
                if let Some(tail) = after
                    .strip_prefix(name.as_bytes())
                    .and_then(|tail| tail.strip_prefix(b"}"))
                {
                    filled.extend_from_slice(value.as_bytes());
                    rest = tail;
                    continue 'next;
                }
            }
        }
        filled.push(*first);
        rest = after;
    }
    filled
}

/// Whether `text` holds `part`.
#[must_use]
pub fn holds(text: &[u8], part: &[u8]) -> bool {
    !part.is_empty() && text.windows(part.len()).any(|window| window == part)
}
