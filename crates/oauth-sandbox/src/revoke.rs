//! `POST /api/oauth2/revoke`: ends a token on its client's wish (RFC 7009).

use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};

use super::client_auth;
use super::faults::Endpoint;
use super::journal::Event;
use super::misbehave::perform;
use super::params::Params;
use super::refusals::OAuthError;
use super::state::Shared;
use super::world::World;

/// The path of the revocation endpoint.
pub const REVOCATION_PATH: &str = "/api/oauth2/revoke";

/// Answers 200 for every token of the client, known or not. The hint is not needed: both kinds are found
/// by what they are.
pub(crate) async fn revoke(
    shared: Data<Shared>,
    request: HttpRequest,
    body: Bytes,
) -> HttpResponse {
    let event = Event::of(Endpoint::Revoke, &request);
    let act = |event: &mut Event| {
        shared.change(|world, _| match end(world, &request, &body, event) {
            Ok(user) => {
                event.outcome = "ok";
                event.reason = Some(if user.is_some() {
                    "revoked"
                } else {
                    "nothing_to_revoke"
                });
                event.user = user;
                HttpResponse::Ok().finish()
            }
            Err(error) => error.respond(world.knobs.error_style, event),
        })
    };
    perform(&shared, event, act).await
}

fn end(
    world: &mut World,
    request: &HttpRequest,
    body: &[u8],
    event: &mut Event,
) -> Result<Option<String>, OAuthError> {
    let form = Params::form(request, body)?;
    let client_id = client_auth::authenticate(world, request, &form, event)?
        .client_id
        .clone();
    let token = form.require("token")?;
    let revoked = world.kept.grants.revoke(token, &client_id);
    revoked.map_err(OAuthError::grant)
}
