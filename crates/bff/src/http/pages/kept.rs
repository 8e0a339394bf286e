//! Rendered pages that hold nothing personal. Each is kept once per language, theme, state and notice, because rendering takes most of the time of such a
//! request. Only the nonce and the request id differ between two responses.

use std::sync::{Arc, PoisonError, RwLock};

use super::frame::{Frame, Home};
use super::language::Language;
use super::notice::Notice;
use super::theme::Theme;

/// Stands for the nonce in a page that is rendered to be kept.
pub(super) const NONCE: &str = "kept7nonce7kept";
/// Stands for the request id.
pub(super) const REQUEST_ID: &str = "kept7request7id7kept";

/// The kept pages. Their number is bounded by the number of languages, themes, states and notices.
#[derive(Default)]
pub(super) struct KeptPages(RwLock<Vec<(Key, Arc<KeptPage>)>>);

/// What a kept page depends on.
#[derive(PartialEq)]
pub(super) struct Key {
    language: Language,
    theme: Theme,
    state: &'static str,
    notice: Option<Notice>,
}

impl Key {
    /// Returns the key of a page without personal content; `None` for a page of a user.
    pub fn new(frame: &Frame<'_>, home: Home<'_>, notice: Option<Notice>) -> Option<Self> {
        let state = match home {
            Home::SignedOut => Home::SignedOut.name(),
            Home::StoreUnavailable => Home::StoreUnavailable.name(),
            Home::SignedIn(_) => return None,
        };
        frame.user.is_none().then(|| Self {
            language: frame.language.clone(),
            theme: frame.theme,
            state,
            notice,
        })
    }
}

impl KeptPages {
    /// Returns the page with this key.
    pub fn find(&self, key: &Key) -> Option<Arc<KeptPage>> {
        let pages = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let found = pages.iter().find(|(other, _)| other == key);
        found.map(|(_, page)| Arc::clone(page))
    }

    /// Keeps a page.
    pub fn keep(&self, key: Key, page: &Arc<KeptPage>) {
        let mut pages = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if !pages.iter().any(|(other, _)| *other == key) {
            pages.push((key, Arc::clone(page)));
        }
    }
}

/// A page in pieces.
pub(super) struct KeptPage(Vec<Piece>);

enum Piece {
    Text(Box<str>),
    Nonce,
    RequestId,
}

impl KeptPage {
    /// Cuts a page that was rendered with [`NONCE`] and [`REQUEST_ID`].
    pub fn new(rendered: &str) -> Self {
        let mut pieces = Vec::new();
        for (index, part) in rendered.split(NONCE).enumerate() {
            if index > 0 {
                pieces.push(Piece::Nonce);
            }
            for (index, text) in part.split(REQUEST_ID).enumerate() {
                if index > 0 {
                    pieces.push(Piece::RequestId);
                }
                pieces.push(Piece::Text(text.into()));
            }
        }
        Self(pieces)
    }

    /// Returns the page with this nonce and request id.
    pub fn fill(&self, nonce: &str, request_id: &str) -> String {
        let pieces = self.0.iter().map(|piece| match piece {
            Piece::Text(text) => text,
            Piece::Nonce => nonce,
            Piece::RequestId => request_id,
        });
        pieces.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kept_page_is_filled_wherever_nonce_and_request_id_stood() {
        for (sent, filled) in [
            (format!("a{NONCE}b{REQUEST_ID}c{NONCE}"), "anbrcn"),
            (format!("{REQUEST_ID}{NONCE}"), "rn"),
            ("nothing".to_owned(), "nothing"),
            (String::new(), ""),
        ] {
            assert_eq!(KeptPage::new(&sent).fill("n", "r"), filled);
        }
    }
}
