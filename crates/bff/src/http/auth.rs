//! Routes for signing in and signing out.

use actix_web::http::StatusCode;
use actix_web::http::header::{CROSS_ORIGIN_OPENER_POLICY, HeaderName, LOCATION, USER_AGENT};
use actix_web::web::{Bytes, Data, Json};
use actix_web::{HttpRequest, HttpResponse, ResponseError as _};
use serde::Deserialize;
use url::form_urlencoded;

use super::api_error::ApiError;
use super::body::InTime;
use super::context::{RequestContext, is_navigation, routed_path};
use super::cookies::RequestCookies;
use super::fields::has_media_type;
use super::pages::{LocalTarget, PopupOutcome};
use super::query::{Query, Repeated};
use super::reader::Reader;
use super::session::{Current, CurrentSession};
use super::state::AppState;
use super::{fields, page};
use crate::domain::{AuthorizationCode, Display, ErrorCode, LoginError, device_label};
use crate::flow::{
    AuthorizationResponse, BrowserState, Callback, FailedLogin, FinishedLogin, FlowError,
};

/// Largest number of login-attempt cookies that the start of a login reads. It is more than this program ever leaves in a browser, and small enough
/// to decrypt all of them.
const MOST_ATTEMPTS: usize = 20;
/// What a browser clears at the logout: the storage of scripts. Not the cookies, which are removed one by one, and not the cache, which has only static
/// files, because no answer with data of a user may be stored.
const CLEARED: &str = "\"storage\"";
const CLEAR_SITE_DATA: HeaderName = HeaderName::from_static("clear-site-data");

/// `GET /auth/oauth/start`: redirects the browser to the provider.
pub async fn start(
    request: HttpRequest,
    state: Data<AppState>,
    query: Query,
    session: CurrentSession,
) -> Result<HttpResponse, ApiError> {
    let display = if query.says("display", "popup") {
        Display::Popup
    } else {
        Display::Page
    };
    let return_to = state.return_to(query.first("return_to"));
    let cookies = state.cookies();
    let replaces = session.live().map(|session| session.key);
    let sent = RequestCookies::from_http(&request);
    let attempts = sent.attempts();
    let attempts = &attempts[..attempts.len().min(MOST_ATTEMPTS)];
    let started = state
        .flows
        .login
        .start(return_to, display, replaces, attempts)
        .await
        .map_err(FlowError::store)?;
    let mut response = HttpResponse::SeeOther();
    response.insert_header((LOCATION, started.location.as_str()));
    for tag in &started.discarded {
        response.cookie(cookies.forget_attempt(tag));
    }
    for attempt in started.attempts {
        response.cookie(cookies.attempt(attempt));
    }
    Ok(response.finish())
}

/// `GET /oauth/callback`: finishes the login with the parameters of the provider's redirect.
pub async fn callback(
    request: HttpRequest,
    state: Data<AppState>,
    query: Query,
    session: CurrentSession,
) -> Result<HttpResponse, ApiError> {
    let outcome = match read_callback(&query) {
        Ok(callback) => finish(&request, &state, callback).await,
        Err(error) => Err(FailedLogin::without_attempt(error)),
    };
    match outcome {
        Ok(login) => {
            session.issue(&login.id, &login.session);
            let target = login.return_to.after_login();
            let mut response = send_back(&request, &state, login.display, Ok(&target))?;
            forget_attempt(&mut response, &state, Some(&login.tag))?;
            Ok(response)
        }
        Err(failure) => {
            let mut response = send_back(&request, &state, failure.display, Err(failure.error))?;
            forget_attempt(&mut response, &state, failure.tag.as_deref())?;
            Ok(response)
        }
    }
}

/// The body of `POST /api/oauth/exchange-token`.
#[derive(Deserialize)]
pub struct ExchangeToken {
    code: Option<String>,
    error: Option<String>,
    state: Option<String>,
    iss: Option<String>,
}

/// `POST /api/oauth/exchange-token`: the callback for front ends that receive the redirect themselves. Answers `{"expires_in":n,"scope":…}` and
/// never a token.
pub async fn exchange_token(
    request: HttpRequest,
    state: Data<AppState>,
    InTime(body): InTime<Json<ExchangeToken>>,
    session: CurrentSession,
) -> Result<HttpResponse, ApiError> {
    let body = body.into_inner();
    let callback = callback_from(
        body.code.as_deref(),
        body.error.as_deref(),
        body.state.as_deref(),
        body.iss.as_deref(),
    )
    .map_err(|error| ApiError::from_login_error(FailedLogin::without_attempt(error).error))?;
    match finish(&request, &state, callback).await {
        Ok(login) => {
            session.issue(&login.id, &login.session);
            let tokens = &login.session.tokens;
            let mut response = HttpResponse::Ok().json(serde_json::json!({
                "expires_in": tokens.expires_in(state.flows.sessions.now()).as_secs(),
                "scope": tokens.scope,
            }));
            forget_attempt(&mut response, &state, Some(&login.tag))?;
            Ok(response)
        }
        Err(failure) => {
            let mut response = ApiError::from_login_error(failure.error).error_response();
            forget_attempt(&mut response, &state, failure.tag.as_deref())?;
            Ok(response)
        }
    }
}

/// `POST /auth/logout`: ends the session here and, where possible, at the provider. The response is the same when the browser was not signed in.
pub async fn log_out(
    request: HttpRequest,
    state: Data<AppState>,
    session: CurrentSession,
    InTime(body): InTime<Bytes>,
) -> Result<HttpResponse, ApiError> {
    let everywhere = asks_for_everywhere(&request, &body)?;
    match session.current() {
        Current::Live(live) => state
            .flows
            .logout
            .log_out(live, everywhere)
            .await
            .map_err(FlowError::store)?,
        Current::Unavailable => return Err(ErrorCode::StoreUnavailable.into()),
        Current::Anonymous | Current::Ended(_) => {}
    }
    session.forget();
    Ok(signed_out_answer(&request))
}

