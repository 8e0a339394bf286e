//! [`AppData`]: gives handlers the settings and the values of the app.

use std::any::Any;
use std::future::{Ready, ready};
use std::ops::Deref;
use std::sync::Arc;

use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest, dev::Payload};

use super::api_error::ApiError;
use super::state::AppState;
use crate::domain::ErrorCode;

/// A settings section of the app, or a value that `App::data` built, for a handler. Cloning it is cheap.
///
/// When the app has no value of the type `T`, the request is answered with `internal_error` (500), and the log names the type.
#[derive(Debug)]
pub struct AppData<T>(Arc<T>);

impl<T> Clone for AppData<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> Deref for AppData<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: Any + Send + Sync> FromRequest for AppData<T> {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let Some(state) = request.app_data::<Data<AppState>>() else {
            return ready(Err(ErrorCode::InternalError.into()));
        };
        ready(state.app_values.share().map(Self).map_err(|error| {
            tracing::error!(event = "app_data_missing", %error, "a handler asks for a value that the app does not have");
            ErrorCode::InternalError.into()
        }))
    }
}
