//! Wraps actix-session's middleware and adds what it lacks.
//!
//! actix-session reads the cookie that [`RequestCookies`] has left in the request: the one that we issued, or none. A persistent cookie expires at
//! the session's absolute expiry. The cookie is set only when a session was issued. It is removed when the session is over, and kept when the store
//! fails.

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

use actix_session::SessionMiddleware;
use actix_session::config::CookieContentSecurity;
use actix_web::body::MessageBody;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform, forward_ready};
use actix_web::http::header::{HeaderMap, HeaderValue, SET_COOKIE};
use actix_web::web::Data;

use super::bridge::Bridge;
use super::current::{Current, SLOT, Slot};
use crate::audit;
use crate::domain::ErrorCode;
use crate::http::AppState;
use crate::http::api_error::ApiError;
use crate::http::cookies::{Cookies, RequestCookies, SIGNING_KEY, max_age_until};
use crate::http::limits::Limits;

/// The session middleware. Each worker has its own.
pub struct SessionLayer {
    web: Data<AppState>,
}

impl SessionLayer {
    /// Creates the middleware with this state.
    #[must_use]
    pub fn new(web: &Data<AppState>) -> Self {
        Self { web: web.clone() }
    }
}

impl<S, B> Transform<S, ServiceRequest> for SessionLayer
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = actix_web::Error> + 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<B>;
    type Error = actix_web::Error;
    type Transform =
        InSession<<SessionMiddleware<Bridge> as Transform<S, ServiceRequest>>::Transform>;
    type InitError = ();
    type Future = Pin<Box<dyn Future<Output = Result<Self::Transform, ()>>>>;

    fn new_transform(&self, service: S) -> Self::Future {
        let cookies = self.web.cookies();
        let middleware = SessionMiddleware::builder(Bridge(self.web.clone()), SIGNING_KEY.clone())
            .cookie_name(cookies.session_name())
            .cookie_secure(cookies.secure)
            .cookie_http_only(true)
            .cookie_same_site(SameSite::Strict)
            .cookie_path("/".to_owned())
            .cookie_content_security(CookieContentSecurity::Signed)
            .build();
        let inner = middleware.new_transform(service);
        let web = self.web.clone();
        Box::pin(async move {
            Ok(InSession {
                inner: Rc::new(inner.await?),
                web,
                cookies,
            })
        })
    }
}

/// The service that [`SessionLayer`] creates.
pub struct InSession<S> {
    inner: Rc<S>,
    web: Data<AppState>,
    cookies: Cookies,
}

impl<S, B> Service<ServiceRequest> for InSession<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = actix_web::Error> + 'static,
    B: 'static,
{
    type Response = ServiceResponse<B>;
    type Error = actix_web::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>>>>;

    forward_ready!(inner);

    fn call(&self, mut request: ServiceRequest) -> Self::Future {
        let (inner, web, cookies) = (Rc::clone(&self.inner), self.web.clone(), self.cookies);
        let sent = RequestCookies::take(&mut request, cookies);
        if sent.session_count() > 1 {
            audit::session_cookie_repeated();
        }
        let limits = request.app_data::<Data<Limits>>().cloned();
        let mark = limits.as_ref().and_then(|limits| limits.mark(&sent));
        Box::pin(SLOT.scope(RefCell::new(Slot::default()), async move {
            let mut response = inner.call(request).await.map_err(|error| {
                if SLOT.with(|slot| slot.borrow().unsaved) {
                    ApiError::from(ErrorCode::StoreUnavailable).into()
                } else {
                    error
                }
            })?;
            SLOT.with(|slot| {
                if let (Some(limits), Some(mark), Current::Live(_)) =
                    (limits, mark, &slot.borrow().current)
                {
                    limits.note_session(mark);
                }
                settle(
                    response.response_mut().headers_mut(),
                    &slot.borrow(),
                    &web,
                    cookies,
                );
            });
            Ok(response)
        }))
    }
}

/// Sets, removes or leaves alone the session cookie, and with it the cookie that names the session for the next login.
fn settle(headers: &mut HeaderMap, slot: &Slot, web: &AppState, cookies: Cookies) {
    let name = cookies.session_name();
    let mut set: Vec<HeaderValue> = headers.remove(SET_COOKIE).collect();
    let issued = set
        .iter()
        .position(|value| names(value, &name))
        .map(|at| set.remove(at));
    if let Some((key, until)) = slot.issued
        && let Some(cookie) = issued
            .as_ref()
            .and_then(|value| Cookie::parse_encoded(value.to_str().ok()?).ok())
    {
        let replaces = cookies.replaces(web.flows.login.name_held(&key));
        for mut cookie in [cookie.into_owned(), replaces] {
            if web.persistent_cookie {
                cookie.set_max_age(max_age_until(until, web.flows.now()));
            }
            set.extend(HeaderValue::from_str(&cookie.encoded().to_string()));
        }
    } else if slot.forget && !matches!(slot.current, Current::Unavailable) {
        for gone in [cookies.forget_session(), cookies.forget_replaces()] {
            set.extend(HeaderValue::from_str(&gone.to_string()));
        }
    }
    for value in set {
        headers.append(SET_COOKIE, value);
    }
}

fn names(set_cookie: &HeaderValue, name: &str) -> bool {
    set_cookie
        .as_bytes()
        .strip_prefix(name.as_bytes())
        .is_some_and(|rest| rest.starts_with(b"="))
}
