//! The page at `/`, and the way to the top-up page.

use std::time::Duration;

use actix_web::http::header::{
    ACCEPT_LANGUAGE, CROSS_ORIGIN_OPENER_POLICY, HeaderValue, LOCATION, RETRY_AFTER,
};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use super::api_error::{ApiError, report};
use super::context::RequestContext;
use super::cookies::RequestCookies;
use super::pages::{
    AccountTrouble, AccountView, Frame, Home, KnownAccount, Notice, PageError, negotiate,
};
use super::query::Query;
use super::session::{Current, CurrentSession};
use super::{AppState, fields};
use crate::domain::{EndCause, ErrorCode, Language, LoginError, Session};
use crate::flow::FlowError;

/// How long a person looks at nothing while the provider is asked; then the page comes without the account and offers to try again.
const PATIENCE: Duration = Duration::from_secs(3);

/// `GET /`: signed out, signed in, or what is known when somebody cannot be asked.
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
                // Where nothing is known of it any more its key may be missing for a while: the cookie means nothing, and stays.
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
        // It opens a pop-up at the provider and waits for a word from it.
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

/// `GET /topup`: on to the provider's top-up page; home when nobody is signed in.
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
    match web.flows.topup_url(live, context.request_id()).await {
        Ok(url) => Ok(response.insert_header((LOCATION, url.as_str())).finish()),
        Err(FlowError::SessionEnded(_) | FlowError::NotAuthenticated) => {
            session.forget();
            Ok(response.insert_header((LOCATION, "/")).finish())
        }
        Err(error) => Err(error.into()),
    }
}

/// What every page of this request shares.
pub fn frame<'a>(language: Language, web: &'a AppState, context: &'a RequestContext) -> Frame<'a> {
    Frame {
        language,
        nonce: context.nonce(),
        request_id: context.request_id().as_str(),
        sandbox: web.sandbox.as_deref(),
        user: None,
    }
}

/// The reader's language.
pub fn language(request: &HttpRequest, web: &AppState) -> Language {
    let query = Query::of(request);
    let chosen = query.as_ref().and_then(|query| query.first("lang"));
    let cookies = RequestCookies::of(request);
    let accept = fields::text(request.headers(), ACCEPT_LANGUAGE);
    let (cookie, accept) = (cookies.language(), accept.as_deref());
    negotiate(chosen, cookie, accept, web.default_language)
}

/// A page that could not be rendered is a fault of ours.
pub fn page_failed(error: &PageError) -> ApiError {
    tracing::error!(event = "page_failed", %error, "a page could not be rendered");
    ErrorCode::InternalError.into()
}

/// The notice that the query asks for: one of ours, never its own text.
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

/// The notice that is true of the reader. The address is no proof: it may be a bookmark, or a link that another site made.
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
            // No login was refused: the callback came without an answer, or with an old one.
            Notice::Error(LoginError::MissingParameters | LoginError::InvalidState) => None,
            Notice::Error(_) => Some(Notice::StillSignedIn),
            _ => None,
        },
        Home::StoreUnavailable => None,
    }
}

/// The signed-in page, as far as the provider lets us; or why the session is over.
async fn account(
    web: &AppState,
    session: &Session,
    context: &RequestContext,
) -> Result<Home, EndCause> {
    let asked =
        tokio::time::timeout(PATIENCE, web.flows.account(session, context.request_id())).await;
    let cause = match asked {
        Ok(Ok(info)) => return Ok(Home::SignedIn(AccountView::of(&info))),
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
        _ => web.flows.last_known_account(session),
    };
    Ok(Home::AccountUnavailable {
        username: session.user.username.clone(),
        cause,
        known: known.map(|known| KnownAccount {
            account: AccountView::of(&known.info),
            minutes: known.age.as_secs() / 60,
        }),
    })
}

/// A page, and the cookie of a language that was just chosen.
fn html(web: &AppState, query: &Query, page: String) -> HttpResponse {
    let mut response = HttpResponse::Ok();
    if let Some(chosen) = query.first("lang").and_then(Language::from_tag) {
        response.cookie(web.cookies().language(chosen.tag()));
    }
    response.content_type("text/html; charset=utf-8").body(page)
}
