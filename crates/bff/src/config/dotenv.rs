//! Parser of `.env`: `NAME=value` lines with comments, `export` and quotes.
//!
//! It substitutes no variables and never reads or changes the process environment. Called by the layers, in
//! development only.

use std::collections::BTreeMap;

/// Returns the variables, and the numbers (from 1) of lines that cannot be parsed. When a name occurs twice, the last value is used.
pub(super) fn parse(text: &str) -> (BTreeMap<String, String>, Vec<usize>) {
    let mut variables = BTreeMap::new();
    let mut bad_lines = Vec::new();
    for (index, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        match assignment(line) {
            Some((name, value)) => {
                variables.insert(name.to_owned(), value);
            }
            None => bad_lines.push(index + 1),
        }
    }
    (variables, bad_lines)
}

fn assignment(line: &str) -> Option<(&str, String)> {
    let line = line.strip_prefix("export ").unwrap_or(line);
    let (name, value) = line.split_once('=')?;
    let name = name.trim();
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) || !name.chars().all(plain)
    {
        return None;
    }
    let value = value.trim();
    let value = match value.chars().next() {
        Some(quote @ ('"' | '\'')) => quoted(&value[1..], quote)?,
        _ => bare(value).to_owned(),
    };
    Some((name, value))
}

/// Returns the text up to the closing quote. Only a comment may follow the quote. Double quotes know the escapes `\"`, `\\`, `\$` and `\n`.
fn quoted(text: &str, quote: char) -> Option<String> {
    let mut value = String::new();
    let mut rest = text.chars();
    loop {
        match rest.next()? {
            c if c == quote => break,
            '\\' if quote == '"' => match rest.next()? {
                'n' => value.push('\n'),
                c @ ('"' | '\\' | '$') => value.push(c),
                other => value.extend(['\\', other]),
            },
            c => value.push(c),
        }
    }
    let after = rest.as_str().trim_start();
    (after.is_empty() || after.starts_with('#')).then_some(value)
}

/// Returns the text up to a `#` that follows white space. A `#` inside a word belongs to the value.
fn bare(text: &str) -> &str {
    if text.starts_with('#') {
        return "";
    }
    let comment = text
        .match_indices('#')
        .find(|(at, _)| text[..*at].ends_with(char::is_whitespace));
    comment.map_or(text, |(at, _)| text[..at].trim_end())
}
