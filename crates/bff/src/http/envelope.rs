//! The outermost layer. Every response passes it, also responses that no handler made.
//!
//! It adds the request id and the security headers once each, writes one log line, and sets `no-store` unless the handler set caching. It renders
//! errors as problem+json or as a page, and turns panics into `internal_error`. The text of an underlying error never reaches the client.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE,
    CROSS_ORIGIN_OPENER_POLICY, HeaderMap, HeaderName, HeaderValue, LOCATION, REFERRER_POLICY,
    RETRY_AFTER, SET_COOKIE, VARY, WWW_AUTHENTICATE,
};
use actix_web::http::{ConnectionType, Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{HttpMessage as _, HttpResponse, ResponseError as _};
use futures_util::FutureExt as _;
use tracing::Instrument as _;

use super::api_error::ApiError;
use super::client::Forwarded;
use super::context::{RequestContext, is_navigation, routed_path};
use super::cookies::RequestCookies;
use super::csp_report;
use super::guard::{is_for_everybody, may_call};
use super::pages::{LocalTarget, Problem};
use super::policy::{NOT_OF_A_PAGE, of_every_answer};
use super::proxy::{self, Foreign};
use super::{AppState, BODY_LIMIT, home, limits};
use crate::audit;
use crate::domain::{Clock as _, ErrorCode, Language, SystemClock, Timestamp};

const REPORTING_ENDPOINTS: HeaderName = HeaderName::from_static("reporting-endpoints");
const PERMISSIONS: HeaderName = HeaderName::from_static("permissions-policy");

/// Runs all layers inside it and finishes their response. Wrap the whole app in `actix_web::middleware::from_fn(envelope)`.
///
/// # Errors
/// When a part of the framework fails or a handler panics, the request is lost. The error that is returned then carries the finished response.
pub async fn envelope(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let Some(web) = request.app_data::<Data<AppState>>().cloned() else {
        return Err(ApiError::from(ErrorCode::InternalError).into());
    };
    RequestCookies::take(&mut request, web.cookies());
    let peer = request.peer_addr().map(|peer| peer.ip());
    let forwarded = Forwarded::of(peer, request.headers(), &web.trusted_proxies);
    let client = forwarded.client;
    let asker = Asker::of(&request, &web, forwarded);
    request.extensions_mut().insert(asker.context.clone());
    request.extensions_mut().insert(forwarded);
    if let Err(refusal) = limits::admit(&request, &web, peer, client) {
        tokio::time::sleep(refusal.pause()).await;
        let response = ApiError::rate_limited(refusal.seconds()).error_response();
        return Ok(request.into_response(asker.dress(&web, response)));
    }
    // Level `ERROR`, the highest, so that every log line that is written carries these fields.
    let span = tracing::error_span!(
        "request",
        request_id = %asker.context.request_id(),
        client = client.map(tracing::field::display),
        // The session layer records it when it looks up the session.
        session = tracing::field::Empty,
    );
    let answer = async {
        match turn_away(&request, &web, asker.is_unencrypted) {
            Some(response) => Ok(request.into_response(response)),
            None => handle(request, next).await,
        }
    }
    .instrument(span.clone())
    .await;
    let _entered = span.enter();
    match answer {
        Ok(answer) => {
            let route = answer.request().match_pattern();
            let (request, response) = answer.into_parts();
            Ok(ServiceResponse::new(
                request,
                asker.finish(&web, response, route),
            ))
        }
        Err(failure) => {
            let response = asker.finish(&web, failure.error_response(), None);
            Err(InternalError::from_response(failure, response).into())
        }
    }
}

/// Facts about a request that its response needs. They are copied, because the request may be gone by then.
struct Asker {
    context: RequestContext,
    method: Method,
    begun: Timestamp,
    /// The browser used plain http although the public origin is https.
    is_unencrypted: bool,
    /// The client asked to switch protocols. The connection is closed, because the bytes after this request cannot be read as another request.
    ends_connection: bool,
    /// The request is a callback: its URL holds a code and a state, which must not leak in a `Referer`.
    is_callback: bool,
    /// For navigations only: the language of an error page, and the path that "try again" opens.
    page: Option<(Language, String)>,
}

impl Asker {
    fn of(request: &ServiceRequest, web: &AppState, forwarded: Forwarded) -> Self {
        let path = routed_path(request.request());
        Self {
            context: RequestContext::new(),
            method: request.method().clone(),
            begun: SystemClock.now(),
            is_unencrypted: web.is_https() && forwarded.is_plain,
            ends_connection: request.head().upgrade() || request.method() == Method::CONNECT,
            is_callback: path.starts_with("/oauth/"),
            page: is_navigation(path, request.headers()).then(|| {
                (
                    home::language(request.request(), web),
                    request.path().to_owned(),
                )
            }),
        }
    }

    /// Adds everything that a response must carry, and writes the log line of the request.
    fn finish(
        &self,
        web: &AppState,
        response: HttpResponse,
        route: Option<String>,
    ) -> HttpResponse {
        let response = self.dress(web, response);
        log(
            &self.method,
            route.as_deref().unwrap_or("(none)"),
            response.status(),
            SystemClock.now().since(self.begun),
        );
        response
    }

    /// Adds everything that a response must carry.
    fn dress(&self, web: &AppState, response: HttpResponse) -> HttpResponse {
        let mut response = self.render_failure(web, response);
        let status = response.status();
        let is_foreign = response.extensions().get::<Foreign>().is_some();
        self.seal_headers(response.headers_mut(), web, status, is_foreign);
        if self.ends_connection || web.draining.has_begun() {
            response
                .head_mut()
                .set_connection_type(ConnectionType::Close);
        }
        response
    }

    /// Renders the body of an error: problem+json (RFC 9457) for scripts, a page for navigations.
    fn render_failure(&self, web: &AppState, response: HttpResponse) -> HttpResponse {
        let status = response.status();
        // When the framework refused what a handler asked for, its response text is replaced by ours.
        let is_bare_error = is_error(status)
            && (response.error().is_some() || !response.headers().contains_key(CONTENT_TYPE));
        let failure = response.extensions().get::<ApiError>().cloned();
        let Some(failure) = failure.or_else(|| is_bare_error.then(|| ApiError::of_status(status)))
        else {
            return response;
        };
        let mut rendered = HttpResponse::build(failure.status_code());
        for name in [ALLOW, SET_COOKIE] {
            for value in response.headers().get_all(&name) {
                rendered.append_header((name.clone(), value.clone()));
            }
        }
        if let Some(seconds) = failure.retry_after() {
            rendered.insert_header((RETRY_AFTER, seconds));
        }
        if failure.status() == 401 {
            // A 401 requires a challenge (RFC 9110 §15.5.2). No browser opens a dialogue for this one.
            rendered.insert_header((WWW_AUTHENTICATE, "Cookie realm=\"app\""));
        }
        match self.page(web, &failure) {
            Some(page) => rendered.content_type("text/html; charset=utf-8").body(page),
            None => rendered
                .content_type("application/problem+json")
                .body(self.problem(web, &failure)),
        }
    }

    fn problem(&self, web: &AppState, failure: &ApiError) -> String {
        let problem_type = web
            .public_origin
            .join(&format!("problems/{}", failure.code().replace('_', "-")));
        let mut problem = serde_json::json!({
            "type": problem_type.map_or_else(|_| "about:blank".to_owned(), String::from),
            "title": failure.title(),
            "status": failure.status(),
            "error": failure.code(),
            "request_id": self.context.request_id().as_str(),
        });
        if let Some(cause) = failure.cause() {
            problem["cause"] = cause.code().into();
        }
        problem.to_string()
    }

    fn page(&self, web: &AppState, failure: &ApiError) -> Option<String> {
        let (language, path) = self.page.as_ref()?;
        let retry = (self.method == Method::GET && failure.retry_after().is_some())
            .then(|| LocalTarget::new(path))
            .flatten();
        let problem = Problem {
            status: failure.status(),
            code: failure.code(),
            arguments: failure.arguments(),
            row: failure.row(),
            retry,
        };
        web.pages
            .problem(&home::frame(*language, web, &self.context), &problem)
            .inspect_err(|error| tracing::error!(event = "page_failed", %error, "an error page could not be rendered"))
            .ok()
    }

    /// Sets the headers that every response has, once each. A handler decides only about caching. A response of an upstream is never treated as a
    /// page, whatever its content type.
    fn seal_headers(
        &self,
        headers: &mut HeaderMap,
        web: &AppState,
        status: StatusCode,
        is_foreign: bool,
    ) {
        let is_page = is_page(headers) && !is_foreign;
        let mut set = |name: HeaderName, value: &str| {
            if let Ok(value) = HeaderValue::from_str(value) {
                headers.insert(name, value);
            }
        };
        // HSTS is never sent over plain http (RFC 6797 §7.2).
        let is_https = web.is_https() && !self.is_unencrypted;
        for (name, value) in of_every_answer(&self.context, is_https) {
            set(name, value);
        }
        // Pages with forms need `same-origin`, because under `no-referrer` a form's POST would carry `Origin: null`.
        let may_have_forms = is_page && !is_error(status) && !self.is_callback;
        set(
            REFERRER_POLICY,
            if may_have_forms {
                "same-origin"
            } else {
                "no-referrer"
            },
        );
        if is_page {
            set(PERMISSIONS, "camera=(), geolocation=(), microphone=()");
            set(
                CONTENT_SECURITY_POLICY,
                &web.content_sources.policy(self.context.nonce()),
            );
            if let Ok(reports) = web.public_origin.join(csp_report::PATH) {
                set(REPORTING_ENDPOINTS, &format!("csp=\"{reports}\""));
            }
        } else if is_foreign {
            set(CONTENT_SECURITY_POLICY, proxy::POLICY);
        } else {
            set(CONTENT_SECURITY_POLICY, NOT_OF_A_PAGE);
        }
        if headers
            .get(CONTENT_ENCODING)
            .is_some_and(|value| value == "identity")
        {
            // A handler sets it to disable our own compression. It is removed because `identity` must not be sent (RFC 9110 §8.4.1).
            headers.remove(CONTENT_ENCODING);
        }
        if is_page && !headers.contains_key(CROSS_ORIGIN_OPENER_POLICY) {
            headers.insert(
                CROSS_ORIGIN_OPENER_POLICY,
                HeaderValue::from_static("same-origin"),
            );
        }
        if headers.contains_key(CACHE_CONTROL) {
            // A response that may be cached exists in several encodings, selected by `Accept-Encoding` (RFC 9111 §4.1).
            headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
        } else {
            headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        }
    }
}

/// Returns the response to a request that is refused before it reaches a handler.
fn turn_away(
    request: &ServiceRequest,
    web: &AppState,
    is_unencrypted: bool,
) -> Option<HttpResponse> {
    let path = routed_path(request.request());
    if is_unencrypted && !is_for_everybody(path) {
        return Some(to_https(request, web));
    }
    let limit = proxy::body_limit(web, request.path()).unwrap_or(BODY_LIMIT as u64);
    if announced_length(request) > limit {
        return Some(ApiError::from(ErrorCode::PayloadTooLarge).error_response());
    }
    if !may_call(
        request.method(),
        path,
        request.headers(),
        &web.public_origin,
    ) {
        audit::csrf_rejected(audit::known_method(request.method().as_str()));
        return Some(ApiError::from(ErrorCode::CsrfRejected).error_response());
    }
    None
}

/// Answers a plain http request. Pages are redirected to https. Everything else is refused (400), because its content was already readable on the
/// network (RFC 9110 §15.4.9, ASVS 4.1.2).
fn to_https(request: &ServiceRequest, web: &AppState) -> HttpResponse {
    let path = routed_path(request.request());
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
        _ => ApiError::from(ErrorCode::BadRequest).error_response(),
    }
}

