//! Where a body in chunks ends (RFC 9112 §7.1). Whether it is well made is for the HTTP library to say, and what is not ends the connection.

/// Where it is.
#[derive(Debug)]
pub enum Chunks {
    /// In the line that tells the size: as far as it was read, and whether it is over.
    Size(u64, bool),
    /// So many bytes before the next size.
    Data(u64),
    /// Behind the last chunk: bytes of the line at hand.
    Trailer(usize),
}

impl Default for Chunks {
    fn default() -> Self {
        Self::Size(0, false)
    }
}

impl Chunks {
    /// Looks at the next bytes; how many of them belong to the body, where it ends among them.
    pub fn scan(&mut self, bytes: &[u8]) -> Option<usize> {
        const LINE_END: u64 = 2;
        let mut at = 0;
        while let Some(byte) = bytes.get(at) {
            match self {
                Self::Size(0, _) if *byte == b'\n' => *self = Self::Trailer(0),
                Self::Size(size, _) if *byte == b'\n' => {
                    *self = Self::Data(size.saturating_add(LINE_END));
                }
                Self::Size(size, is_over) => match char::from(*byte).to_digit(16) {
                    Some(digit) if !*is_over => {
                        *size = size.saturating_mul(16).saturating_add(u64::from(digit));
                    }
                    _ => *is_over = true,
                },
                Self::Data(left) => {
                    let skipped = super::least(*left, bytes.len() - at);
                    *left -= skipped as u64;
                    if *left == 0 {
                        *self = Self::default();
                    }
                    at += skipped;
                    continue;
                }
                Self::Trailer(0) if *byte == b'\n' => {
                    *self = Self::default();
                    return Some(at + 1);
                }
                Self::Trailer(line) => match byte {
                    b'\n' => *line = 0,
                    b'\r' => {}
                    _ => *line += 1,
                },
            }
            at += 1;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_ends_behind_its_last_chunk_however_it_is_cut() {
        for (text, end) in [
            ("0\r\n\r\nGET", Some(5)),
            ("2\r\nab\r\n0\r\n\r\nGET", Some(12)),
            ("A;name=1\r\n0\r\n\r\n67890\r\n0\r\n\r\n", Some(27)),
            ("1\r\na\r\n0\r\nX-Sum: 1\r\n\r\nGET", Some(21)),
            ("2\r\nab\r\n0\r\n", None),
            ("ffffffffffffffffff\r\n0\r\n\r\n", None),
        ] {
            for size in 1..=text.len() {
                let mut chunks = Chunks::default();
                let (mut seen, mut found) = (0, None);
                for piece in text.as_bytes().chunks(size) {
                    if let Some(at) = chunks.scan(piece) {
                        found = Some(seen + at);
                        break;
                    }
                    seen += piece.len();
                }
                assert_eq!(found, end, "{text:?} in pieces of {size}");
            }
        }
    }
}
