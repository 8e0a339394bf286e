//! Login.

mod attempts;
mod authorization_request;
mod callback;
mod exchange;
mod failures;
mod flow;
mod long_return;
mod notices;
mod redirect_uri;
mod replacing;
mod return_to;
pub mod token_endpoint;
