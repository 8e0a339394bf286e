//! Where the head of a request ends: at the first empty line behind something else; and what length of a body it names. Whether it is well made, and
//! how long the body really is, is for the HTTP library to say.

const BODY: &[u8] = b"content-length:";
const CHUNKS: &[u8] = b"transfer-encoding:";

/// What was seen of a head so far.
#[derive(Debug)]
pub struct Head {
    /// Bytes in all.
    length: usize,
    /// Bytes of the line at hand, without its end.
    line: usize,
    /// The first of them.
    start: [u8; 40],
    /// Whether there was a line that is not empty.
    has_begun: bool,
    body: u64,
    is_chunked: bool,
}

impl Default for Head {
    fn default() -> Self {
        Self {
            length: 0,
            line: 0,
            start: [0; 40],
            has_begun: false,
            body: 0,
            is_chunked: false,
        }
    }
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
                b'\n' => self.end_line(),
                b'\r' => {}
                _ => {
                    if let Some(place) = self.start.get_mut(self.line) {
                        *place = *byte;
                    }
                    self.line += 1;
                    self.has_begun = true;
                }
            }
        }
        self.length += bytes.len();
        None
    }

    fn end_line(&mut self) {
        let line = &self.start[..self.line.min(self.start.len())];
        let is_whole = self.line == line.len();
        let value = |name: &[u8]| {
            let (start, value) = line.split_at_checked(name.len())?;
            start.eq_ignore_ascii_case(name).then_some(value)
        };
        if let Some(length) = value(BODY)
            && is_whole
        {
            let length = std::str::from_utf8(length.trim_ascii()).unwrap_or_default();
            self.body = length.parse().unwrap_or_default();
        } else if value(CHUNKS).is_some() {
            self.is_chunked = true;
        }
        self.line = 0;
    }

    /// Whether it says that a body comes in chunks.
    pub const fn is_chunked(&self) -> bool {
        self.is_chunked
    }

    /// How many bytes of a body it names; 0 where it names none.
    pub const fn body(&self) -> u64 {
        self.body
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
    fn the_length_of_the_body_is_what_a_line_says() {
        for (lines, body) in [
            ("Host: x\r\nContent-Length: 17\r\n", 17),
            ("content-length:4\nHost: x\n", 4),
            ("X-Content-Length: 17\r\n", 0),
            ("Content-Length: many\r\n", 0),
            ("Content-Length: 0000000000000000000000000000000017\r\n", 0),
            ("", 0),
        ] {
            let mut head = Head::default();
            let text = format!("POST / HTTP/1.1\r\n{lines}\r\n");
            assert_eq!(head.scan(text.as_bytes()), Some(text.len()));
            assert_eq!(head.body(), body, "{lines:?}");
            assert!(!head.is_chunked(), "{lines:?}");
        }
        let mut head = Head::default();
        let long = "x".repeat(100);
        head.scan(format!("POST / HTTP/1.1\r\nTransfer-Encoding: {long}, chunked\r\n").as_bytes());
        assert!(head.is_chunked());
    }

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
