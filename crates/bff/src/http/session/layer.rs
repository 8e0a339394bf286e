//! The session layer: loads the session of the cookie, and sets or removes the cookie.
//!
//! A persistent cookie expires at the session's absolute expiry. The cookie is set only when a session was issued. It is removed when the session is
//! over, and kept when the store fails.

use actix_web::cookie::Cookie;
use actix_web::dev::ServiceRequest;
use actix_web::http::header::{HeaderMap, HeaderValue, SET_COOKIE};
use actix_web::web::Data;
use actix_web::{HttpMessage as _, HttpResponse};

use super::app_data;
use super::current::{CookieChange, Current, CurrentSession, Issued};
use crate::audit;
use crate::domain::{SessionId, SessionKey};
use crate::flow::Opened;
use crate::http::api_error::ApiError;
use crate::http::cookies::{RequestCookies, max_age_until};
use crate::http::limits::Limits;
use crate::http::outcome::{Next, Outcome};
use crate::http::state::AppState;

/// Loads the session of the request's cookie, and puts it into the request's extensions as a [`CurrentSession`].
pub async fn load_session(state: &AppState, request: ServiceRequest, next: impl Next) -> Outcome {
    let cookies = RequestCookies::from_http(request.request());
    if cookies.session_count() > 1 {
        audit::session_cookie_repeated();
    }
    let session = CurrentSession::new(load(state, cookies.session()).await);
    if session.live().is_some()
        && let Some(limits) = request.app_data::<Data<Limits>>()
    {
        limits.note_session(&cookies);
    }
    let app = app_data::provide(&request, &session);
    request.extensions_mut().insert(session.clone());
    let mut answer = next(request).await?;
    if ends_session(answer.response()) {
        session.forget();
    }
    if let Err(error) = app_data::store(&app, cookies.session(), &session, state).await {
        return Ok(answer.error_response(error));
    }
    let change = session.take_cookie_change();
    if let CookieChange::Set(issued) = &change {
        end_replaced(state, &session, issued).await;
    }
    set_cookies(answer.headers_mut(), state, change);
    Ok(answer)
}

async fn load(state: &AppState, id: Option<&SessionId>) -> Current {
    let Some(id) = id else {
        return Current::Anonymous;
    };
    let key = SessionKey::from_id(id);
    tracing::Span::current().record("session", tracing::field::display(key.handle()));
    match state.flows.sessions.open(&key).await {
        Ok(Opened::Live(session)) => Current::Live(session),
        Ok(Opened::Ended(cause)) => Current::Ended(cause),
        Ok(Opened::Unknown) => {
            tracing::info!(
                event = "session_unknown",
                "the session of a session cookie does not exist"
            );
            Current::Anonymous
        }
        Err(error) => {
            tracing::error!(event = "store_failed", %error, "the session store cannot be read");
            Current::Unavailable
        }
    }
}

/// Returns whether the response tells the client that the session has ended, and why.
fn ends_session(response: &HttpResponse) -> bool {
    let extensions = response.extensions();
    let error = extensions.get::<ApiError>();
    error.is_some_and(|error| error.cause().is_some())
}

/// Ends the session that this browser held before the login. The login has ended it already if the attempt or a cookie names it. A failure is only
/// logged, because the new session is already stored.
async fn end_replaced(state: &AppState, session: &CurrentSession, issued: &Issued) {
    if let Some(replaced) = session.live().filter(|live| live.key != issued.key)
        && let Err(error) = state.flows.logout.forget_session(&replaced.key).await
    {
        tracing::warn!(event = "store_failed", %error, "the session that a login replaced could not be ended");
    }
}

/// Sets or removes the session cookie, and with it the cookie that names the session for the next login.
fn set_cookies(headers: &mut HeaderMap, state: &AppState, change: CookieChange) {
    let cookies = state.cookies();
    match change {
        CookieChange::Keep => {}
        CookieChange::Set(issued) => {
            let replaces = cookies.replaces(state.flows.login.seal_replaced(&issued.key));
            for mut cookie in [cookies.session(&issued.id), replaces] {
                if state.persistent_cookie {
                    cookie
                        .set_max_age(max_age_until(issued.expires_at, state.flows.sessions.now()));
                }
                append(headers, &cookie);
            }
        }
        CookieChange::Remove => {
            append(headers, &cookies.forget_session());
            append(headers, &cookies.forget_replaces());
        }
    }
}

fn append(headers: &mut HeaderMap, cookie: &Cookie<'_>) {
    if let Ok(value) = HeaderValue::from_str(&cookie.encoded().to_string()) {
        headers.append(SET_COOKIE, value);
    }
}
