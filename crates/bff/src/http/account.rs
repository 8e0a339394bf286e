//! The settings of the account, for the handlers that show it.

use std::future::{Ready, ready};

use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest, dev::Payload};
use url::Url;

use super::api_error::ApiError;
use super::state::AppState;
use crate::domain::ErrorCode;

/// Settings of the account: `provider.quota_per_unit` and `topup.*`. A handler extracts them.
#[derive(Clone, Debug)]
pub struct AccountSettings {
    /// The quota that equals one unit of the shown balance. Not zero.
    pub quota_per_unit: u64,
    /// Hosts that a top-up link may point to, including their subdomains.
    pub topup_hosts: Vec<String>,
    /// The top-up link to use when the provider gives none.
    pub topup_fallback: Option<Url>,
    /// Whether the sandbox is enabled. Its top-up link uses plain http on loopback.
    pub is_sandbox: bool,
}

impl FromRequest for AccountSettings {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let state = request.app_data::<Data<AppState>>();
        let settings = state.map(|state| state.account.clone());
        ready(settings.ok_or_else(|| ErrorCode::InternalError.into()))
    }
}
