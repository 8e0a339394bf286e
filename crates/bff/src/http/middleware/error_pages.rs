//! Renders the body of an error response, once, for every error.

use actix_web::dev::ServiceRequest;
use actix_web::http::Method;
use actix_web::http::header::{ALLOW, CONTENT_TYPE, RETRY_AFTER, SET_COOKIE, WWW_AUTHENTICATE};
use actix_web::{HttpResponse, ResponseError as _};

use super::csrf::is_allowed;
use super::map_response::map_response;
use crate::http::api_error::ApiError;
use crate::http::context::{RequestContext, is_navigation, routed_path};
use crate::http::outcome::{Next, Outcome};
use crate::http::pages::{LocalTarget, Problem, fault_page};
use crate::http::paths;
use crate::http::reader::Reader;
use crate::http::state::AppState;

/// Renders an [`ApiError`] as problem+json (RFC 9457) for scripts, and as a page for navigations.
pub async fn error_pages(state: &AppState, request: ServiceRequest, next: impl Next) -> Outcome {
    let renderer = Renderer::new(&request, state);
    let outcome = next(request).await;
    map_response(outcome, |response| match error_of(&response) {
        Some(error) => renderer.render(state, &error, &response),
        None => response,
    })
}

/// Returns the error that this response reports. An error status without a body of ours counts as the error of that status, because the text of the
/// framework is never sent.
pub fn error_of(response: &HttpResponse) -> Option<ApiError> {
    if let Some(error) = response.extensions().get::<ApiError>() {
        return Some(error.clone());
    }
    let status = response.status();
    let is_error = status.is_client_error() || status.is_server_error();
    let is_bare = response.error().is_some() || !response.headers().contains_key(CONTENT_TYPE);
    (is_error && is_bare).then(|| ApiError::from_status(status))
}

/// Facts about a request that an error response needs. They are copied, because the request may be lost by then.
struct Renderer {
    context: RequestContext,
    is_get: bool,
    /// For navigations only: what the reader chose, and the path that "try again" opens.
    page: Option<(Reader, String)>,
}

impl Renderer {
    fn new(request: &ServiceRequest, state: &AppState) -> Self {
        let is_navigation = is_navigation(routed_path(request.request()), request.headers());
        Self {
            context: RequestContext::from_http(request.request()),
            is_get: request.method() == Method::GET,
            page: is_navigation.then(|| {
                let reader = Reader::from_http(request.request(), state);
                // A request that the cross-site check refuses changes nothing, and neither does one of a path that every client may request.
                let path = routed_path(request.request());
                let is_public = paths::is_public(path) || path == paths::CSP_REPORT;
                let is_refused = reader.chose() && (is_public || !is_allowed(request, state));
                let reader = if is_refused {
                    reader.choosing_nothing()
                } else {
                    reader
                };
                (reader, request.path().to_owned())
            }),
        }
    }

    fn render(&self, state: &AppState, error: &ApiError, response: &HttpResponse) -> HttpResponse {
        let mut rendered = HttpResponse::build(error.status_code());
        for name in [ALLOW, SET_COOKIE] {
            for value in response.headers().get_all(&name) {
                rendered.append_header((name.clone(), value.clone()));
            }
        }
        if let Some(seconds) = error.retry_after() {
            rendered.insert_header((RETRY_AFTER, seconds));
        }
        if error.status() == 401 {
            // A 401 requires a challenge (RFC 9110 §15.5.2). No browser opens a dialogue for this one.
            rendered.insert_header((WWW_AUTHENTICATE, "Cookie realm=\"app\""));
        }
        match self.page(state, error) {
            Some((reader, page)) => {
                let mut rendered = rendered.content_type("text/html; charset=utf-8").body(page);
                reader.remember(&mut rendered, state);
                rendered
            }
            None => rendered
                .content_type("application/problem+json")
                .body(self.problem(state, error)),
        }
    }

    fn problem(&self, state: &AppState, error: &ApiError) -> String {
        let problem_type = state.public_origin.join(&paths::of_problem(error.code()));
        let mut problem = serde_json::json!({
            "type": problem_type.map_or_else(|_| "about:blank".to_owned(), String::from),
            "title": error.title(),
            "status": error.status(),
            "error": error.code(),
            "request_id": self.context.request_id().as_str(),
        });
        if let Some(cause) = error.cause() {
            problem["cause"] = cause.code().into();
        }
        problem.to_string()
    }

    fn page(&self, state: &AppState, error: &ApiError) -> Option<(Reader, String)> {
        let (reader, path) = self.page.clone()?;
        // The path of another route may be a text of another user, which a page must not show.
        let here = self.context.constant_path().and_then(LocalTarget::new);
        let here = here.filter(|here| !state.closed_paths.covers(here.as_str()));
        let reader = here.map_or(reader.clone(), |here| reader.at(here));
        let retry = (self.is_get && error.retry_after().is_some())
            .then(|| LocalTarget::new(&path))
            .flatten();
        let problem = Problem {
            status: error.status(),
            code: error.code(),
            arguments: error.arguments(),
            row: error.row(),
            retry,
        };
        let shows_faults = state.pages.shows_faults();
        if let Some(fault) = error.fault().filter(|_| shows_faults) {
            return Some((reader, fault_page(fault)));
        }
        let page = state
            .pages
            .problem(&reader.frame(state, &self.context), &problem);
        page.inspect_err(|error| tracing::error!(event = "page_failed", %error, "an error page could not be rendered"))
            .or_else(|error| shows_faults.then(|| fault_page(&error.in_lines())).ok_or(error))
            .ok()
            .map(|page| (reader.clone(), page))
    }
}
