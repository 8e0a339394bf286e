//! Pages of an app. They are rendered from the app's own templates, with the words, the frame and the headers of the engine's pages.

use std::future::{Ready, ready};
use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::http::header::LOCATION;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest, HttpResponse, ResponseError, dev::Payload};
use serde::Serialize;
use url::form_urlencoded;

use super::api_error::ApiError;
use super::context::RequestContext;
use super::pages::{Frame, PageError, Pages, Problem};
use super::paths::LOGIN_START;
use super::query::Query;
use super::reader::Reader;
use super::session::{Current, CurrentSession, SignedIn, user_id};
use super::state::AppState;
use crate::domain::{ErrorCode, Session};

/// Renders templates of an app for this request, in the page's language.
pub struct Page {
    state: Data<AppState>,
    context: RequestContext,
    reader: Reader,
    query: Option<Query>,
    user: Option<String>,
}

impl Page {
    /// Renders `templates/pages/{template}` with the fields of `data`, as 200.
    ///
    /// # Errors
    /// Returns `internal_error` (500) and logs the cause when the template uses a value that it was not given.
    pub fn render(&self, template: &str, data: &impl Serialize) -> Result<HttpResponse, ApiError> {
        self.render_as(200, template, data)
    }

    /// Same as [`render`](Self::render) with another status, such as 422 for a form that is shown again with its errors.
    ///
    /// # Errors
    /// Same as [`render`](Self::render).
    pub fn render_as(
        &self,
        status: u16,
        template: &str,
        data: &impl Serialize,
    ) -> Result<HttpResponse, ApiError> {
        let text = self
            .pages()
            .custom(&self.frame(), template, data)
            .map_err(|error| page_failed(&error))?;
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
        Ok(self.respond(status, text))
    }

    /// Keeps these parameters of the query in the links for language and theme, such as `page` of a list. Without it these links open the path alone.
    #[must_use]
    pub fn keeping(mut self, names: &[&str]) -> Self {
        if let Some(query) = &self.query {
            self.reader = self.reader.keeping(query, names);
        }
        self
    }

    /// Returns the text about an error in the page's language, for a form that is shown again. It is the text `problem-CODE` of
    /// `templates/i18n/TAG.ftl` with the arguments of [`ApiError::with_argument`], without its `.hint`.
    ///
    /// When no language has this text, it returns the engine's text for the status, such as "The request was not understood" for a 422, and logs
    /// `text_missing` with the id. (When only some languages have it, the program does not start.)
    #[must_use]
    pub fn problem_text(&self, error: &ApiError) -> String {
        let problem = Problem {
            status: error.status(),
            code: error.code(),
            arguments: error.arguments(),
            row: error.row(),
            retry: None,
        };
        let sentence = self.pages().sentence(self.reader.language(), &problem);
        sentence.unwrap_or_else(|| error.title().to_owned())
    }

    pub(super) fn state(&self) -> &AppState {
        &self.state
    }

    pub(super) fn pages(&self) -> &Pages {
        &self.state.pages
    }

    /// Returns the values that every page of this request shares.
    pub(super) fn frame(&self) -> Frame<'_> {
        Frame {
            user: self.user.as_deref(),
            ..self.reader.frame(&self.state, &self.context)
        }
    }

    /// Returns a page, with the cookies of the language and the theme that the query chose.
    pub(super) fn respond(&self, status: StatusCode, text: String) -> HttpResponse {
        let mut response = HttpResponse::build(status);
        let mut response = response.content_type("text/html; charset=utf-8").body(text);
        self.reader.remember(&mut response, &self.state);
        response
    }
}

/// Converts a rendering error into `internal_error` (500), because it is a fault of this program, and logs it.
pub fn page_failed(error: &PageError) -> ApiError {
    tracing::error!(event = "page_failed", %error, "a page could not be rendered");
    ApiError::from(ErrorCode::InternalError).with_fault(&error.in_lines())
}

impl FromRequest for Page {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let Some(state) = request.app_data::<Data<AppState>>().cloned() else {
            return ready(Err(ErrorCode::InternalError.into()));
        };
        let session = CurrentSession::from_request(request, payload).into_inner();
        ready(session.map(|session| Self {
            reader: Reader::from_http(request, &state).at_path_of(request, &state),
            query: Query::from_http(request),
            context: RequestContext::from_http(request),
            user: session.live().and_then(|live| live.user.username.clone()),
            state,
        }))
    }
}

/// A live session, for pages. A browser that is not signed in is redirected to sign in (303), and returns to this URL afterwards.
pub struct RequireSignIn(pub Arc<Session>);

impl RequireSignIn {
    /// Returns the provider's id of the user, the key of everything that an app stores for this user.
    ///
    /// # Errors
    /// Returns `provider_error` (502) when the provider gave no id at the login.
    pub fn user_id(&self) -> Result<String, ApiError> {
        user_id(&self.0)
    }
}

/// Returns a redirect (303) after a form that was accepted: the browser opens `path` with GET, and a reload does not send the form again. `path` must
/// not be a value of the request, because that redirects to any site.
#[must_use]
pub fn see_other(path: &str) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((LOCATION, path))
        .finish()
}

/// Why a page is not shown.
#[derive(Debug)]
pub enum NotShown {
    /// The browser is redirected to sign in, and returns to this path and query afterwards.
    SignIn(String),
    /// The session store failed.
    Error(ApiError),
}

impl FromRequest for RequireSignIn {
    type Error = NotShown;
    type Future = Ready<Result<Self, NotShown>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let is_over = CurrentSession::from_request(request, payload)
            .into_inner()
            .is_ok_and(|found| matches!(found.current(), Current::Anonymous | Current::Ended(_)));
        let signed_in = SignedIn::from_request(request, payload).into_inner();
        ready(match signed_in {
            Ok(SignedIn(session)) => Ok(Self(session)),
            Err(_) if is_over => {
                let uri = request.uri().path_and_query();
                Err(NotShown::SignIn(
                    uri.map_or("/", |uri| uri.as_str()).to_owned(),
                ))
            }
            Err(error) => Err(NotShown::Error(error)),
        })
    }
}

impl std::fmt::Display for NotShown {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::SignIn(_) => formatter.write_str("sign in first"),
            Self::Error(error) => error.fmt(formatter),
        }
    }
}

impl ResponseError for NotShown {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::SignIn(_) => StatusCode::SEE_OTHER,
            Self::Error(error) => error.status_code(),
        }
    }

    fn error_response(&self) -> HttpResponse {
        match self {
            Self::SignIn(back) => {
                let query = form_urlencoded::Serializer::new(String::new())
                    .append_pair("return_to", back)
                    .finish();
                see_other(&format!("{LOGIN_START}?{query}"))
            }
            Self::Error(error) => error.error_response(),
        }
    }
}
