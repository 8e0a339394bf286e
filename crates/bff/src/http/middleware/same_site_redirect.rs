//! Same-site interstitial.
//!
//! Browsers omit `SameSite=Strict` cookies on navigations that another site started. So a user who is signed in looks signed out after the callback,
//! or after following a link from another site. This middleware answers such a navigation to a page with a page that reloads the URL without
//! scripts. The second request comes from our own site and carries the cookie. The middleware runs between the session layer and the handlers.
//!
//! On a developer's machine it also redirects between `localhost` and `127.0.0.1`.

use actix_web::HttpResponse;
use actix_web::dev::ServiceRequest;
use actix_web::http::Method;
use actix_web::http::header::{HOST, LOCATION};
use url::Url;

use crate::http::context::{RequestContext, is_navigation, routed_path};
use crate::http::fields::{Field, SEC_FETCH_SITE, one};
use crate::http::home;
use crate::http::outcome::{Next, Outcome};
use crate::http::pages::{LocalTarget, Notice};
use crate::http::paths::LOGIN_START;
use crate::http::query::Query;
use crate::http::reader::Reader;
use crate::http::session::{Current, CurrentSession};
use crate::http::state::AppState;

/// Answers with the interstitial where it is needed, else calls the handlers. When the interstitial cannot be rendered, the handler answers.
pub async fn same_site_redirect(
    state: &AppState,
    request: ServiceRequest,
    next: impl Next,
) -> Outcome {
    if let Some(address) = public_address(&request, state) {
        let response = HttpResponse::SeeOther()
            .insert_header((LOCATION, address.as_str()))
            .finish();
        return Ok(request.into_response(response));
    }
    if may_lack_cookie(&request, state)
        && matches!(
            CurrentSession::from_http(request.request()).current(),
            Current::Anonymous
        )
        && let Some(response) = interstitial(&request, state)
    {
        return Ok(request.into_response(response));
    }
    next(request).await
}

/// Returns the URL to redirect to when a developer opened the app under another loopback name than its public one. The public name is the one that
/// the provider sends the browser back to. The redirect is needed because cookies and messages between pages of `localhost` do not reach
/// `127.0.0.1`, so a login that starts on one cannot finish on the other. For all other hosts `Host` is ignored.
fn public_address(request: &ServiceRequest, state: &AppState) -> Option<Url> {
    const NAMES: [&str; 3] = ["127.0.0.1", "localhost", "[::1]"];
    let path = routed_path(request.request());
    let is_opened = !state.closed_paths.covers(path) && is_navigation(path, request.headers());
    if request.method() != Method::GET || !(is_opened || path == LOGIN_START) {
        return None;
    }
    let origin = &state.public_origin;
    let ours = origin.host_str()?;
    let Field::Is(host) = one(request.headers(), HOST) else {
        return None;
    };
    // Parsed as a URL, because the client may write a default port or leave it out.
    let asked = Url::parse(&format!("{}://{host}", origin.scheme())).ok()?;
    let name = asked.host_str()?;
    let is_other_name = NAMES.contains(&ours) && NAMES.contains(&name) && name != ours;
    if !is_other_name || origin.port_or_known_default() != asked.port_or_known_default() {
        return None;
    }
    let mut address = origin.join(request.path()).ok()?;
    // Refused, because a path such as `//evil.test` can be read as the name of another host.
    if address.origin() != origin.origin() {
        return None;
    }
    address.set_query(Some(request.query_string()).filter(|query| !query.is_empty()));
    Some(address)
}

/// Returns whether the browser may have omitted the session cookie. That is so when `Sec-Fetch-Site` is `cross-site`, or when the header is absent
/// and a login has just finished.
fn may_lack_cookie(request: &ServiceRequest, state: &AppState) -> bool {
    let path = routed_path(request.request());
    let is_opened = !state.closed_paths.covers(path) && is_navigation(path, request.headers());
    if request.method() != Method::GET || !is_opened {
        return false;
    }
    match one(request.headers(), SEC_FETCH_SITE) {
        Field::Is(site) => site == "cross-site",
        Field::Unclear => false,
        Field::Absent => request
            .query_string()
            .split('&')
            .any(|pair| pair == "login=success"),
    }
}

fn interstitial(request: &ServiceRequest, state: &AppState) -> Option<HttpResponse> {
    let target = target(request)?;
    let context = RequestContext::from_http(request.request());
    let reader = Reader::from_http(request.request(), state);
    let page = state
        .pages
        .continue_to(&reader.frame(state, &context), LocalTarget::new(&target)?)
        .inspect_err(
            |error| tracing::error!(event = "page_failed", %error, "a page could not be rendered"),
        )
        .ok()?;
    let mut response = HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .body(page);
    // The page that it opens does not have the query.
    reader.remember(&mut response, state);
    Some(response)
}

/// Returns the URL that the interstitial reloads. `login=success` is removed from it, so that a browser that does not send the cookie does not loop.
/// On the front page only our own notices are kept in the query. On other pages the query is kept, because it belongs to the app.
fn target(request: &ServiceRequest) -> Option<String> {
    if routed_path(request.request()) != "/" {
        let query = request
            .query_string()
            .replace("login=success", "login=done");
        return Some(format!("{}?{query}", request.uri().path()));
    }
    let query = Query::from_http(request.request())?;
    Some(match home::notice_of(&query) {
        Some(Notice::LoggedIn) => "/?login=done".to_owned(),
        Some(Notice::Error(error)) => format!("/?error={}", error.code()),
        _ => "/".to_owned(),
    })
}
