//! Puts the words and the URLs of assets that a template names by literals into the template, before it is compiled for one language.
//!
//! Most of a page is such words, and a call of a function takes a thousand times as long as text. A call with any other argument stays in the template,
//! and so does one whose text would be read as a part of the template's syntax.

use std::io::{self, Write};

/// The characters that the syntax of templates begins with.
const OPENINGS: [&str; 3] = ["{{", "{%", "{#"];

/// A call of a function of which every argument is a literal string.
pub(super) struct LiteralCall<'s> {
    /// The name of the function.
    pub(super) function: &'s str,
    /// The arguments by name, in their order.
    pub(super) arguments: Vec<(&'s str, &'s str)>,
}

/// Returns the template with the escaped result of `call` in place of each `{{ function(name="literal") }}` for which it has one.
pub(super) fn insert(source: &str, call: impl Fn(&LiteralCall<'_>) -> Option<String>) -> String {
    let mut inserted = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(at) = rest.find('{') {
        let (before, tag) = rest.split_at(at);
        inserted.push_str(before);
        if is_raw(tag) {
            rest = tag;
            break;
        }
        let literal = literal_call(tag);
        let text = literal.and_then(|(literal, after)| Some((call(&literal)?, after)));
        let text = text.map(|(text, after)| (escaped(&text), after));
        rest = match text.filter(|(text, _)| is_plain(text)) {
            Some((text, after)) => {
                inserted.push_str(&text);
                after
            }
            None => {
                // A comment stays as a whole, because its braces mean nothing.
                let end = tag.strip_prefix("{#").and_then(|_| tag.find("#}"));
                let (kept, after) = tag.split_at(end.unwrap_or(1));
                inserted.push_str(kept);
                after
            }
        };
    }
    inserted.push_str(rest);
    inserted
}

/// Returns whether this begins a part of the template that is shown as it is written.
fn is_raw(tag: &str) -> bool {
    let statement = tag.strip_prefix("{%").unwrap_or_default();
    statement
        .trim_start_matches('-')
        .trim_start()
        .starts_with("raw")
}

/// Returns the call that this begins with, and what follows it.
fn literal_call(tag: &str) -> Option<(LiteralCall<'_>, &str)> {
    let (function, mut rest) = tag.strip_prefix("{{ ")?.split_once('(')?;
    let mut arguments = Vec::new();
    loop {
        let (name, value) = rest.split_once("=\"")?;
        let (value, after) = value.split_once('"')?;
        let is_name = |text: &str| text.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
        if !is_name(function) || !is_name(name) || value.contains('\\') {
            return None;
        }
        arguments.push((name, value));
        if let Some(after) = after.strip_prefix(") }}") {
            let call = LiteralCall {
                function,
                arguments,
            };
            return Some((call, after));
        }
        rest = after.strip_prefix(", ")?;
    }
}

/// Returns whether a text stays itself inside a template, whatever is beside it: it does not begin or end a tag, and is not trimmed with the space
/// around one.
fn is_plain(text: &str) -> bool {
    let is_edge = |c: char| c.is_whitespace() || matches!(c, '{' | '%' | '#');
    !text.is_empty()
        && !text.starts_with(is_edge)
        && !text.ends_with(is_edge)
        && !OPENINGS.iter().any(|opening| text.contains(opening))
}

fn escaped(text: &str) -> String {
    let mut escaped = Vec::with_capacity(text.len());
    let written = escape(text, &mut escaped);
    written
        .ok()
        .and_then(|()| String::from_utf8(escaped).ok())
        .unwrap_or_default()
}

/// Escapes a text for HTML in the same way as Tera. It writes what needs no escape in one piece, and not byte by byte.
pub(super) fn escape(text: &str, output: &mut dyn Write) -> io::Result<()> {
    let mut rest = text.as_bytes();
    let is_special = |byte: &u8| matches!(byte, b'&' | b'<' | b'>' | b'"' | b'\'');
    while let Some(at) = rest.iter().position(is_special) {
        let (plain, special) = rest.split_at(at);
        output.write_all(plain)?;
        output.write_all(match special[0] {
            b'&' => b"&amp;",
            b'<' => b"&lt;",
            b'>' => b"&gt;",
            b'"' => b"&quot;",
            _ => b"&#39;",
        })?;
        rest = &special[1..];
    }
    output.write_all(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inserted(source: &str) -> String {
        insert(source, |call| {
            let arguments = call.arguments.iter();
            let arguments = arguments.map(|(name, value)| format!("{name}={value}"));
            match call.arguments[0].1 {
                "none" => None,
                "empty" => Some(String::new()),
                "brace" => Some("{{ x }}".to_owned()),
                "space" => Some("x ".to_owned()),
                _ => Some(format!(
                    "<{} {}>",
                    call.function,
                    arguments.collect::<Vec<_>>().join(" ")
                )),
            }
        })
    }

    #[test]
    fn a_call_with_literals_becomes_its_escaped_text() {
        for (source, expected) in [
            ("a{{ t(id=\"b\") }}c", "a&lt;t id=b&gt;c"),
            (
                "{{ t(id=\"b\", n=\"{n}\") }}{{ asset(name=\"c\") }}",
                "&lt;t id=b n={n}&gt;&lt;asset name=c&gt;",
            ),
            ("{%if x%}{{ t(id=\"b\") }}", "{%if x%}&lt;t id=b&gt;"),
            ("{# {{ x #}{{ t(id=\"b\") }}", "{# {{ x #}&lt;t id=b&gt;"),
        ] {
            assert_eq!(inserted(source), expected, "{source}");
        }
    }

    #[test]
    fn any_other_call_stays() {
        for source in [
            "{{ t(id=\"a-\" ~ b) }}",
            "{{ t(id=b) }}",
            "{{ t(id=\"a\", n=b) }}",
            "{{ t(id=\"a\") | upper }}",
            "{{- t(id=\"a\") -}}",
            "{{ t(id=\"a\\n\") }}",
            "{{ x.t(id=\"a\") }}",
            "{{ t(id=\"none\") }}",
            "{{ t(id=\"empty\") }}",
            "{{ t(id=\"brace\") }}",
            "{{ t(id=\"space\") }}",
            "{% set x = t(id=\"a\") %}{{ x }}",
            "{%- raw %}{{ t(id=\"a\") }}{% endraw %}{{ t(id=\"a\") }}",
            "{# {{ t(id=\"a\") }} #}",
            "{{ t(id=\"a",
            "{",
        ] {
            assert_eq!(inserted(source), source);
        }
    }

    #[test]
    fn a_text_is_escaped_as_tera_does() {
        for text in ["", "<a href='x'>\"&amp;", "一鍵登入 & <", "\u{202e}a\0>"] {
            let mut expected = Vec::new();
            tera::escape_html(text, &mut expected).unwrap();
            assert_eq!(escaped(text).into_bytes(), expected);
        }
    }
}
