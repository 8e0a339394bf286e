//! Reads request header fields as bytes, item by item.
//!
//! `HeaderValue::to_str` fails for a whole line because of one byte. A field that is read with it looks absent although it is present. So every
//! field that a decision depends on is read with the functions here.

use actix_web::http::header::{AsHeaderName, CONTENT_TYPE, HeaderMap, HeaderName};

/// The destination of the response in the browser (Fetch Metadata).
pub const SEC_FETCH_DEST: HeaderName = HeaderName::from_static("sec-fetch-dest");
/// The mode of the request (Fetch Metadata).
pub const SEC_FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");
/// How the site that started the request relates to ours (Fetch Metadata).
pub const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The value of a field that must occur once, with one value (RFC 9110 §5.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field<'a> {
    /// The field is not there.
    Absent,
    /// The only value of the field.
    Is(&'a str),
    /// The field is present but unreadable: it has several lines, several values in one line, or bytes outside visible ASCII.
    Unclear,
}

/// Returns the value of a field that must occur once.
pub fn one(headers: &HeaderMap, name: impl AsHeaderName) -> Field<'_> {
    let mut lines = headers.get_all(name);
    let Some(line) = lines.next() else {
        return Field::Absent;
    };
    match line.to_str() {
        Ok(value) if lines.next().is_none() && !value.contains(',') => Field::Is(value.trim()),
        _ => Field::Unclear,
    }
}

/// Returns the items of a list field, from all its lines in order (RFC 9110 §5.6.1), trimmed.
pub fn items(
    headers: &HeaderMap,
    name: impl AsHeaderName,
) -> impl DoubleEndedIterator<Item = &[u8]> {
    headers
        .get_all(name)
        .flat_map(|line| line.as_bytes().split(|byte| *byte == b','))
        .map(<[u8]>::trim_ascii)
}

/// Returns the lines of a field as one text. Bytes that are not UTF-8 become U+FFFD. Returns `None` when the field is absent.
pub fn text(headers: &HeaderMap, name: impl AsHeaderName) -> Option<String> {
    let lines: Vec<_> = headers
        .get_all(name)
        .map(|line| String::from_utf8_lossy(line.as_bytes()))
        .collect();
    (!lines.is_empty()).then(|| lines.join(","))
}

/// Returns whether the body has this media type, with any parameters. Returns `None` when the header is absent. Two lines match no type.
pub fn has_media_type(headers: &HeaderMap, expected: &str) -> Option<bool> {
    let mut lines = headers.get_all(CONTENT_TYPE);
    let line = lines.next()?;
    Some(
        lines.next().is_none()
            && essence(line.as_bytes()).eq_ignore_ascii_case(expected.as_bytes()),
    )
}

/// Returns the part of an item before its parameters.
pub fn essence(item: &[u8]) -> &[u8] {
    let end = item.iter().position(|byte| *byte == b';');
    item[..end.unwrap_or(item.len())].trim_ascii()
}

/// Returns whether a line of the field contains `word` anywhere, in any case. `word` must be in lower case.
pub fn mention(headers: &HeaderMap, name: impl AsHeaderName, word: &str) -> bool {
    headers.get_all(name).any(|line| {
        let line = line.as_bytes().to_ascii_lowercase();
        line.windows(word.len()).any(|part| part == word.as_bytes())
    })
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderName, HeaderValue};

    use super::*;

    const NAME: &str = "x-field";

    fn lines(lines: &[&[u8]]) -> HeaderMap {
        let line = |line: &&[u8]| {
            let value = HeaderValue::from_bytes(line).unwrap();
            (HeaderName::from_static(NAME), value)
        };
        lines.iter().map(line).collect()
    }

    #[test]
    fn a_single_field_that_cannot_be_read_is_not_absent() {
        for (sent, expected) in [
            (&[][..], Field::Absent),
            (&[&b"a"[..]], Field::Is("a")),
            (&[b""], Field::Is("")),
            (&[b"a", b"a"], Field::Unclear),
            (&[b"a, a"], Field::Unclear),
            (&[b"a\xff"], Field::Unclear),
            (&["\u{e9}".as_bytes()], Field::Unclear),
        ] {
            assert_eq!(one(&lines(sent), NAME), expected, "{sent:?}");
        }
    }

    #[test]
    fn an_unreadable_item_hides_no_other() {
        let sent = lines(&[b"\xff, a ,,b\xe9", b"c"]);
        let expected: [&[u8]; 5] = [b"\xff", b"a", b"", b"b\xe9", b"c"];
        assert!(items(&sent, NAME).eq(expected));
        assert!(items(&sent, NAME).rev().eq(expected.into_iter().rev()));
        assert_eq!(text(&sent, NAME).unwrap(), "\u{fffd}, a ,,b\u{fffd},c");
        assert!(mention(&sent, NAME, "c") && !mention(&sent, NAME, "d"));
    }
}
