//! An input as an answer of the provider: which endpoint, which status, which headers, which body.

use crate::message::Message;
use crate::provider::{ACCESS_TOKEN, CLIENT_SECRET, REFRESH_TOKEN, VERIFIER};
use crate::{fill_in, holds};

/// The code that is spent in every input.
pub const CODE: &str = "code-canary-1";
/// Text that only the provider says: none of it is for a reader.
pub const SAID: &[u8] = b"kwzq";

/// An answer, and whom it comes from.
pub struct Scripted {
    /// The endpoint: the last part of its path.
    pub endpoint: &'static str,
    /// The status.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
    /// All of it, as it goes over the wire.
    pub wire: Vec<u8>,
}

impl Scripted {
    /// Reads `ENDPOINT STATUS [REPEATS]`, headers, an empty line, and a body that comes `REPEATS` times. `None` when it is none.
    #[must_use]
    pub fn parse(input: &[u8]) -> Option<Self> {
        let message = Message::parse(input);
        let mut words = message.words();
        let endpoint = ["token", "userinfo", "topup", "revoke"];
        let named = words.next()?;
        let endpoint = endpoint.into_iter().find(|name| name.as_bytes() == named)?;
        let status = number(words.next()?)?;
        let repeats = words.next().and_then(number).unwrap_or(1);
        // A longer answer than this says nothing new.
        let most = 400_000 / message.body.len().max(1);
        let body = fill_in(
            &message.body.repeat(usize::from(repeats).min(most)),
            &[
                ("code", CODE),
                ("secret", CLIENT_SECRET),
                ("access", ACCESS_TOKEN),
                ("refresh", REFRESH_TOKEN),
                ("verifier", VERIFIER),
            ],
        );
        (200..1000).contains(&status).then_some(())?;
        let mut wire = format!("HTTP/1.1 {status} kwzq\r\n").into_bytes();
        for (name, value) in &message.headers {
            let name = name.to_ascii_lowercase();
            // The length is true; what a transport does with others is its own affair.
            let frames = [
                &b"content-length"[..],
                b"transfer-encoding",
                b"connection",
                b"upgrade",
            ];
            if frames.contains(&name.as_slice()) || name.is_empty() {
                continue;
            }
            wire.extend_from_slice(&name);
            wire.extend_from_slice(b": ");
            wire.extend_from_slice(value);
            wire.extend_from_slice(b"\r\n");
        }
        let length = format!(
            "content-length: {}\r\nconnection: close\r\n\r\n",
            body.len()
        );
        wire.extend_from_slice(length.as_bytes());
        wire.extend_from_slice(&body);
        Some(Self {
            endpoint,
            status,
            body,
            wire,
        })
    }

    /// Whether it holds words that are marked as the provider's own, or a secret.
    #[must_use]
    pub fn speaks(&self) -> bool {
        holds(&self.body, SAID) || holds(&self.body, b"canary")
    }
}

fn number(word: &[u8]) -> Option<u16> {
    std::str::from_utf8(word).ok()?.parse().ok()
}
