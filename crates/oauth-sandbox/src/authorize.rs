//! `GET /api/oauth2/authorize`: where the app sends the browser (RFC 6749 §4.1.1, RFC 7636). What is wrong
//! with the client or its redirect URI is told to the person; everything else goes back to the app.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use super::authorization_request::{AuthorizationRequest, PATH, Problem};
use super::browser;
use super::catalogue::{CallbackFault, Effect};
use super::faults::Endpoint;
use super::grants::CodeTerms;
use super::journal::Event;
use super::misbehave::perform;
use super::opaque::random_text;
use super::state::Shared;
use super::world::World;

/// Shows the sign-in page, the consent page, or goes straight back to the app.
pub(crate) async fn authorize(shared: Data<Shared>, request: HttpRequest) -> HttpResponse {
    let act = |event: &mut Event| {
        let query = request.query_string();
        shared.change(|world, now| {
            let asked = match AuthorizationRequest::read(query, world) {
                Ok(asked) => asked,
                Err(problem) => return tell(&shared, problem, event),
            };
            if let Some(response) = ordered_error(world, &asked, event) {
                return response;
            }
            let cookie = browser::cookie(&request);
            let Some(user) = world.browser_user(cookie.as_deref()) else {
                event.outcome = "page";
                event.reason = Some("sign_in");
                let back = format!("{PATH}?{query}");
                return shared.pages.sign_in(&back, Some(&asked), false);
            };
            let user = user.username.clone();
            event.user = Some(user.clone());
            if asked.auto_authorize {
                allow(world, &asked, &user, event, now)
            } else {
                event.outcome = "page";
                event.reason = Some("consent");
                shared.pages.consent(query, &asked, &user)
            }
        })
    };
    perform(&shared, Event::of(Endpoint::Authorize, &request), act).await
}

/// Sends the browser back with a code.
pub(crate) fn allow(
    world: &mut World,
    asked: &AuthorizationRequest,
    user: &str,
    event: &mut Event,
    now: i64,
) -> HttpResponse {
    event.outcome = "ok";
    let terms = CodeTerms {
        user: user.to_owned(),
        client_id: asked.client_id.clone(),
        redirect_uri: asked.redirect_uri.clone(),
        scope: asked.scope.join(" "),
        challenge: asked.challenge.clone(),
    };
    let code = world.kept.grants.issue_code(terms, &world.knobs, now);
    let fault = hit(world, |fault| !is_error(fault));
    event.fault = fault.as_ref().map(|(_, name)| *name).or(event.fault);
    let foreign = random_text(32);
    let state = asked.state.as_deref();
    let (code, state) = match fault.map(|(fault, _)| fault) {
        Some(CallbackFault::WithoutState) => (Some(&*code), None),
        Some(CallbackFault::ForeignState) => (Some(&*code), Some(&*foreign)),
        Some(CallbackFault::WithoutCode) => (None, state),
        _ => (Some(&*code), state),
    };
    let pairs = [("code", code), ("state", state)];
    browser::see_other(asked.callback(&pairs).as_str())
}

/// Sends the browser back without one: the person said no.
pub(crate) fn deny(asked: &AuthorizationRequest, event: &mut Event) -> HttpResponse {
    event.outcome = "access_denied";
    let text = "the person did not consent";
    browser::see_other(asked.error("access_denied", text).as_str())
}

/// Tells the person or the app what is wrong with the request.
pub(crate) fn tell(shared: &Shared, problem: Problem, event: &mut Event) -> HttpResponse {
    match problem {
        Problem::ForThePerson(text) => {
            event.outcome = "invalid_request";
            event.reason = Some("refused_page");
            shared.pages.refused(text)
        }
        Problem::ForTheApp(code, callback) => {
            event.outcome = code;
            browser::see_other(callback.as_str())
        }
    }
}

/// The error that the control API ordered for this request, if any.
fn ordered_error(
    world: &mut World,
    asked: &AuthorizationRequest,
    event: &mut Event,
) -> Option<HttpResponse> {
    let rule = world.faults.hit(
        Endpoint::Authorize,
        |effect| matches!(effect, Effect::Callback(fault) if is_error(*fault)),
    )?;
    event.fault = Some(rule.fault.name);
    let error = rule
        .order
        .error
        .as_deref()
        .unwrap_or("temporarily_unavailable");
    let has_state = !matches!(
        rule.fault.effect,
        Effect::Callback(CallbackFault::ErrorWithoutState)
    );
    let pairs = [
        ("error", Some(error)),
        ("error_description", rule.order.message.as_deref()),
        ("state", asked.state.as_deref().filter(|_| has_state)),
    ];
    Some(browser::see_other(asked.callback(&pairs).as_str()))
}

fn is_error(fault: CallbackFault) -> bool {
    matches!(
        fault,
        CallbackFault::Error | CallbackFault::ErrorWithoutState
    )
}

fn hit(
    world: &mut World,
    wanted: impl Fn(CallbackFault) -> bool,
) -> Option<(CallbackFault, &'static str)> {
    let rule = world.faults.hit(
        Endpoint::Authorize,
        |effect| matches!(effect, Effect::Callback(fault) if wanted(*fault)),
    )?;
    match rule.fault.effect {
        Effect::Callback(fault) => Some((fault, rule.fault.name)),
        _ => None,
    }
}
