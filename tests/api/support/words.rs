//! Texts of the page, read from the file of the page.

/// A sentence of the page in English.
pub fn english(key: &str) -> String {
    let line = include_str!("../../../templates/i18n/en.ftl")
        .lines()
        .find_map(|line| line.strip_prefix(key)?.trim_start().strip_prefix('='));
    line.unwrap_or_else(|| panic!("no words for {key}"))
        .trim()
        .to_owned()
}
