//! Where the head of a request ends: at the first empty line behind something else. Whether it is well made is for the HTTP library to say.

/// What was seen of a head so far.
#[derive(Debug, Default)]
pub struct Head {
    /// Bytes in all.
    length: usize,
    /// Bytes of the line at hand, without its end.
    line: usize,
    /// Whether there was a line that is not empty.
    has_begun: bool,
}

impl Head {
    /// Looks at the next bytes; how many of them belong to the head, where it ends among them.
    pub fn scan(&mut self, bytes: &[u8]) -> Option<usize> {
        for (at, byte) in bytes.iter().enumerate() {
            match byte {
                b'\n' if self.line == 0 && self.has_begun => {
                    self.length += at + 1;
                    return Some(at + 1);
                }
                b'\n' => self.line = 0,
                b'\r' => {}
                _ => {
                    self.line += 1;
                    self.has_begun = true;
                }
            }
        }
        self.length += bytes.len();
        None
    }

    /// How many bytes were seen.
    pub const fn length(&self) -> usize {
        self.length
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_ends_at_its_empty_line_however_it_is_cut() {
        for (text, end) in [
            ("GET / HTTP/1.1\r\nHost: x\r\n\r\nbody", Some(27)),
            ("GET / HTTP/1.1\nHost: x\n\nbody", Some(24)),
            ("GET / HTTP/1.1\r\n\r\nGET /2", Some(18)),
            ("\r\n\r\nGET / HTTP/1.1\r\n\r\n", Some(22)),
            ("GET / HTTP/1.1\r\nHost: x\r\n", None),
            ("\n\n\n\n", None),
            ("", None),
        ] {
            for size in 1..=text.len().max(1) {
                let mut head = Head::default();
                let (mut seen, mut found) = (0, None);
                for piece in text.as_bytes().chunks(size) {
                    if let Some(at) = head.scan(piece) {
                        found = Some(seen + at);
                        break;
                    }
                    seen += piece.len();
                }
                assert_eq!(found, end, "{text:?} in pieces of {size}");
                assert_eq!(head.length(), end.unwrap_or(text.len()));
            }
        }
    }
}
