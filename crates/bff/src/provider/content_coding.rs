//! Content codings of the provider's responses (RFC 9110 §8.4.1).
//!
//! Requests ask for `identity`. Some servers and middleboxes compress nevertheless, so gzip is decoded. Any other coding is an error. The size
//! limit applies to the decoded bytes, so that a small body cannot become a large one.

use std::io::Read as _;

use flate2::read::MultiGzDecoder;
use oauth2::http::HeaderMap;
use oauth2::http::header::CONTENT_ENCODING;

/// Maximum number of codings that are undone one after the other. Servers apply one; a proxy in front of them may apply another.
const MAX_CODINGS: usize = 4;

/// Why a body cannot be decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Undecodable {
    /// A coding other than gzip, or too many of them.
    Unknown,
    /// The body is truncated, or does not match its coding.
    Malformed,
    /// The decoded body is longer than allowed.
    TooLarge,
}

/// Undoes the codings that these headers name. The result has at most `limit` bytes. An empty body is accepted with any coding, because a bare
/// error response has one.
///
/// # Errors
/// [`Undecodable`]. No part of the body can be used then.
pub(super) fn decode(
    headers: &HeaderMap,
    body: Vec<u8>,
    limit: usize,
) -> Result<Vec<u8>, Undecodable> {
    if body.is_empty() {
        return Ok(body);
    }
    let codings = headers
        .get_all(CONTENT_ENCODING)
        .iter()
        .flat_map(|line| line.as_bytes().split(|byte| *byte == b','))
        .map(<[u8]>::trim_ascii)
        .filter(|coding| !coding.is_empty() && !coding.eq_ignore_ascii_case(b"identity"));
    // They are listed in the order in which they were applied.
    let codings: Vec<&[u8]> = codings.collect();
    let is_gzip = |coding: &&[u8]| {
        coding.eq_ignore_ascii_case(b"gzip") || coding.eq_ignore_ascii_case(b"x-gzip")
    };
    if codings.len() > MAX_CODINGS || !codings.iter().all(is_gzip) {
        return Err(Undecodable::Unknown);
    }
    codings
        .iter()
        .try_fold(body, |body, _gzip| gunzip(&body, limit))
}

fn gunzip(body: &[u8], limit: usize) -> Result<Vec<u8>, Undecodable> {
    let mut decoded = Vec::new();
    let most = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    MultiGzDecoder::new(body)
        .take(most)
        .read_to_end(&mut decoded)
        .map_err(|_| Undecodable::Malformed)?;
    if decoded.len() > limit {
        return Err(Undecodable::TooLarge);
    }
    Ok(decoded)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;
    use oauth2::http::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut coder = GzEncoder::new(Vec::new(), Compression::default());
        coder.write_all(bytes).unwrap();
        coder.finish().unwrap()
    }

    fn headers(lines: &[&[u8]]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(CONTENT_ENCODING, HeaderValue::from_bytes(line).unwrap());
        }
        headers
    }

    #[test]
    fn gzip_is_undone_as_often_as_it_was_applied() {
        let (once, twice) = (gzip(b"{}"), gzip(&gzip(b"{}")));
        for (lines, body) in [
            (&[] as &[&[u8]], b"{}".to_vec()),
            (&[b""], b"{}".to_vec()),
            (&[b"identity"], b"{}".to_vec()),
            (&[b"gzip"], once.clone()),
            (&[b"X-GZIP\t"], once.clone()),
            (&[b",gzip, Identity"], once.clone()),
            (&[b"gzip, x-gzip"], twice.clone()),
            (&[b"gzip", b"gzip"], twice),
            // Members one after the other are one content (RFC 1952 §2.2).
            (&[b"gzip"], [gzip(b"{"), gzip(b"}")].concat()),
        ] {
            let decoded = decode(&headers(lines), body, 100);
            assert_eq!(decoded.as_deref(), Ok(&b"{}"[..]), "{lines:?}");
        }
        for line in [&b"gzip"[..], b"br", b"\xe9"] {
            assert_eq!(decode(&headers(&[line]), Vec::new(), 10), Ok(Vec::new()));
        }
    }

    #[test]
    fn an_unknown_coding_or_a_truncated_body_is_refused() {
        let whole = gzip(b"{}");
        for line in [
            &b"br"[..],
            b"deflate",
            b"zstd",
            b"compress",
            b"gzip;q=1",
            b"gzip\xe9",
        ] {
            let refused = decode(&headers(&[line]), whole.clone(), 10);
            assert_eq!(refused, Err(Undecodable::Unknown), "{line:?}");
        }
        let five = headers(&[b"gzip,gzip,gzip,gzip,gzip"]);
        assert_eq!(decode(&five, whole.clone(), 10), Err(Undecodable::Unknown));
        let one = headers(&[b"gzip"]);
        for length in 1..whole.len() {
            let cut = decode(&one, whole[..length].to_vec(), 10);
            assert_eq!(cut, Err(Undecodable::Malformed), "{length}");
        }
        for bytes in [b"{}".to_vec(), [&whole[..], b"{}"].concat()] {
            let refused = decode(&one, bytes, 10);
            assert_eq!(refused, Err(Undecodable::Malformed));
        }
    }

    #[test]
    fn the_limit_holds_for_what_comes_out() {
        let one = headers(&[b"gzip"]);
        assert_eq!(decode(&one, gzip(&[b' '; 10]), 10), Ok(vec![b' '; 10]));
        assert_eq!(
            decode(&one, gzip(&[b' '; 11]), 10),
            Err(Undecodable::TooLarge)
        );
        let two = headers(&[b"gzip, gzip"]);
        let bomb = gzip(&gzip(&vec![b' '; 10_000_000]));
        assert_eq!(decode(&two, bomb, 256 * 1024), Err(Undecodable::TooLarge));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic_or_go_past_the_limit(bytes: Vec<u8>, at in 0_usize..40, bit in 0_u8..8) {
            let one = headers(&[b"gzip"]);
            let mut broken = gzip(&bytes);
            let at = at % broken.len();
            broken[at] ^= 1 << bit;
            for body in [bytes, broken] {
                if let Ok(decoded) = decode(&one, body, 100) {
                    prop_assert!(decoded.len() <= 100);
                }
            }
        }
    }
}
