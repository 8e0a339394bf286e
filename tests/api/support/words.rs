//! The words of the page, as the tests read them from the files that the page reads.

/// The words of the app, which replace those of the engine.
const FILES: [&str; 2] = [
    include_str!("../../../templates/i18n/en.ftl"),
    include_str!("../../../crates/bff/templates/i18n/en.ftl"),
];

/// A sentence of the page in English.
pub fn english(key: &str) -> String {
    let line = FILES.iter().flat_map(|file| file.lines()).find_map(|line| {
        let text = line.strip_prefix(key)?.trim_start();
        text.strip_prefix('=')
    });
    line.unwrap_or_else(|| panic!("no words for {key}"))
        .trim()
        .replace("{ -provider }", "AIHubMix")
}
