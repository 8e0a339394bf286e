//! The outermost layer: what every answer carries, whoever gives it.
//!
//! Request id, one log line, the security headers once each, no-store unless said otherwise, errors as problem+json or as a page, panics as
//! `internal_error`. Nothing of a cause leaves the process from here.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderMap, HeaderName,
    HeaderValue, LOCATION, REFERRER_POLICY, RETRY_AFTER, STRICT_TRANSPORT_SECURITY,
    WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS,
};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{HttpMessage as _, HttpRequest, HttpResponse, ResponseError as _};
use futures_util::FutureExt as _;
use tracing::Instrument as _;

use super::context::{RequestContext, is_navigation};
use super::failure::Failure;
use super::guard::may_call;
use super::pages::{LocalTarget, Problem};
use super::{Web, home, pages};
use crate::domain::{Clock as _, ErrorCode, SystemClock};

const CORP: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
const COOP: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
const PERMISSIONS: HeaderName = HeaderName::from_static("permissions-policy");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The middleware: wrap the whole app in `actix_web::middleware::from_fn(envelope)`.
///
/// # Errors
/// Never: every failure inside becomes an answer.
pub async fn envelope(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let Some(web) = request.app_data::<Data<Web>>().cloned() else {
        let response = Failure::from(ErrorCode::InternalError).error_response();
        return Ok(request.into_response(response));
    };
    let context = RequestContext::new();
    request.extensions_mut().insert(context.clone());
    let begun = SystemClock.now();
    let span = tracing::info_span!("request", request_id = %context.request_id());
    let raw = request.request().clone();
    let answer = async {
        match admit(&request, &web) {
            Err(response) => request.into_response(response),
            Ok(()) => handle(&raw, request, next).await,
        }
    }
    .instrument(span.clone())
    .await;
    let mut answer = render_failure(answer, &web, &context);
    let is_page = is_page(answer.headers());
    let status = answer.status();
    seal_headers(
        answer.headers_mut(),
        &web,
        &context,
        is_page && !status.is_client_error() && !status.is_server_error(),
    );
    span.in_scope(|| log(&raw, status, SystemClock.now().since(begun)));
    Ok(answer)
}

/// Whether the request may come in at all.
fn admit(request: &ServiceRequest, web: &Web) -> Result<(), HttpResponse> {
    if came_unencrypted(request, web) {
        return Err(to_https(request, web));
    }
    if !may_call(
        request.method(),
        request.path(),
        request.headers(),
        &web.public_origin,
    ) {
        tracing::warn!(event = "csrf_rejected", method = %request.method(), "a request from another site was refused");
        return Err(Failure::from(ErrorCode::CsrfRejected).error_response());
    }
    Ok(())
}

/// Whether a proxy that we trust says that the browser spoke plain http to an https origin.
fn came_unencrypted(request: &ServiceRequest, web: &Web) -> bool {
    let by_trusted_proxy = request.peer_addr().is_some_and(|peer| {
        web.trusted_proxies
            .iter()
            .any(|network| network.contains(&peer.ip()))
    });
    let says_http = request
        .headers()
        .get("x-forwarded-proto")
        .and_then(|value| value.to_str().ok())
        .is_some_and(|proto| proto.eq_ignore_ascii_case("http"));
    web.is_https() && by_trusted_proxy && says_http
}

/// Pages move to https; everything else is refused, because what came was already seen by others (RFC 9110 §15.4.9, ASVS 4.1.2).
fn to_https(request: &ServiceRequest, web: &Web) -> HttpResponse {
    let path = request.path();
    let is_page = request.method() == Method::GET
        && !["/api/", "/oauth/", "/auth/"]
            .iter()
            .any(|p| path.starts_with(p));
    let target = request
        .uri()
        .path_and_query()
        .and_then(|path| LocalTarget::new(path.as_str()));
    match target.and_then(|target| web.public_origin.join(target.as_str()).ok()) {
        Some(target) if is_page => HttpResponse::PermanentRedirect()
            .insert_header((LOCATION, target.as_str()))
            .finish(),
        _ => Failure::from(ErrorCode::BadRequest).error_response(),
    }
}

