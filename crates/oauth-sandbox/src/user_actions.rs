//! What a user does at the sandbox: sign in, consent or not, sign out. Each form carries the whole
//! authorization request along in its query, which is read and checked again.

use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};

use super::authorization_request::{self, AuthorizationRequest};
use super::authorize;
use super::browser;
use super::faults::Endpoint;
use super::journal::Event;
use super::misbehave::perform;
use super::opaque::{Digest, random_text};
use super::params::Params;
use super::state::Shared;
use super::topup;

/// Where a user may be sent after signing in or out.
const CONTROL: &str = "/sandbox";

/// `POST /sandbox/sign-in?continue=…` with `name` and `password`.
pub(crate) async fn sign_in(
    shared: Data<Shared>,
    request: HttpRequest,
    body: Bytes,
) -> HttpResponse {
    let form = Params::parse(&body);
    let back = destination(&request);
    let name = form.get("name").ok().flatten().unwrap_or_default();
    let password = form.get("password").ok().flatten().unwrap_or_default();
    let cookie = shared.change(|world, now| {
        let user = world
            .kept
            .users
            .sign_in(name, password, now)?
            .username
            .clone();
        let cookie = random_text(32);
        world.kept.browsers.insert(Digest::of(&cookie), user);
        Some(cookie)
    });
    if let Some(cookie) = cookie {
        let mut response = browser::see_other(&back);
        return match response.add_cookie(&browser::signed_in(cookie)) {
            Ok(()) => response,
            Err(_) => HttpResponse::InternalServerError().finish(),
        };
    }
    let query = back
        .strip_prefix(authorization_request::PATH)
        .and_then(|rest| rest.strip_prefix('?'));
    shared.with(|world, _| {
        let asked = query.and_then(|query| AuthorizationRequest::read(query, world).ok());
        shared.pages.sign_in(&back, asked.as_ref(), true)
    })
}

/// `POST /sandbox/sign-out?continue=…`: signs this browser out. Grants stay.
pub(crate) async fn sign_out(shared: Data<Shared>, request: HttpRequest) -> HttpResponse {
    if let Some(cookie) = browser::cookie(&request) {
        shared.change(|world, _| world.kept.browsers.remove(&Digest::of(&cookie)));
    }
    let mut response = browser::see_other(&destination(&request));
    match response.add_cookie(&browser::signed_out()) {
        Ok(()) => response,
        Err(_) => HttpResponse::InternalServerError().finish(),
    }
}

/// `POST /sandbox/consent?…` with the query of the authorization request and `decision`.
pub(crate) async fn consent(
    shared: Data<Shared>,
    request: HttpRequest,
    body: Bytes,
) -> HttpResponse {
    let form = Params::parse(&body);
    let decision = form.get("decision").ok().flatten();
    let query = request.query_string();
    let act = |event: &mut Event| {
        shared.change(|world, now| {
            let asked = match AuthorizationRequest::read(query, world) {
                Ok(asked) => asked,
                Err(problem) => return authorize::tell(&shared, problem, event),
            };
            let cookie = browser::cookie(&request);
            let user = world.browser_user(cookie.as_deref());
            event.user = user.map(|user| user.username.clone());
            match (event.user.clone(), decision) {
                (Some(user), Some("allow")) => authorize::allow(world, &asked, &user, event, now),
                (Some(_), Some("deny")) => authorize::deny(&asked, event),
                _ => {
                    event.outcome = "page";
                    browser::see_other(&format!("{}?{query}", authorization_request::PATH))
                }
            }
        })
    };
    perform(&shared, Event::of(Endpoint::Consent, &request), act).await
}

/// The page of this sandbox to go on with; the control page when the query names none of them.
fn destination(request: &HttpRequest) -> String {
    let params = Params::parse(request.query_string().as_bytes());
    params
        .get("continue")
        .ok()
        .flatten()
        .filter(|path| {
            path.starts_with("/api/oauth2/authorize?") || *path == topup::PATH || *path == CONTROL
        })
        .unwrap_or(CONTROL)
        .to_owned()
}
