//! The page at `/`: its states that need no account, and what an app needs to show the signed-in state.

use std::future::{Ready, ready};

use actix_web::http::StatusCode;
use actix_web::http::header::{CROSS_ORIGIN_OPENER_POLICY, HeaderValue, RETRY_AFTER};
use actix_web::{FromRequest, HttpRequest, HttpResponse, dev::Payload};
use serde::Serialize;

use super::api_error::ApiError;
use super::page::{Page, page_failed};
use super::pages::{Home, Notice, Tone};
use super::query::Query;
use super::session::{Current, CurrentSession};
use crate::domain::{ErrorCode, LoginError, Session};

/// The engine's template of the page at `/`.
const TEMPLATE: &str = "home.html";

/// `GET /` of an app without a page of its own there: the user's name and the button to sign out.
pub async fn home(home: HomePage) -> Result<HttpResponse, ApiError> {
    match home.session() {
        Some(_) => home.signed_in("signed_in", TEMPLATE, None, &()),
        None => home.signed_out(),
    }
}

/// The page at `/` for this request. A handler of an app renders the signed-in state with its own template, which extends `home.html` and fills the
/// block `signed_in`. The engine renders the other states.
pub struct HomePage {
    page: Page,
    query: Query,
    session: CurrentSession,
}

impl HomePage {
    /// Returns the live session. `None`: answer with [`signed_out`](Self::signed_out).
    #[must_use]
    pub fn session(&self) -> Option<&Session> {
        self.session.live()
    }

    /// Returns whether the query of the URL has this value. A URL may be a bookmark or a link on another site, so it proves nothing.
    #[must_use]
    pub fn query_says(&self, name: &str, value: &str) -> bool {
        self.query.says(name, value)
    }

    /// Renders the signed-in state with the fields of `data`. `state` is the attribute `data-state` of the page, for scripts. `notice` is shown when
    /// the engine has none.
    ///
    /// # Errors
    /// Returns `internal_error` (500) when the template uses a value that it was not given.
    pub fn signed_in(
        &self,
        state: &str,
        template: &str,
        notice: Option<(Tone, &'static str)>,
        data: &impl Serialize,
    ) -> Result<HttpResponse, ApiError> {
        let notice = match notice_of(&self.query) {
            Some(Notice::LoggedIn) => Some(Notice::LoggedIn),
            // The provider refused no login: the callback had no answer, or an old one.
            Some(Notice::Error(LoginError::MissingParameters | LoginError::InvalidState)) => None,
            Some(Notice::Error(_)) => Some(Notice::StillSignedIn),
            _ => notice.map(|(tone, words)| Notice::App(tone, words)),
        };
        let page = &self.page;
        let home = Home::SignedIn(state);
        let text = page
            .pages()
            .home(&page.frame(), home, notice, template, data);
        Ok(page.respond(StatusCode::OK, text.map_err(|error| page_failed(&error))?))
    }

    /// Renders the page for a browser without a live session: the login, or why it cannot be known whether the browser is signed in (503).
    ///
    /// # Errors
    /// Same as [`signed_in`](Self::signed_in).
    pub fn signed_out(&self) -> Result<HttpResponse, ApiError> {
        let notice = match self.session.current() {
            Current::Unavailable => return self.store_unavailable(),
            Current::Ended(cause) => {
                self.session.forget();
                Some(Notice::SessionEnded(*cause))
            }
            Current::Anonymous | Current::Live(_) => match notice_of(&self.query) {
                Some(Notice::LoggedIn) => Some(Notice::CookiesBlocked),
                notice => notice,
            },
        };
        self.render_without_user(Home::SignedOut, notice)
    }

    /// Renders the page after a call with the session failed: signed out when the session has ended, with `notice` or the cause; or why it cannot be
    /// known.
    ///
    /// # Errors
    /// Returns `error` when it says neither. The session is still live then.
    pub fn failed(
        &self,
        error: ApiError,
        notice: Option<(Tone, &'static str)>,
    ) -> Result<HttpResponse, ApiError> {
        let own = match error.cause() {
            Some(cause) => {
                self.session.forget();
                Notice::SessionEnded(cause)
            }
            // The store has no such session. Its key may be missing only for a while, so the cookie is kept. Without the key it grants nothing.
            None if error.code() == ErrorCode::NotAuthenticated.code() => Notice::LoggedOut,
            None if error.code() == ErrorCode::StoreUnavailable.code() => {
                return self.store_unavailable();
            }
            None => return Err(error),
        };
        let notice = notice.map_or(own, |(tone, words)| Notice::App(tone, words));
        self.render_without_user(Home::SignedOut, Some(notice))
    }

    fn store_unavailable(&self) -> Result<HttpResponse, ApiError> {
        let mut response = self.render_without_user(Home::StoreUnavailable, None)?;
        *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
        let seconds = ErrorCode::StoreUnavailable.retry_after();
        response
            .headers_mut()
            .insert(RETRY_AFTER, seconds.unwrap_or_default().into());
        Ok(response)
    }

    fn render_without_user(
        &self,
        home: Home<'_>,
        notice: Option<Notice>,
    ) -> Result<HttpResponse, ApiError> {
        let page = &self.page;
        let text = page
            .pages()
            .home_without_user(&page.frame(), home, notice, TEMPLATE)
            .map_err(|error| page_failed(&error))?;
        let mut response = page.respond(StatusCode::OK, text);
        if home == Home::SignedOut {
            // The page opens a pop-up at the provider and waits for its message.
            response.headers_mut().insert(
                CROSS_ORIGIN_OPENER_POLICY,
                HeaderValue::from_static("same-origin-allow-popups"),
            );
        }
        Ok(response)
    }
}

/// Extracting it counts as a use of the session.
impl FromRequest for HomePage {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let query = Query::from_request(request, payload).into_inner();
        let session = CurrentSession::from_request(request, payload).into_inner();
        let page = Page::from_request(request, payload).into_inner();
        ready((|| {
            let found = Self {
                query: query?,
                session: session?,
                page: page?,
            };
            if let Some(live) = found.session.live() {
                found.page.state().flows.sessions.note_use(live);
            }
            Ok(found)
        })())
    }
}

/// Returns the notice that the query asks for. The text is one of ours and never the text of the query.
pub fn notice_of(query: &Query) -> Option<Notice> {
    if let Some(error) = query.first("error") {
        Some(Notice::Error(LoginError::from_code(error)))
    } else if query.says("login", "success") || query.says("login", "done") {
        Some(Notice::LoggedIn)
    } else if query.says("logout", "success") {
        Some(Notice::LoggedOut)
    } else {
        None
    }
}
