//! The decoder, the account and the top-up link, with well-formed, malformed and random responses.

mod account;
mod properties;
mod shapes;
mod topup;

use bff_core::provider::{Json, ProviderResponse};

use crate::UserInfo;

fn response(status: u16, body: &str) -> ProviderResponse {
    ProviderResponse {
        status,
        body: body.as_bytes().to_vec(),
        ..ProviderResponse::default()
    }
}

fn account(body: &str) -> UserInfo {
    UserInfo::read(&Json::parse(body).unwrap(), 500_000)
}
