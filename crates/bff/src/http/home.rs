//! The page at `/`, and the redirect to the top-up page.

use std::time::Duration;

use actix_web::http::header::{
    ACCEPT_LANGUAGE, CROSS_ORIGIN_OPENER_POLICY, HeaderValue, LOCATION, RETRY_AFTER,
};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use aihubmix::UserInfo;

use super::api::topup_url;
use super::api_error::{ApiError, report};
use super::context::RequestContext;
use super::cookies::RequestCookies;
use super::pages::{
    AccountTrouble, AccountView, Frame, Home, KnownAccount, Notice, PageError, negotiate,
};
use super::query::Query;
use super::session::{Current, CurrentSession};
use super::{AppState, fields};
use crate::domain::provider::Json;
use crate::domain::{EndCause, ErrorCode, Language, LoginError, Session};
use crate::flow::FlowError;

/// Time limit for the provider's account data. After 3 s the page is sent without the account and offers to try again, so that the user does not
/// wait in front of an empty page.
const PATIENCE: Duration = Duration::from_secs(3);

/// `GET /`: the page for a browser that is signed out or signed in. When the provider or the store fails, it shows what is known.
pub async fn home(
    request: HttpRequest,
    web: Data<AppState>,
    query: Query,
    session: CurrentSession,
) -> Result<HttpResponse, ApiError> {
    let context = RequestContext::of(&request);
    let frame = Frame {
        user: session
            .live()
            .and_then(|live| live.user.username.as_deref()),
        ..frame(language(&request, &web), &web, &context)
    };
    let mut notice = notice(&query);
    let home = match session.current() {
        Current::Anonymous => Home::SignedOut,
        Current::Ended(cause) => {
            session.forget();
            notice = Some(Notice::SessionEnded(*cause));
            Home::SignedOut
        }
        Current::Unavailable => Home::StoreUnavailable,
        Current::Live(live) => {
            web.flows.note_use(live);
            account(&web, live, &context).await.unwrap_or_else(|cause| {
                // `LoggedOut` means that the store has no such session. Its key may be missing only for a while, so the cookie is kept. Without the
                // key it grants nothing.
                if cause != EndCause::LoggedOut {
                    session.forget();
                }
                notice = Some(match notice {
                    Some(Notice::BalanceUpdated) => Notice::RefreshFailed,
                    _ => Notice::SessionEnded(cause),
                });
                Home::SignedOut
            })
        }
    };
    notice = fitting(notice, &home);
    let page = web
        .pages
        .home(&frame, &home, notice)
        .map_err(|error| page_failed(&error))?;
    let mut response = html(&web, &query, page);
    if matches!(home, Home::SignedOut) {
        // The page opens a pop-up at the provider and waits for its message.
        response.headers_mut().insert(
            CROSS_ORIGIN_OPENER_POLICY,
            HeaderValue::from_static("same-origin-allow-popups"),
        );
    }
    if matches!(home, Home::StoreUnavailable) {
        *response.status_mut() = actix_web::http::StatusCode::SERVICE_UNAVAILABLE;
        let seconds = ErrorCode::StoreUnavailable
            .retry_after()
            .unwrap_or_default();
        response.headers_mut().insert(RETRY_AFTER, seconds.into());
    }
    Ok(response)
}

/// `GET /topup`: redirects to the provider's top-up page, or to `/` when the browser is not signed in.
pub async fn topup(
    web: Data<AppState>,
    session: CurrentSession,
    context: RequestContext,
) -> Result<HttpResponse, ApiError> {
    let mut response = HttpResponse::SeeOther();
    let Some(live) = session.live() else {
        if matches!(session.current(), Current::Unavailable) {
            return Err(ErrorCode::StoreUnavailable.into());
        }
        return Ok(response.insert_header((LOCATION, "/")).finish());
    };
    web.flows.note_use(live);
    match topup_url(&web, live, &context).await {
        Ok(url) => Ok(response.insert_header((LOCATION, url.as_str())).finish()),
        Err(FlowError::SessionEnded(_) | FlowError::NotAuthenticated) => {
            session.forget();
            Ok(response.insert_header((LOCATION, "/")).finish())
        }
        Err(error) => Err(error.into()),
    }
}

/// Returns the values that every page of this request shares.
pub fn frame<'a>(language: Language, web: &'a AppState, context: &'a RequestContext) -> Frame<'a> {
    Frame {
        language,
        nonce: context.nonce(),
        request_id: context.request_id().as_str(),
        sandbox: web.sandbox.as_deref(),
        user: None,
    }
}