/// Runs the handlers; errors and panics become answers.
async fn handle(
    raw: &HttpRequest,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> ServiceResponse<BoxBody> {
    let failed = |response: HttpResponse| ServiceResponse::new(raw.clone(), response);
    match AssertUnwindSafe(next.call(request)).catch_unwind().await {
        Ok(Ok(response)) => response.map_into_boxed_body(),
        Ok(Err(error)) => match error.as_error::<Failure>() {
            Some(failure) => failed(failure.error_response()),
            None => {
                let failure = Failure::of_status(error.as_response_error().status_code());
                tracing::warn!(
                    event = "request_failed",
                    error = failure.code(),
                    "the framework refused a request"
                );
                failed(failure.error_response())
            }
        },
        Err(_) => {
            tracing::error!(
                event = "panicked",
                "a handler panicked; the request got internal_error"
            );
            failed(Failure::from(ErrorCode::InternalError).error_response())
        }
    }
}

/// Gives an error its body: problem+json (RFC 9457) to code, a page to people.
fn render_failure(answer: ServiceResponse, web: &Web, context: &RequestContext) -> ServiceResponse {
    let status = answer.status();
    let failure = answer.response().extensions().get::<Failure>().cloned();
    let is_bare_error =
        (status.is_client_error() || status.is_server_error()) && !has_type(answer.headers());
    let Some(failure) = failure.or_else(|| is_bare_error.then(|| Failure::of_status(status)))
    else {
        return answer;
    };
    let (request, response) = answer.into_parts();
    let mut rendered = HttpResponse::build(failure.status_code());
    for name in [ALLOW, actix_web::http::header::SET_COOKIE] {
        for value in response.headers().get_all(&name) {
            rendered.append_header((name.clone(), value.clone()));
        }
    }
    if let Some(seconds) = failure.retry_after() {
        rendered.insert_header((RETRY_AFTER, seconds));
    }
    if failure.status() == 401 {
        // A challenge is due (RFC 9110 §15.5.2); this one makes no browser open a dialogue.
        rendered.insert_header((WWW_AUTHENTICATE, "Cookie realm=\"app\""));
    }
    let page = is_navigation(request.path(), request.headers())
        .then(|| page(&request, web, context, &failure))
        .flatten();
    let rendered = match page {
        Some(page) => rendered.content_type("text/html; charset=utf-8").body(page),
        None => rendered
            .content_type("application/problem+json")
            .body(problem(web, context, &failure)),
    };
    ServiceResponse::new(request, rendered)
}

fn problem(web: &Web, context: &RequestContext, failure: &Failure) -> String {
    let problem_type = web
        .public_origin
        .join(&format!("problems/{}", failure.code().replace('_', "-")));
    serde_json::json!({
        "type": problem_type.map_or_else(|_| "about:blank".to_owned(), String::from),
        "title": failure.title(),
        "status": failure.status(),
        "error": failure.code(),
        "request_id": context.request_id().as_str(),
    })
    .to_string()
}

fn page(
    request: &HttpRequest,
    web: &Web,
    context: &RequestContext,
    failure: &Failure,
) -> Option<String> {
    let retry = (request.method() == Method::GET && failure.retry_after().is_some())
        .then(|| LocalTarget::new(request.path()))
        .flatten();
    let problem = Problem {
        status: failure.status(),
        kind: pages::ProblemKind::from_code(failure.page().code()),
        retry,
    };
    web.pages
        .problem(&home::frame(request, web, context), &problem)
        .inspect_err(|error| tracing::error!(event = "page_failed", %error, "an error page could not be rendered"))
        .ok()
}

fn is_page(headers: &HeaderMap) -> bool {
    headers
        .get(CONTENT_TYPE)
        .is_some_and(|value| value.as_bytes().starts_with(b"text/html"))
}

fn has_type(headers: &HeaderMap) -> bool {
    headers.contains_key(CONTENT_TYPE)
}

/// The headers of every answer, once each. A handler decides only about caching.
fn seal_headers(headers: &mut HeaderMap, web: &Web, context: &RequestContext, is_form_page: bool) {
    let mut set = |name: HeaderName, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    };
    set(X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(CORP, "same-origin");
    // Under no-referrer a form's POST would carry `Origin: null`.
    set(
        REFERRER_POLICY,
        if is_form_page {
            "same-origin"
        } else {
            "no-referrer"
        },
    );
    set(REQUEST_ID, context.request_id().as_str());
    if web.is_https() {
        set(
            STRICT_TRANSPORT_SECURITY,
            "max-age=63072000; includeSubDomains",
        );
    }
    if !headers.contains_key(CACHE_CONTROL) {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    let policy = if is_page(headers) {
        headers.insert(COOP, HeaderValue::from_static("same-origin"));
        headers.insert(
            PERMISSIONS,
            HeaderValue::from_static("camera=(), geolocation=(), microphone=()"),
        );
        page_policy(context.nonce())
    } else {
        "default-src 'none'; frame-ancestors 'none'".to_owned()
    };
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        headers.insert(CONTENT_SECURITY_POLICY, policy);
    }
}

fn page_policy(nonce: &str) -> String {
    format!(
        "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; img-src 'self'; font-src 'self'; \
         connect-src 'self'; manifest-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; \
         frame-ancestors 'none'; require-trusted-types-for 'script'"
    )
}

/// One line a request: the route's pattern, never the path or the query.
fn log(request: &HttpRequest, status: StatusCode, took: Duration) {
    let route = request
        .match_pattern()
        .unwrap_or_else(|| "(none)".to_owned());
    let (method, status, millis) = (
        request.method(),
        status.as_u16(),
        took.as_secs_f64() * 1000.0,
    );
    if ["/healthz", "/readyz"].contains(&route.as_str()) {
        tracing::debug!(event = "request", %method, route, status, millis, "answered");
    } else {
        tracing::info!(event = "request", %method, route, status, millis, "answered");
    }
}
