//! Cross-site check (CSRF): refuses requests from other sites (403) before a handler runs.
//!
//! It checks Fetch Metadata first, then `Origin`, then our own header `X-CSRF`, which no form and no link can send. It does not read cookies.

use actix_web::dev::ServiceRequest;
use actix_web::http::Method;
use actix_web::http::header::{HeaderMap, HeaderName, ORIGIN, UPGRADE_INSECURE_REQUESTS};
use url::Url;

use crate::audit;
use crate::domain::{ClosedPaths, ErrorCode};
use crate::http::api_error::ApiError;
use crate::http::context::routed_path;
use crate::http::fields::{Field, SEC_FETCH_DEST, SEC_FETCH_MODE, SEC_FETCH_SITE, mention, one};
use crate::http::outcome::{Next, Outcome};
use crate::http::paths::{self, LOGIN_START, NAVIGATION_ONLY};
use crate::http::state::AppState;

const X_CSRF: HeaderName = HeaderName::from_static("x-csrf");

/// Answers 403 to a request that [`is_allowed`] refuses.
pub async fn csrf(state: &AppState, request: ServiceRequest, next: impl Next) -> Outcome {
    if !is_allowed(&request, state) {
        audit::csrf_rejected(audit::known_method(request.method().as_str()));
        return Ok(request.error_response(ApiError::from(ErrorCode::CsrfRejected)));
    }
    next(request).await
}

/// Returns whether the cross-site check lets this request pass.
pub fn is_allowed(request: &ServiceRequest, state: &AppState) -> bool {
    may_call(
        request.method(),
        routed_path(request.request()),
        request.headers(),
        &state.public_origin,
        &state.closed_paths,
    )
}

/// Returns whether the check lets a request pass. `path` is the path that the router reads.
fn may_call(
    method: &Method,
    path: &str,
    headers: &HeaderMap,
    public_origin: &Url,
    closed_paths: &ClosedPaths,
) -> bool {
    if paths::is_public(path) || path == paths::CSP_REPORT {
        return true;
    }
    let field = |name: HeaderName| one(headers, name);
    let (site, mode) = (field(SEC_FETCH_SITE), field(SEC_FETCH_MODE));
    let dest = field(SEC_FETCH_DEST);
    let is_document = matches!(dest, Field::Absent | Field::Is("document"));
    let is_own_page = site == Field::Is("same-origin");
    // A service worker forwards a navigation with `fetch(event.request)`. The mode stays `navigate`, but the destination becomes `empty`, also for a
    // frame. From another site such a request is accepted only with `Upgrade-Insecure-Requests: 1`, because no page can set that header on a request
    // to us.
    let is_passed_on = dest == Field::Is("empty")
        && mode == Field::Is("navigate")
        && (is_own_page || field(UPGRADE_INSECURE_REQUESTS) == Field::Is("1"));
    if NAVIGATION_ONLY.contains(&path) {
        // A frame on another site, including the closest sibling, does not send `same-origin`, and our own pages contain no frames. The redirect
        // from the provider carries the value for the provider's site. It is accepted, because a callback has no effect without the attempt's cookie
        // and its state.
        let is_visit = is_document || (is_passed_on && (is_own_page || path != LOGIN_START));
        if !is_visit || is_prefetch(headers) {
            return false;
        }
    }
    // A top-level navigation from another site may open the pages, because other sites may link to them and a login ends on one of them, and the steps
    // of a login.
    let is_open_to_links = !closed_paths.covers(path) || NAVIGATION_ONLY.contains(&path);
    let is_safe = method.is_safe();
    let is_navigation = is_safe && matches!(mode, Field::Absent | Field::Is("navigate"));
    match site {
        Field::Is("same-origin") => return true,
        Field::Is("none") => return is_navigation && is_document,
        Field::Is("same-site" | "cross-site") => {
            return is_navigation && (is_document || is_passed_on) && is_open_to_links;
        }
        // The header is present but unreadable: it has two lines, or bytes that are not text.
        Field::Unclear => return false,
        // The header is absent or has an unknown value, so the older signals decide.
        Field::Is(_) | Field::Absent => {}
    }
    match field(ORIGIN) {
        Field::Is(origin) => origin == public_origin.origin().ascii_serialization(),
        Field::Unclear => false,
        Field::Absent => is_safe || field(X_CSRF) == Field::Is("1"),
    }
}

fn is_prefetch(headers: &HeaderMap) -> bool {
    ["sec-purpose", "purpose", "x-purpose", "x-moz"]
        .iter()
        .any(|name| {
            ["prefetch", "preview"]
                .iter()
                .any(|word| mention(headers, *name, word))
        })
}

#[cfg(test)]
mod tests;
