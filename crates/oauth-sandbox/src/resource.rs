//! `GET /api/oauth2/userinfo` and `GET /api/oauth2/topup`: what an access token opens.

use actix_web::http::header;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use serde_json::json;

use super::faults::Endpoint;
use super::journal::Event;
use super::misbehave::perform;
use super::refusals::OAuthError;
use super::shapes::TopupShape;
use super::state::Shared;
use super::topup;
use super::users::User;
use super::world::World;

/// The account's fields that the token's scope allows.
pub(crate) async fn userinfo(shared: Data<Shared>, request: HttpRequest) -> HttpResponse {
    let event = Event::of(Endpoint::Userinfo, &request);
    serve(&shared, &request, event, |world, user, scope| {
        HttpResponse::Ok().json(user.userinfo(scope, &world.knobs.userinfo_shape))
    })
    .await
}

/// Where the account's balance can be topped up: a page of this sandbox.
pub(crate) async fn topup(shared: Data<Shared>, request: HttpRequest) -> HttpResponse {
    let event = Event::of(Endpoint::Topup, &request);
    serve(&shared, &request, event, |world, _, _| {
        let own_page = || format!("{}{}", shared.base_url, topup::PATH);
        let url = world.knobs.topup_url.clone().unwrap_or_else(own_page);
        HttpResponse::Ok().json(match world.knobs.topup_shape {
            TopupShape::Documented => json!({"topup_url": url}),
            TopupShape::DataObject => json!({"success": true, "data": {"topup_url": url}}),
            TopupShape::DataString => json!({"success": true, "data": url}),
            TopupShape::Absent => json!({}),
        })
    })
    .await
}

/// Answers a call with a valid access token (RFC 6750), and 401 to any other.
pub(crate) async fn serve(
    shared: &Data<Shared>,
    request: &HttpRequest,
    event: Event,
    answer: impl FnOnce(&World, &User, &str) -> HttpResponse,
) -> HttpResponse {
    let act = |event: &mut Event| {
        shared.with(|world, now| match opened(world, request, now) {
            Ok((user, scope)) => {
                event.outcome = "ok";
                event.user = Some(user.username.clone());
                answer(world, user, scope)
            }
            Err(error) => error.respond(world.knobs.error_style, event),
        })
    };
    perform(shared, event, act).await
}

/// The account and the scope that the request's access token opens. Tokens are taken from the
/// Authorization header only (RFC 6750 §2.1).
fn opened<'w>(
    world: &'w World,
    request: &HttpRequest,
    now: i64,
) -> Result<(&'w User, &'w str), OAuthError> {
    let token = bearer(request).ok_or_else(OAuthError::no_access_token)?;
    let opened = world.kept.grants.bearer(token, now);
    let (name, scope) = opened.map_err(OAuthError::access_token)?;
    let user = world.kept.users.get(name);
    Ok((user.ok_or_else(OAuthError::no_access_token)?, scope))
}

/// The token of `Authorization: Bearer …`.
pub(crate) fn bearer(request: &HttpRequest) -> Option<&str> {
    let value = request
        .headers()
        .get(header::AUTHORIZATION)?
        .to_str()
        .ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}
