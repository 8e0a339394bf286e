//! The questions that the running program answers, asked through the public origin.

use std::sync::Arc;

use reqwest::Response;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue, ORIGIN};
use url::Url;

use crate::domain::{KeyRing, SystemClock, SystemEntropy};
use crate::flow::probe::{PATH, Probe, TOKEN};
use crate::provider::Visitor;

/// The questions that the running program answers, asked through the public origin.
pub struct Questions<'a> {
    pub visitor: &'a Visitor,
    probe: Probe,
    pub origin: String,
}

impl<'a> Questions<'a> {
    /// Makes questions with these keys.
    pub fn new(visitor: &'a Visitor, keys: &KeyRing, origin: String) -> Self {
        let probe = Probe::new(keys.clone(), Arc::new(SystemClock), Arc::new(SystemEntropy));
        Self {
            visitor,
            probe,
            origin,
        }
    }

    /// Returns the address of a part of the answers.
    pub fn url(&self, part: &str) -> Option<Url> {
        Url::parse(&format!("{}{PATH}?part={part}", self.origin)).ok()
    }

    /// Returns the headers of a script's request on our own page, with a fresh token.
    pub fn headers(&self) -> HeaderMap {
        let token = self.probe.token();
        let lines = [
            (TOKEN, token.as_str()),
            (ORIGIN.as_str(), &self.origin),
            ("sec-fetch-site", "same-origin"),
            ("sec-fetch-mode", "cors"),
            ("sec-fetch-dest", "empty"),
        ];
        let parsed = lines.iter().filter_map(|(name, value)| {
            let name = HeaderName::try_from(*name).ok()?;
            Some((name, HeaderValue::try_from(*value).ok()?))
        });
        parsed.collect()
    }

    /// Asks for a part, with one more header. `None` when nothing answers.
    pub async fn ask(
        &self,
        part: &str,
        more: Option<(HeaderName, HeaderValue)>,
    ) -> Option<Response> {
        let mut headers = self.headers();
        headers.extend(more);
        self.visitor.get(self.url(part)?, headers).await.ok()
    }

    /// Returns the headers for another place: with a token only on the public origin.
    pub fn headers_of(&self, origin: &str) -> HeaderMap {
        if origin == self.origin {
            self.headers()
        } else {
            HeaderMap::new()
        }
    }
}