/// Returns the answer to a browser whose session was ended at its own request: 303 to `/` for a navigation, 204 for a script.
pub fn signed_out_answer(request: &HttpRequest) -> HttpResponse {
    let mut response = if is_navigation(routed_path(request), request.headers()) {
        let mut response = HttpResponse::SeeOther();
        response.insert_header((LOCATION, "/?logout=success"));
        response
    } else {
        HttpResponse::NoContent()
    };
    response.insert_header((CLEAR_SITE_DATA, CLEARED)).finish()
}

/// Returns whether the query or the form contains `everywhere=1`.
///
/// # Errors
/// As [`form_value`].
fn asks_for_everywhere(request: &HttpRequest, body: &[u8]) -> Result<bool, ApiError> {
    let in_form = form_value(request, body, "everywhere")?;
    let mut query = form_urlencoded::parse(request.query_string().as_bytes());
    let in_query = query.any(|pair| pair == ("everywhere".into(), "1".into()));
    Ok(in_query || in_form.as_deref() == Some("1"))
}

/// Returns the first value of a field of the form in the body.
///
/// # Errors
/// Returns `bad_request` (400) for a body that is not a form, because it may ask for something that would not be done.
pub fn form_value(
    request: &HttpRequest,
    body: &[u8],
    field: &str,
) -> Result<Option<String>, ApiError> {
    let is_form = has_media_type(request.headers(), "application/x-www-form-urlencoded");
    if !body.is_empty() && is_form == Some(false) {
        return Err(ErrorCode::BadRequest.into());
    }
    let mut fields = form_urlencoded::parse(body);
    let found = fields.find(|(name, _)| name == field);
    Ok(found.map(|(_, value)| value.into_owned()))
}

/// Reads the provider's answer and its state (RFC 6749 §4.1.2). Unknown parameters are ignored.
fn read_callback(query: &Query) -> Result<Callback, LoginError> {
    let one = |name: &str| {
        query
            .one(name)
            .map_err(|Repeated| LoginError::MissingParameters)
    };
    callback_from(one("code")?, one("error")?, one("state")?, one("iss")?)
}

/// Builds the callback from these parameters.
fn callback_from(
    code: Option<&str>,
    error: Option<&str>,
    state: Option<&str>,
    iss: Option<&str>,
) -> Result<Callback, LoginError> {
    let response = match (code, error) {
        (Some(code), None) if !code.is_empty() => {
            AuthorizationResponse::Code(AuthorizationCode::new(code))
        }
        (None, Some(error)) => AuthorizationResponse::Refused(LoginError::from_provider(error)),
        _ => return Err(LoginError::MissingParameters),
    };
    match (state.filter(|state| !state.is_empty()), response) {
        (Some(state), response) => Ok(Callback {
            state: state.to_owned(),
            response,
            issuer: iss.map(str::to_owned),
        }),
        // Some providers omit the state from a refusal. The refusal is accepted, and no login attempt is used up.
        (None, AuthorizationResponse::Refused(error)) => Err(error),
        (None, AuthorizationResponse::Code(_)) => Err(LoginError::MissingParameters),
    }
}

async fn finish(
    request: &HttpRequest,
    state: &AppState,
    callback: Callback,
) -> Result<FinishedLogin, FailedLogin> {
    let user_agent = fields::text(request.headers(), USER_AGENT).unwrap_or_default();
    let cookies = RequestCookies::from_http(request);
    let browser = BrowserState {
        attempts: cookies.attempts().to_vec(),
        replaces: cookies.replaces().map(str::to_owned),
        device: device_label(&user_agent),
    };
    let request_id = RequestContext::from_http(request).request_id().clone();
    state
        .flows
        .login
        .finish(callback, browser, &request_id)
        .await
}

/// Sends the browser on after a callback: by a redirect, or in a pop-up by a page that sends the outcome to its opener.
fn send_back(
    request: &HttpRequest,
    state: &AppState,
    display: Display,
    outcome: Result<&str, LoginError>,
) -> Result<HttpResponse, ApiError> {
    let mut response = HttpResponse::SeeOther();
    if display == Display::Page {
        let location = match outcome {
            Ok(target) => target.to_owned(),
            Err(error) => format!("/?error={}", error.code()),
        };
        return Ok(response.insert_header((LOCATION, location)).finish());
    }
    let outcome = match outcome {
        Ok(target) => PopupOutcome::Success {
            return_to: LocalTarget::new(target).unwrap_or(LocalTarget::HOME),
        },
        Err(error) => PopupOutcome::Error(error),
    };
    let context = RequestContext::from_http(request);
    let page = state
        .pages
        .popup_result(
            &Reader::from_http(request, state).frame(state, &context),
            outcome,
        )
        .map_err(|error| page::page_failed(&error))?;
    Ok(response
        .status(StatusCode::OK)
        // Without this value the pop-up could not use `postMessage` to its opener. The page holds no content to protect.
        .insert_header((CROSS_ORIGIN_OPENER_POLICY, "unsafe-none"))
        .content_type("text/html; charset=utf-8")
        .body(page))
}

/// Removes the cookie of a login attempt that was used up.
fn forget_attempt(
    response: &mut HttpResponse,
    state: &AppState,
    spent: Option<&str>,
) -> Result<(), ApiError> {
    let Some(tag) = spent else {
        return Ok(());
    };
    response
        .add_cookie(&state.cookies().forget_attempt(tag))
        .map_err(|_| ErrorCode::InternalError.into())
}
