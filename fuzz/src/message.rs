//! An input as an HTTP message in text: first line, header lines, an empty line, the body. Read by eye, written by hand, mutated by bytes.

/// The parts of a message. Line ends are `\n`, with or without `\r`.
pub struct Message<'a> {
    /// The first line.
    pub first: &'a [u8],
    /// The header lines that have a colon.
    pub headers: Vec<(&'a [u8], &'a [u8])>,
    /// Everything after the empty line.
    pub body: &'a [u8],
}

impl<'a> Message<'a> {
    /// Reads `text`. Whatever it is, it is a message.
    #[must_use]
    pub fn parse(text: &'a [u8]) -> Self {
        let (first, mut rest) = line(text);
        let mut headers = Vec::new();
        loop {
            let (header, after) = line(rest);
            rest = after;
            if header.is_empty() {
                break;
            }
            if let Some(colon) = header.iter().position(|byte| *byte == b':') {
                let (name, value) = header.split_at(colon);
                headers.push((name.trim_ascii(), value[1..].trim_ascii()));
            }
        }
        Self {
            first,
            headers,
            body: rest,
        }
    }

    /// The words of the first line.
    pub fn words(&self) -> impl Iterator<Item = &'a [u8]> {
        self.first
            .split(|byte| *byte == b' ')
            .filter(|word| !word.is_empty())
    }
}

/// The first line, and what follows it.
fn line(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text.iter().position(|byte| *byte == b'\n');
    let (line, rest) = match end {
        Some(end) => (&text[..end], &text[end + 1..]),
        None => (text, &[][..]),
    };
    (line.strip_suffix(b"\r").unwrap_or(line), rest)
}

/// The messages of an input, between lines of `---`; at most `most`.
pub fn messages(input: &[u8], most: usize) -> Vec<&[u8]> {
    let mut found = Vec::new();
    let mut rest = input;
    while found.len() + 1 < most {
        let Some(at) = rest.windows(5).position(|window| window == b"\n---\n") else {
            break;
        };
        found.push(&rest[..at]);
        rest = &rest[at + 5..];
    }
    found.push(rest);
    found
}
