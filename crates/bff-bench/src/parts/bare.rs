//! A proxy of actix-web and reqwest without sessions: what the libraries of the program cost without the program.

use std::fs;
use std::path::PathBuf;

use actix_web::web::{self, Data};
use actix_web::{App, HttpResponse, HttpServer};
use bytes::Bytes;
use clap::Args;
use reqwest::Client;

use super::client::client;
use crate::failure::{Failure, Outcome};
use crate::token;

/// The settings.
#[derive(Args)]
pub struct Settings {
    /// Port on 127.0.0.1
    #[arg(long)]
    port: u16,
    /// Port of the provider
    #[arg(long)]
    provider: u16,
    /// Number of workers
    #[arg(long, default_value_t = 1)]
    workers: usize,
    /// The page at `/`
    #[arg(long)]
    page: PathBuf,
}

struct State {
    url: String,
    authorization: String,
    page: Bytes,
}

/// Serves until a signal ends it.
///
/// # Errors
/// [`Failure`] when the page cannot be read or the port is taken.
pub async fn run(settings: &Settings) -> Outcome<()> {
    let state = Data::new(State {
        url: format!("http://127.0.0.1:{}/api/oauth2/userinfo", settings.provider),
        authorization: format!("Bearer {}", token::access(1)),
        page: Bytes::from(fs::read(&settings.page)?),
    });
    let server = HttpServer::new(move || {
        App::new()
            .app_data(state.clone())
            // Each worker has a client of its own, so that no connection is used by two threads.
            .data_factory(async || client())
            .route("/", web::get().to(page_of))
            .route("/api/user/info", web::get().to(userinfo))
    });
    server
        .workers(settings.workers)
        .tcp_nodelay(true)
        .bind(("127.0.0.1", settings.port))?
        .run()
        .await?;
    Ok(())
}

async fn page_of(state: Data<State>) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .body(state.page.clone())
}

async fn userinfo(state: Data<State>, client: Data<Client>) -> Result<HttpResponse, Failure> {
    let request = client.get(&state.url);
    let answer = request
        .header("Authorization", &state.authorization)
        .send()
        .await?;
    let body = answer.error_for_status()?.bytes().await?;
    Ok(HttpResponse::Ok()
        .content_type("application/json")
        .body(body))
}
