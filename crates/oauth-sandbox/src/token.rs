//! `POST /api/oauth2/token`: codes and refresh tokens in, tokens out (RFC 6749 §4.1.3, §6). It is called by
//! the app's server, never by a browser.

use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Map, Value, json};

use super::client_auth;
use super::faults::Endpoint;
use super::grants::{Issued, Redemption};
use super::journal::Event;
use super::knobs::Knobs;
use super::misbehave::perform;
use super::params::Params;
use super::refusals::OAuthError;
use super::shapes::ScopeShape;
use super::state::Shared;
use super::world::World;

/// Answers a token request.
pub(crate) async fn token(shared: Data<Shared>, request: HttpRequest, body: Bytes) -> HttpResponse {
    let form = Params::form(&request, &body);
    let grant_type = form
        .as_ref()
        .ok()
        .and_then(|form| form.get("grant_type").ok()?);
    let (endpoint, grant_type) = match grant_type {
        Some("authorization_code") => (Endpoint::TokenCode, Some("authorization_code")),
        Some("refresh_token") => (Endpoint::TokenRefresh, Some("refresh_token")),
        Some(_) => (Endpoint::Token, Some("other")),
        None => (Endpoint::Token, None),
    };
    let mut event = Event::of(endpoint, &request);
    event.grant_type = grant_type;
    event.had_verifier = form.as_ref().is_ok_and(|form| form.has("code_verifier"));
    let act = |event: &mut Event| {
        shared.change(|world, now| {
            let issued = form
                .map_err(OAuthError::from)
                .and_then(|form| grant(world, &request, &form, event, now));
            match issued {
                Ok((issued, knobs)) => {
                    event.outcome = "ok";
                    event.user = Some(issued.user.clone());
                    HttpResponse::Ok().json(answer(&issued, &knobs, endpoint))
                }
                Err(error) => error.respond(world.knobs.error_style, event),
            }
        })
    };
    perform(&shared, event, act).await
}

fn grant(
    world: &mut World,
    request: &HttpRequest,
    form: &Params<'_>,
    event: &mut Event,
    now: i64,
) -> Result<(Issued, Knobs), OAuthError> {
    let client_id = client_auth::authenticate(world, request, form, event)?
        .client_id
        .clone();
    let knobs = world.knobs.clone();
    let grants = &mut world.kept.grants;
    let issued = match form.require("grant_type")? {
        "authorization_code" => {
            let shown = Redemption {
                code: form.require("code")?,
                client_id: &client_id,
                redirect_uri: form.get("redirect_uri")?,
                verifier: form.get("code_verifier")?,
            };
            grants.redeem(shown, &knobs, now)
        }
        "refresh_token" => {
            let token = form.require("refresh_token")?;
            grants.refresh(token, &client_id, form.get("scope")?, &knobs, now)
        }
        _ => return Err(OAuthError::unsupported_grant_type()),
    };
    Ok((issued.map_err(OAuthError::grant)?, knobs))
}

/// The documented answer, in the shape the knobs ask for.
fn answer(issued: &Issued, knobs: &Knobs, endpoint: Endpoint) -> Value {
    let shape = &knobs.token_shape;
    let mut answer = Map::new();
    answer.insert("access_token".into(), json!(issued.access_token));
    if let Some(token_type) = shape.token_type.write() {
        answer.insert("token_type".into(), token_type);
    }
    if let Some(expires_in) = shape.expires_in.write(knobs.token_lifetime) {
        answer.insert("expires_in".into(), expires_in);
    }
    if endpoint == Endpoint::TokenCode || !shape.refresh_token_absent {
        answer.insert("refresh_token".into(), json!(issued.refresh_token));
    }
    if shape.scope != ScopeShape::Absent {
        answer.insert("scope".into(), json!(issued.scope));
    }
    if shape.wrapped {
        json!({"success": true, "message": "", "data": answer})
    } else {
        Value::Object(answer)
    }
}
