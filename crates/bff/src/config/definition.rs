//! `config/default.toml` taken apart: every key with its default and the comment that explains it.
//!
//! The one definition of the keys. The layers refuse what does not stand in it, the `config` command
//! prints in its order, and `docs/config.md` is made from it.

/// `config/default.toml`, embedded.
pub(super) const DEFAULT_TOML: &str = include_str!("../../../../config/default.toml");
/// `config/production.toml`, embedded; used when there is none on disk.
pub(super) const PRODUCTION_TOML: &str = include_str!("../../../../config/production.toml");

/// One key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// `session.idle_ttl`.
    pub(super) key: String,
    /// As it is written in TOML: `"7d"`.
    pub(super) default: &'static str,
    /// The lines above it, joined.
    pub(super) comment: String,
}

/// Every key in the order of the file. A test holds this against the real TOML parser.
pub(super) fn entries() -> Vec<Entry> {
    let mut entries = Vec::new();
    let mut section = "";
    let mut comment: Vec<&str> = Vec::new();
    for line in DEFAULT_TOML.lines() {
        if let Some(text) = line.strip_prefix("# ") {
            comment.push(text);
        } else if let Some(name) = line.strip_prefix('[') {
            section = name.trim_end_matches(']');
        } else if line.starts_with('#') {
            comment.clear();
        } else if let Some((name, default)) = line.split_once(" = ") {
            entries.push(Entry {
                key: format!("{section}.{name}"),
                default,
                comment: comment.join(" "),
            });
            comment.clear();
        } else {
            comment.clear();
        }
    }
    entries
}
