//! What the standards ask, line by line, and the tests that hold each line: `rows.toml` is the map, `map` checks it and makes
//! `docs/conformance.md` of it. The other files, one a section of the map, ask the real program from outside what no other test asks.
#![cfg(test)]

mod authorization_request;
mod caching;
mod callback;
mod configuration;
mod cookies;
mod csrf;
mod errors;
mod headers;
mod limits;
mod logging;
mod logout;
mod map;
mod openapi;
mod provider;
mod refresh;
mod requests;
mod session;
#[path = "../it/support/mod.rs"]
mod support;
mod sweep;
mod token_endpoint;
mod tokens;
mod upstream;
