//! The files under `deploy/`, used as the documents say: the image in a container, compose, the systemd unit in a booted system. `just containers`
//! makes the images and runs these tests, because they need root and podman.
#![cfg(test)]

mod compose;
mod container;
mod observability;
mod podman;
mod unit;

use bff_testing::{Addresses, Binary, Program};

/// The program as it was built.
const BINARY: Binary = Binary(env!(concat!("CARGO_BIN_EXE_", env!("CARGO_PKG_NAME"))));

/// The client that the sandbox knows.
const CLIENT: [(&str, &str); 2] = [
    ("OAUTH_CLIENT_ID", "client_sandbox"),
    ("OAUTH_CLIENT_SECRET", "secret_sandbox"),
];
const KEYS: &str = "AJdSXzfH1AFhZgQycPHeK+syTfbIs0X+xgTyb/szDvI=";

/// Starts a program outside of the container, whose sandbox is the provider of an app at these addresses.
async fn provider(app: &Addresses) -> Program {
    let redirect_uri = app.redirect_uri();
    let sandbox = [
        ("BFF_SANDBOX__ENABLED", "true"),
        ("OAUTH_REDIRECT_URI", redirect_uri.as_str()),
    ];
    BINARY
        .start_with(&[CLIENT.as_slice(), &sandbox].concat())
        .await
}
