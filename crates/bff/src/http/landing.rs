//! The step onto our own ground.
//!
//! Browsers leave a `SameSite=Strict` cookie out of navigations that another site began, so somebody who is signed in looks signed out: after the callback,
//! or from a link elsewhere. Such a navigation to a page is answered with a page that goes on by itself, without scripts; that step is our own, and the
//! cookie comes. Stands between the session layer and the handlers.
//!
//! On a developer's machine the step may also be one from `localhost` to `127.0.0.1`.

use actix_web::HttpResponse;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{HOST, LOCATION};
use actix_web::middleware::Next;
use actix_web::web::Data;
use url::Url;

use super::context::{RequestContext, is_navigation, routed_path};
use super::fields::{Field, one};
use super::guard::{START, is_page};
use super::pages::{LocalTarget, Notice};
use super::query::Query;
use super::session::{Current, CurrentSession};
use super::{AppState, home};

/// The middleware: wrap the pages in `actix_web::middleware::from_fn(landing)`.
///
/// # Errors
/// Those of the handlers; a page that cannot be rendered is passed over.
pub async fn landing(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    if let Some(address) = on_our_own_name(&request) {
        let response = HttpResponse::SeeOther()
            .insert_header((LOCATION, address.as_str()))
            .finish();
        return Ok(request.into_response(response));
    }
    if needs_a_step(&request)
        && is_anonymous(&mut request).await
        && let Some(page) = step(&request)
    {
        let response = HttpResponse::Ok()
            .content_type("text/html; charset=utf-8")
            .body(page);
        return Ok(request.into_response(response));
    }
    Ok(next.call(request).await?.map_into_boxed_body())
}

/// On a developer's machine: the same address under the name that the provider will send the browser back to. Cookies and messages between pages of
/// `localhost` do not reach `127.0.0.1`, so a login that starts on the one cannot end on the other. Elsewhere `Host` is nobody's business.
fn on_our_own_name(request: &ServiceRequest) -> Option<Url> {
    const NAMES: [&str; 3] = ["127.0.0.1", "localhost", "[::1]"];
    let path = routed_path(request.request());
    let is_opened = is_page(path) && is_navigation(path, request.headers());
    if request.method() != Method::GET || !(is_opened || path == START) {
        return None;
    }
    let origin = &request.app_data::<Data<AppState>>()?.public_origin;
    let ours = origin.host_str()?;
    let Field::Is(host) = one(request.headers(), HOST) else {
        return None;
    };
    // Parsed, because a default port may be written out or left out.
    let asked = Url::parse(&format!("{}://{host}", origin.scheme())).ok()?;
    let name = asked.host_str()?;
    let is_other_name = NAMES.contains(&ours) && NAMES.contains(&name) && name != ours;
    if !is_other_name || origin.port_or_known_default() != asked.port_or_known_default() {
        return None;
    }
    let mut address = origin.join(request.path()).ok()?;
    // A path may be read as the name of another host: `//evil.test`.
    if address.origin() != origin.origin() {
        return None;
    }
    address.set_query(Some(request.query_string()).filter(|query| !query.is_empty()));
    Some(address)
}

/// Whether the cookie may have been left out: the browser says that another site began this, or says nothing and a login has just ended.
fn needs_a_step(request: &ServiceRequest) -> bool {
    let path = routed_path(request.request());
    if request.method() != Method::GET || !is_page(path) || !is_navigation(path, request.headers())
    {
        return false;
    }
    match one(request.headers(), "sec-fetch-site") {
        Field::Is(site) => site == "cross-site",
        Field::Unclear => false,
        Field::Absent => request
            .query_string()
            .split('&')
            .any(|pair| pair == "login=success"),
    }
}

async fn is_anonymous(request: &mut ServiceRequest) -> bool {
    let session = request.extract::<CurrentSession>().await;
    session.is_ok_and(|session| matches!(session.current(), Current::Anonymous))
}

fn step(request: &ServiceRequest) -> Option<String> {
    let web = request.app_data::<Data<AppState>>()?;
    let target = target(request)?;
    let context = RequestContext::of(request.request());
    let frame = home::frame(home::language(request.request(), web), web, &context);
    web.pages
        .continue_to(&frame, LocalTarget::new(&target)?)
        .inspect_err(
            |error| tracing::error!(event = "page_failed", %error, "a page could not be rendered"),
        )
        .ok()
}

/// Where to go on to. Without `login=success`, so that nobody goes round in circles where the cookie does not come. Of the front page's query only our own
/// notices are kept; other pages are the app's, and so is their query.
fn target(request: &ServiceRequest) -> Option<String> {
    if routed_path(request.request()) != "/" {
        let query = request
            .query_string()
            .replace("login=success", "login=done");
        return Some(format!("{}?{query}", request.uri().path()));
    }
    let query = Query::of(request.request())?;
    Some(match home::notice(&query) {
        Some(Notice::LoggedIn) => "/?login=done".to_owned(),
        Some(Notice::Error(error)) => format!("/?error={}", error.code()),
        _ => "/".to_owned(),
    })
}
