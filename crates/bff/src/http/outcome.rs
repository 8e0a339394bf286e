//! What the layers around the handlers share: what they call, and what they return.

use actix_web::Error;
use actix_web::body::BoxBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};

/// The response of the handler and of the layers inside. An error when the request is lost.
pub type Outcome = Result<ServiceResponse<BoxBody>, Error>;

/// The layers inside, and then the handler.
pub trait Next: AsyncFnOnce(ServiceRequest) -> Outcome {}

impl<F: AsyncFnOnce(ServiceRequest) -> Outcome> Next for F {}