/// Runs the handlers. Converts refusals by the framework and panics into an [`ApiError`].
async fn handle(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, ApiError> {
    match AssertUnwindSafe(next.call(request)).catch_unwind().await {
        Ok(Ok(response)) => Ok(response.map_into_boxed_body()),
        Ok(Err(error)) => {
            let failure = error
                .as_error::<ApiError>()
                .cloned()
                .unwrap_or_else(|| ApiError::of_status(error.as_response_error().status_code()));
            tracing::warn!(
                event = "request_failed",
                error = failure.code(),
                "a request failed outside its handler"
            );
            Err(failure)
        }
        // The panic hook has already logged the location.
        Err(_) => Err(ErrorCode::InternalError.into()),
    }
}

/// Returns the length of the body that the client announces, or 0 when it announces none.
fn announced_length(request: &ServiceRequest) -> u64 {
    let length = request.headers().get(CONTENT_LENGTH);
    length
        .and_then(|length| length.to_str().ok()?.parse().ok())
        .unwrap_or_default()
}

fn is_page(headers: &HeaderMap) -> bool {
    headers
        .get(CONTENT_TYPE)
        .is_some_and(|value| value.as_bytes().starts_with(b"text/html"))
}

fn is_error(status: StatusCode) -> bool {
    status.is_client_error() || status.is_server_error()
}

/// Writes one log line for a request. It holds the route's pattern, never the path or the query.
fn log(method: &Method, route: &str, status: StatusCode, took: Duration) {
    let (status, millis) = (status.as_u16(), took.as_secs_f64() * 1000.0);
    if ["/healthz", "/readyz", "/metrics"].contains(&route) {
        tracing::debug!(event = "request", %method, route, status, millis, "answered");
    } else {
        tracing::info!(event = "request", %method, route, status, millis, "answered");
    }
}
