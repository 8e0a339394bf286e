//! The headers that tell a browser what it may do with an answer.

use actix_web::http::header::{HeaderName, STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS};

use super::context::RequestContext;

const CORP: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The content security policy of everything that is no page.
pub const NOT_OF_A_PAGE: &str = "default-src 'none'; frame-ancestors 'none'";

/// What stands on every answer, whatever it answers. HSTS never goes over plain http (RFC 6797 §7.2).
pub fn of_every_answer(
    context: &RequestContext,
    is_https: bool,
) -> impl Iterator<Item = (HeaderName, &str)> {
    let hsts = (
        STRICT_TRANSPORT_SECURITY,
        "max-age=63072000; includeSubDomains",
    );
    [
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (CORP, "same-origin"),
        (REQUEST_ID, context.request_id().as_str()),
    ]
    .into_iter()
    .chain(is_https.then_some(hsts))
}

/// The content security policy of a page with this nonce.
pub fn of_a_page(nonce: &str) -> String {
    format!(
        "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; img-src 'self'; font-src 'self'; \
         connect-src 'self'; manifest-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; \
         frame-ancestors 'none'; require-trusted-types-for 'script'; report-to csp"
    )
}
