//! Changes the response of the layers inside. Called by the layers that set headers or the body.

use actix_web::body::BoxBody;
use actix_web::dev::ServiceResponse;
use actix_web::error::InternalError;
use actix_web::{Error, HttpResponse};

/// Changes the response of a layer inside, also when the request is lost and the error carries the response.
pub fn map_response(
    outcome: Result<ServiceResponse<BoxBody>, Error>,
    change: impl FnOnce(HttpResponse) -> HttpResponse,
) -> Result<ServiceResponse<BoxBody>, Error> {
    match outcome {
        Ok(answer) => {
            let (request, response) = answer.into_parts();
            Ok(ServiceResponse::new(request, change(response)))
        }
        Err(failure) => {
            let response = change(failure.error_response());
            Err(InternalError::from_response(failure, response).into())
        }
    }
}
