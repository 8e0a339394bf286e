//! Sets the headers that tell a browser what it may do with a response.

use actix_web::dev::ServiceRequest;
use actix_web::http::StatusCode;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE,
    CROSS_ORIGIN_OPENER_POLICY, HeaderMap, HeaderName, HeaderValue, REFERRER_POLICY,
    STRICT_TRANSPORT_SECURITY, VARY, X_CONTENT_TYPE_OPTIONS,
};

use super::map_response::map_response;
use crate::http::client::Forwarded;
use crate::http::context::{RequestContext, routed_path};
use crate::http::outcome::{Next, Outcome};
use crate::http::paths;
use crate::http::proxy::{self, FromUpstream};
use crate::http::state::AppState;

const CROSS_ORIGIN_RESOURCE_POLICY: HeaderName =
    HeaderName::from_static("cross-origin-resource-policy");
const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");
const X_ROBOTS_TAG: HeaderName = HeaderName::from_static("x-robots-tag");
const REPORTING_ENDPOINTS: HeaderName = HeaderName::from_static("reporting-endpoints");

/// Content-Security-Policy of every response that is not a page.
const NO_CONTENT: &str = "default-src 'none'; frame-ancestors 'none'";

/// Sets the headers that every response has, once each. A handler decides only about caching and `Cross-Origin-Opener-Policy`.
pub async fn security_headers(
    state: &AppState,
    request: ServiceRequest,
    next: impl Next,
) -> Outcome {
    let facts = Facts {
        context: RequestContext::from_http(request.request()),
        // HSTS is never sent over plain http (RFC 6797 §7.2).
        is_https: state.is_https() && !Forwarded::from_http(request.request()).is_plain,
        // The URL of a callback holds a code and a state, which must not leak in a `Referer`.
        is_callback: routed_path(request.request()).starts_with("/oauth/"),
        is_home: routed_path(request.request()) == "/",
    };
    let outcome = next(request).await;
    map_response(outcome, |mut response| {
        let is_from_upstream = response.extensions().get::<FromUpstream>().is_some();
        let status = response.status();
        let headers = response.headers_mut();
        // A response of an upstream is never treated as a page, whatever its content type.
        if is_from_upstream {
            set_constant(headers, CONTENT_SECURITY_POLICY, proxy::POLICY);
        } else if is_page(headers) {
            facts.set_page_headers(headers, state, status);
        } else {
            set_constant(headers, CONTENT_SECURITY_POLICY, NO_CONTENT);
        }
        let is_page = is_page(headers) && !is_from_upstream;
        facts.set_common_headers(headers, is_page, status);
        set_caching(headers);
        response
    })
}

/// Facts about a request that the headers of its response depend on. They are copied, because the request may be lost by then.
struct Facts {
    context: RequestContext,
    is_https: bool,
    is_callback: bool,
    is_home: bool,
}

impl Facts {
    fn set_common_headers(&self, headers: &mut HeaderMap, is_page: bool, status: StatusCode) {
        set_constant(headers, X_CONTENT_TYPE_OPTIONS, "nosniff");
        set_constant(headers, CROSS_ORIGIN_RESOURCE_POLICY, "same-origin");
        if self.is_https {
            let two_years = "max-age=63072000; includeSubDomains";
            set_constant(headers, STRICT_TRANSPORT_SECURITY, two_years);
        }
        // Pages with forms need `same-origin`, because under `no-referrer` a form's POST would carry `Origin: null`.
        let is_error = status.is_client_error() || status.is_server_error();
        let may_have_forms = is_page && !is_error && !self.is_callback;
        let policy = if may_have_forms {
            "same-origin"
        } else {
            "no-referrer"
        };
        set_constant(headers, REFERRER_POLICY, policy);
    }

    fn set_page_headers(&self, headers: &mut HeaderMap, state: &AppState, status: StatusCode) {
        let policy = state.content_sources.policy(self.context.nonce());
        set(headers, CONTENT_SECURITY_POLICY, &policy);
        let nothing = "camera=(), geolocation=(), microphone=()";
        set_constant(headers, PERMISSIONS_POLICY, nothing);
        if !(self.is_home && status.is_success() && state.pages.is_listed()) {
            set_constant(headers, X_ROBOTS_TAG, "noindex");
        }
        let origin = state.public_origin.as_str().trim_end_matches('/');
        let reports = format!("csp=\"{origin}{}\"", paths::CSP_REPORT);
        set(headers, REPORTING_ENDPOINTS, &reports);
        if !headers.contains_key(CROSS_ORIGIN_OPENER_POLICY) {
            set_constant(headers, CROSS_ORIGIN_OPENER_POLICY, "same-origin");
        }
    }
}

fn set_caching(headers: &mut HeaderMap) {
    let encoding = headers.get(CONTENT_ENCODING);
    if encoding.is_some_and(|value| value == "identity") {
        // A handler sets it to disable our own compression. It is removed because `identity` must not be sent (RFC 9110 §8.4.1).
        headers.remove(CONTENT_ENCODING);
    }
    if headers.contains_key(CACHE_CONTROL) {
        // A response that may be cached exists in several encodings, selected by `Accept-Encoding` (RFC 9111 §4.1).
        set_constant(headers, VARY, "accept-encoding");
    } else {
        set_constant(headers, CACHE_CONTROL, "no-store");
    }
}

fn is_page(headers: &HeaderMap) -> bool {
    headers
        .get(CONTENT_TYPE)
        .is_some_and(|value| value.as_bytes().starts_with(b"text/html"))
}

fn set_constant(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    headers.insert(name, HeaderValue::from_static(value));
}

fn set(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}
