//! How an app proves at the back channel who it is (RFC 6749 §2.3.1): in the body or with HTTP Basic, never both.

use actix_web::HttpRequest;
use actix_web::http::header;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use url::form_urlencoded;

use super::clients::Client;
use super::journal::{ClientAuth, Event};
use super::params::Params;
use super::refusals::OAuthError;
use super::world::World;

/// What a request shows as proof.
struct Credentials {
    client_id: String,
    secret: String,
}

/// The client that this request comes from. How it proved itself is noted in the event.
pub(crate) fn authenticate<'w>(
    world: &'w World,
    request: &HttpRequest,
    form: &Params<'_>,
    event: &mut Event,
) -> Result<&'w Client, OAuthError> {
    let basic = request.headers().get(header::AUTHORIZATION);
    let credentials = match (basic, form.has("client_secret")) {
        (Some(_), true) => {
            return Err(OAuthError::invalid_request(
                "the client authenticates in the body and by the Authorization header",
            ));
        }
        (Some(value), false) => {
            event.client_auth = Some(ClientAuth::Basic);
            let credentials = basic_credentials(value).ok_or(OAuthError::invalid_client(true))?;
            if form
                .get("client_id")?
                .is_some_and(|id| id != credentials.client_id)
            {
                return Err(OAuthError::invalid_request("two different client_id"));
            }
            credentials
        }
        (None, true) => {
            event.client_auth = Some(ClientAuth::Body);
            Credentials {
                client_id: form.require("client_id")?.to_owned(),
                secret: form.require("client_secret")?.to_owned(),
            }
        }
        (None, false) => return Err(OAuthError::invalid_client(false)),
    };
    world
        .client(&credentials.client_id)
        .filter(|client| client.secret.matches(&credentials.secret))
        .ok_or(OAuthError::invalid_client(basic.is_some()))
}

/// Both halves are form-urlencoded before they are joined and base64-encoded.
fn basic_credentials(value: &header::HeaderValue) -> Option<Credentials> {
    let (scheme, encoded) = value.to_str().ok()?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let pair = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (client_id, secret) = pair.split_once(':')?;
    Some(Credentials {
        client_id: form_decoded(client_id),
        secret: form_decoded(secret),
    })
}

fn form_decoded(text: &str) -> String {
    // A half holds neither `=` nor `&` once it is encoded; parsed as a form it is one name.
    form_urlencoded::parse(text.as_bytes())
        .map(|(name, _)| name.into_owned())
        .collect()
}