/// Returns the language of the page.
pub fn language(request: &HttpRequest, web: &AppState) -> Language {
    let query = Query::of(request);
    let chosen = query.as_ref().and_then(|query| query.first("lang"));
    let cookies = RequestCookies::of(request);
    let accept = fields::text(request.headers(), ACCEPT_LANGUAGE);
    let (cookie, accept) = (cookies.language(), accept.as_deref());
    negotiate(chosen, cookie, accept, web.default_language)
}

/// Converts a rendering error into `internal_error` (500), because it is a fault of this program, and logs it.
pub fn page_failed(error: &PageError) -> ApiError {
    tracing::error!(event = "page_failed", %error, "a page could not be rendered");
    ErrorCode::InternalError.into()
}

/// Returns the notice that the query asks for. The text is one of ours and never the text of the query.
pub fn notice(query: &Query) -> Option<Notice> {
    if let Some(error) = query.first("error") {
        Some(Notice::Error(LoginError::from_code(error)))
    } else if query.says("login", "success") || query.says("login", "done") {
        Some(Notice::LoggedIn)
    } else if query.says("logout", "success") {
        Some(Notice::LoggedOut)
    } else if query.says("balance", "updated") {
        Some(Notice::BalanceUpdated)
    } else {
        None
    }
}

/// Returns the notice if it fits the state of the page. The URL proves nothing, because it may be a bookmark or a link on another site.
fn fitting(notice: Option<Notice>, home: &Home) -> Option<Notice> {
    let notice = notice?;
    match home {
        Home::SignedOut => match notice {
            Notice::LoggedIn => Some(Notice::CookiesBlocked),
            Notice::BalanceUpdated => None,
            notice => Some(notice),
        },
        Home::SignedIn(_) | Home::AccountUnavailable { .. } => match notice {
            Notice::LoggedIn => Some(Notice::LoggedIn),
            Notice::BalanceUpdated if matches!(home, Home::SignedIn(_)) => Some(notice),
            // The provider refused no login: the callback had no answer, or an old one.
            Notice::Error(LoginError::MissingParameters | LoginError::InvalidState) => None,
            Notice::Error(_) => Some(Notice::StillSignedIn),
            _ => None,
        },
        Home::StoreUnavailable => None,
    }
}

/// Returns the signed-in page with the account, if the provider returns it. Returns the cause when the session is over.
async fn account(
    web: &AppState,
    session: &Session,
    context: &RequestContext,
) -> Result<Home, EndCause> {
    let view = |json: &Json| AccountView::of(&UserInfo::read(json, web.account.quota_per_unit));
    let asked =
        tokio::time::timeout(PATIENCE, web.flows.userinfo(session, context.request_id())).await;
    let cause = match asked {
        Ok(Ok(userinfo)) => return Ok(Home::SignedIn(view(&userinfo))),
        Ok(Err(FlowError::SessionEnded(cause))) => return Err(cause),
        Ok(Err(FlowError::NotAuthenticated)) => return Err(EndCause::LoggedOut),
        Ok(Err(error)) => {
            report(&error);
            match error.code() {
                ErrorCode::StoreUnavailable => return Ok(Home::StoreUnavailable),
                ErrorCode::Forbidden => AccountTrouble::Forbidden,
                ErrorCode::ProviderTimeout => AccountTrouble::ProviderTimeout,
                ErrorCode::ProviderError => AccountTrouble::ProviderError,
                _ => AccountTrouble::ProviderUnavailable,
            }
        }
        Err(_) => AccountTrouble::ProviderTimeout,
    };
    let known = match cause {
        AccountTrouble::Forbidden => None,
        _ => web.flows.last_known_userinfo(session),
    };
    Ok(Home::AccountUnavailable {
        username: session.user.username.clone(),
        cause,
        known: known.map(|known| KnownAccount {
            account: view(&known.userinfo),
            minutes: known.age.as_secs() / 60,
        }),
    })
}

/// Returns a page, with the cookie of the language if the query chose one.
fn html(web: &AppState, query: &Query, page: String) -> HttpResponse {
    let mut response = HttpResponse::Ok();
    if let Some(chosen) = query.first("lang").and_then(Language::from_tag) {
        response.cookie(web.cookies().language(chosen.tag()));
    }
    response.content_type("text/html; charset=utf-8").body(page)
}
