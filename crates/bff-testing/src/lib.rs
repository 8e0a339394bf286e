//! Starts an app in a test and calls it as a browser does. A dev-dependency of the engine's own tests, and of an app team's.
//!
//! [`TestApp`] runs an app in the test's process, with its own sandbox provider, a store in memory and free ports:
//!
//! ```
//! use actix_web::{HttpResponse, web::Json};
//! use bff::{App, SignedIn, resource};
//! use bff_testing::TestApp;
//! use serde_json::json;
//!
//! async fn keep(_user: SignedIn, Json(_note): Json<String>) -> HttpResponse {
//!     HttpResponse::NoContent().finish()
//! }
//!
//! fn app() -> App {
//!     App::new("notes").provider(aihubmix::provider).routes(|config| {
//!         config.service(resource("/api/note").post(keep));
//!     })
//! }
//!
//! # tokio::runtime::Runtime::new().unwrap().block_on(async {
//! let app = TestApp::start(app()).await;
//! let browser = app.sign_in("demo").await;
//! assert_eq!(browser.post("/api/note", &json!("milk")).await.status, 204);
//! assert_eq!(app.browser().post("/api/note", &json!("milk")).await.status, 401);
//! # });
//! ```
//!
//! [`check_pages`] finds words and files that a template names and that do not exist.
//!
//! [`Binary`] starts the program as a process of its own, which a test can kill, stop and start again. The other modules are servers for such
//! tests: [`PostgresServer`], [`PgBouncer`], [`RedisServer`], [`Nginx`], and a provider in the test's process ([`provider`]).
//!
//! A helper panics when it fails, because that fails the test.

#![forbid(unsafe_code)]
#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a helper that fails ends the test"
)]

mod app;
mod browser;
mod certificate;
mod event_stream;
mod fleet;
mod jar;
mod launch;
mod nginx;
mod open_connection;
mod port;
mod postgres;
mod program;
pub mod provider;
mod redis;
mod replicas;
mod sandbox;
#[cfg(test)]
mod tests;
mod wire;

pub use app::{TestApp, check_pages};
pub use browser::{Browser, approve, fetch, navigation, parameter, with_parameter};
pub use certificate::Certificate;
pub use event_stream::EventStream;
pub use fleet::Fleet;
pub use jar::{Initiator, Jar};
pub use launch::{Addresses, Binary, assert_log_keeps_secrets, client, is_answering, is_ready};
pub use nginx::{Nginx, Passed};
pub use open_connection::OpenConnection;
pub use port::free_port;
pub use postgres::{PgBouncer, Postgres as PostgresServer};
pub use program::{Program, settled_log};
pub use redis::Server as RedisServer;
pub use replicas::Replicas;
pub use sandbox::SandboxControl;
pub use wire::{Answer, Request, exchange, send};
