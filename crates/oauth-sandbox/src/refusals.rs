//! Refusals that are no faults: what the endpoints answer to a request that they will not serve. The knob
//! `error_style` chooses among the shapes that servers of this family use.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header;
use serde_json::json;

use super::grants::Refusal;
use super::journal::Event;
use super::params::ParamsError;
use super::shapes::ErrorStyle;

/// A refusal in the words of RFC 6749 §5.2 and RFC 6750 §3.1.
#[derive(Debug)]
pub(crate) struct OAuthError {
    status: StatusCode,
    code: &'static str,
    description: String,
    reason: Option<&'static str>,
    challenge: Option<&'static str>,
}

impl OAuthError {
    fn new(status: StatusCode, code: &'static str, description: impl Into<String>) -> Self {
        Self {
            status,
            code,
            description: description.into(),
            reason: None,
            challenge: None,
        }
    }

    pub(crate) fn invalid_request(description: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_request", description)
    }

    pub(crate) fn unsupported_grant_type() -> Self {
        let description = "use authorization_code or refresh_token";
        Self::new(
            StatusCode::BAD_REQUEST,
            "unsupported_grant_type",
            description,
        )
    }

    /// 401; with a challenge when the client tried the Authorization header.
    pub(crate) fn invalid_client(tried_header: bool) -> Self {
        Self {
            challenge: tried_header.then_some(r#"Basic realm="sandbox""#),
            ..Self::new(
                StatusCode::UNAUTHORIZED,
                "invalid_client",
                "client authentication failed",
            )
        }
    }

    /// The grant, code or refresh token will not do.
    pub(crate) fn grant(refusal: Refusal) -> Self {
        let code = match refusal {
            Refusal::ScopeTooWide => "invalid_scope",
            _ => "invalid_grant",
        };
        Self {
            reason: Some(refusal.name()),
            ..Self::new(StatusCode::BAD_REQUEST, code, refusal.to_string())
        }
    }

    /// The access token will not do (RFC 6750 §3.1).
    pub(crate) fn access_token(refusal: Refusal) -> Self {
        Self {
            reason: Some(refusal.name()),
            challenge: Some(r#"Bearer realm="sandbox", error="invalid_token""#),
            ..Self::new(
                StatusCode::UNAUTHORIZED,
                "invalid_token",
                refusal.to_string(),
            )
        }
    }

    /// The request brought no access token at all.
    pub(crate) fn no_access_token() -> Self {
        Self {
            challenge: Some(r#"Bearer realm="sandbox""#),
            ..Self::new(
                StatusCode::UNAUTHORIZED,
                "invalid_token",
                "there is no access token",
            )
        }
    }

    /// Notes the refusal in the event and writes it in the chosen style.
    pub(crate) fn respond(self, style: ErrorStyle, event: &mut Event) -> HttpResponse {
        event.outcome = self.code;
        event.reason = self.reason;
        let (code, text) = (self.code, self.description);
        let body = match style {
            ErrorStyle::Oauth => json!({"error": code, "error_description": text}),
            ErrorStyle::ErrorObject | ErrorStyle::ErrorObject200 => {
                json!({"error": {"message": text, "type": "sandbox_api_error", "code": code}})
            }
            ErrorStyle::SuccessFalse => json!({"success": false, "code": code, "message": text}),
            ErrorStyle::SuccessFalse200 => {
                json!({"success": false, "message": format!("{code}: {text}")})
            }
            ErrorStyle::MessageError200 => {
                json!({"message": "error", "data": format!("{code}: {text}")})
            }
        };
        let mut response = match style {
            ErrorStyle::Oauth | ErrorStyle::ErrorObject | ErrorStyle::SuccessFalse => {
                HttpResponse::build(self.status)
            }
            _ => HttpResponse::Ok(),
        };
        if let (ErrorStyle::Oauth, Some(challenge)) = (style, self.challenge) {
            response.insert_header((header::WWW_AUTHENTICATE, challenge));
        }
        response.json(body)
    }
}

impl From<ParamsError> for OAuthError {
    fn from(error: ParamsError) -> Self {
        Self::invalid_request(error.to_string())
    }
}
