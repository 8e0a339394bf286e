//! Data of one request: its id, the nonce of its page, its routed path, and whether it is a navigation.

use std::cell::OnceCell;
use std::rc::Rc;

use actix_web::http::header::{ACCEPT, HeaderMap};
use actix_web::{FromRequest, HttpMessage as _, HttpRequest, dev::Payload};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::fields::{Field, SEC_FETCH_MODE, essence, items, one};
use crate::domain::trace::TraceContext;
use crate::domain::{Entropy, RequestId, SystemEntropy, ThreadEntropy};

/// Data of one request. The layer `request_id` creates it; the layers and handlers inside read it.
#[derive(Clone)]
pub struct RequestContext(Rc<Inner>);

struct Inner {
    request_id: RequestId,
    nonce: OnceCell<String>,
    route: OnceCell<String>,
}

impl RequestContext {
    /// Creates a context with a new request id, outside of any trace. Request ids of clients are not used.
    pub fn new() -> Self {
        Self::with_id(RequestId::random(&ThreadEntropy))
    }

    /// Creates a context with a new request id in this trace.
    pub fn in_trace(trace: TraceContext) -> Self {
        Self::with_id(RequestId::in_trace(trace, &ThreadEntropy))
    }

    fn with_id(request_id: RequestId) -> Self {
        Self(Rc::new(Inner {
            request_id,
            nonce: OnceCell::new(),
            route: OnceCell::new(),
        }))
    }

    /// Returns the request's id.
    pub fn request_id(&self) -> &RequestId {
        &self.0.request_id
    }

    /// Returns the nonce of this response's Content-Security-Policy (CSP level 3 §7.1): 128 random bits, created on the first call.
    pub fn nonce(&self) -> &str {
        self.0.nonce.get_or_init(|| {
            let mut bytes = [0_u8; 16];
            SystemEntropy.fill(&mut bytes);
            STANDARD.encode(bytes)
        })
    }

    /// Notes the pattern of the route that answered the request.
    pub fn note_route(&self, pattern: String) {
        // The first one counts.
        drop(self.0.route.set(pattern));
    }

    /// Returns the path of the route that answered the request, if all its paths are this one. It is a constant, so a page may show it.
    pub fn constant_path(&self) -> Option<&str> {
        let route = self.0.route.get()?;
        (!route.contains('{')).then_some(route)
    }

    /// Returns the context of this request.
    pub fn from_http(request: &HttpRequest) -> Self {
        request
            .extensions_mut()
            .get_or_insert_with(Self::new)
            .clone()
    }
}

impl FromRequest for RequestContext {
    type Error = actix_web::Error;
    type Future = std::future::Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        std::future::ready(Ok(Self::from_http(request)))
    }
}

/// Returns the percent-decoded path, as the router reads it. Every decision that depends on the path must use this one, because `/%61pi/session`
/// leads to the same handler as `/api/session`. A URL that is sent back to the browser must use the path as the client wrote it instead.
pub fn routed_path(request: &HttpRequest) -> &str {
    request.match_info().as_str()
}

/// Returns whether the request is a page navigation rather than a script's request for data. Everything under `/api/` is data.
pub fn is_navigation(path: &str, headers: &HeaderMap) -> bool {
    if path.starts_with("/api/") {
        return false;
    }
    match one(headers, SEC_FETCH_MODE) {
        Field::Absent => {
            items(headers, ACCEPT).any(|range| essence(range).eq_ignore_ascii_case(b"text/html"))
        }
        mode => mode == Field::Is("navigate"),
    }
}
