//! Parser of `config/default.toml`: every key with its default and the comment that explains it.
//!
//! `config/default.toml` is the only definition of the keys. The layers refuse a key that is not in it, the `config`
//! command prints the keys in its order, and `docs/config.md` is generated from it.

/// The text of `config/default.toml`, embedded at build time.
pub(super) const DEFAULT_TOML: &str = include_str!("../../../../config/default.toml");
/// The text of `config/production.toml`, embedded at build time. Used when there is no such file on disk.
pub(super) const PRODUCTION_TOML: &str = include_str!("../../../../config/production.toml");

/// One configuration key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// The full name, such as `session.idle_ttl`.
    pub(super) key: String,
    /// The default as it is written in TOML, such as `"7d"`.
    pub(super) default: &'static str,
    /// The comment lines above the key, joined with spaces.
    pub(super) comment: String,
}

/// Returns every key in the order of the file. A test compares the result with that of the TOML parser.
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
