//! The provider double: answers every login, token request and userinfo request at once or after a delay, and counts them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use actix_web::body::SizedStream;
use actix_web::http::header::{AUTHORIZATION, LOCATION};
use actix_web::web::{self, Data, Form, Path, Payload, PayloadConfig, Query};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use bytes::Bytes;
use clap::Args;
use futures_util::{StreamExt as _, stream};
use serde::Deserialize;
use serde_json::json;
use url::Url;

use crate::failure::{Failure, Outcome};
use crate::servers::{CLIENT_ID, CLIENT_SECRET};
use crate::token;

/// Lifetime of an access token in seconds.
const LIFETIME: u64 = 7_200;
/// Size of a piece of a large body.
const PIECE: usize = 64 * 1024;
static ZEROS: [u8; PIECE] = [b'x'; PIECE];

/// The settings.
#[derive(Args)]
pub struct Settings {
    /// Port on 127.0.0.1
    #[arg(long)]
    port: u16,
    /// How late tokens and userinfo are answered
    #[arg(long, default_value_t = 0)]
    delay_ms: u64,
}

#[derive(Default)]
struct State {
    delay: Duration,
    logins: AtomicU64,
    refreshes: AtomicU64,
}

impl State {
    async fn wait(&self) {
        if !self.delay.is_zero() {
            tokio::time::sleep(self.delay).await;
        }
    }
}

/// Serves until a signal ends it.
///
/// # Errors
/// [`Failure`] when the port is taken.
pub async fn run(settings: &Settings) -> Outcome<()> {
    let state = Data::from(Arc::new(State {
        delay: Duration::from_millis(settings.delay_ms),
        ..State::default()
    }));
    let server = HttpServer::new(move || {
        App::new()
            .app_data(state.clone())
            .app_data(PayloadConfig::new(usize::MAX))
            .route("/api/oauth2/userinfo", web::get().to(userinfo))
            .route("/api/oauth2/authorize", web::get().to(authorize))
            .route("/api/oauth2/token", web::post().to(grant))
            .route("/counts", web::get().to(counts))
            .route("/bytes/{size}", web::get().to(bytes))
            .route("/sink", web::post().to(sink))
            .route("/v1/traces", web::post().to(traces))
            .route("/drip", web::get().to(drip))
    });
    server
        .workers(1)
        // A provider that waits for acknowledgements would be measured instead of the servers.
        .tcp_nodelay(true)
        .backlog(4_096)
        .max_connections(100_000)
        .shutdown_timeout(0)
        // Longer than a slow run under valgrind leaves a connection idle, so that no call meets a connection that is closing.
        .keep_alive(Duration::from_secs(75))
        .bind(("127.0.0.1", settings.port))?
        .run()
        .await?;
    Ok(())
}

/// Takes spans as a collector does, and keeps none.
async fn traces(_: Bytes) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("application/x-protobuf")
        .finish()
}

async fn userinfo(request: HttpRequest, state: Data<State>) -> HttpResponse {
    state.wait().await;
    let header = request.headers().get(AUTHORIZATION);
    let token = header.and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    let Some(user) = token.and_then(token::user) else {
        return HttpResponse::Unauthorized().json(json!({"error": "invalid_token"}));
    };
    HttpResponse::Ok().content_type("application/json").body(format!(
        r#"{{"id":{user},"username":"user{user}","email":"user{user}@example.com","quota":1000000,"used_quota":250000,"balance_formatted":"750.00","created_time":1640995200,"status":1}}"#
    ))
}

#[derive(Deserialize)]
struct Authorize {
    redirect_uri: String,
    state: String,
}

async fn authorize(query: Query<Authorize>, data: Data<State>) -> HttpResponse {
    let Ok(mut target) = Url::parse(&query.redirect_uri) else {
        return HttpResponse::BadRequest().json(json!({"error": "invalid_request"}));
    };
    let user = data.logins.fetch_add(1, Relaxed);
    target
        .query_pairs_mut()
        .append_pair("code", &token::code(user))
        .append_pair("state", &query.state);
    HttpResponse::Found()
        .insert_header((LOCATION, target.as_str()))
        .finish()
}

#[derive(Deserialize)]
struct Grant {
    client_id: String,
    client_secret: String,
    code: Option<String>,
    refresh_token: Option<String>,
}

async fn grant(form: Form<Grant>, state: Data<State>) -> Result<HttpResponse, Failure> {
    state.wait().await;
    if form.client_id != CLIENT_ID || form.client_secret != CLIENT_SECRET {
        return Ok(HttpResponse::Unauthorized().json(json!({"error": "invalid_client"})));
    }
    let serial = match form.refresh_token {
        Some(_) => 1 + state.refreshes.fetch_add(1, Relaxed),
        None => 0,
    };
    let spent = form.refresh_token.as_deref().or(form.code.as_deref());
    let Some(user) = spent.and_then(token::user) else {
        return Ok(HttpResponse::BadRequest().json(json!({"error": "invalid_grant"})));
    };
    Ok(HttpResponse::Ok().json(json!({
        "access_token": token::access(user),
        "token_type": "Bearer",
        "expires_in": LIFETIME,
        "refresh_token": token::refresh(user, serial),
        "scope": "profile balance",
    })))
}

impl actix_web::ResponseError for Failure {}

/// Returns how many users have signed in and how many tokens were refreshed.
async fn counts(state: Data<State>) -> HttpResponse {
    HttpResponse::Ok().json(json!({
        "logins": state.logins.load(Relaxed),
        "refreshes": state.refreshes.load(Relaxed),
    }))
}

/// Sends a body of this size.
async fn bytes(size: Path<usize>) -> HttpResponse {
    let size = size.into_inner();
    let pieces = (0..size).step_by(PIECE).map(move |sent| {
        let length = PIECE.min(size - sent);
        Ok::<_, Failure>(Bytes::from_static(&ZEROS).slice(..length))
    });
    let length = u64::try_from(size).unwrap_or(u64::MAX);
    HttpResponse::Ok()
        .content_type("application/octet-stream")
        .body(SizedStream::new(length, stream::iter(pieces)))
}

/// Reads a body to its end.
async fn sink(mut body: Payload) -> HttpResponse {
    let mut length = 0;
    while let Some(piece) = body.next().await {
        match piece {
            Ok(piece) => length += piece.len(),
            Err(_) => return HttpResponse::BadRequest().finish(),
        }
    }
    HttpResponse::Ok().json(json!({ "length": length }))
}

/// Sends a few bytes at once, and then again every ten seconds.
async fn drip() -> HttpResponse {
    let bytes = Bytes::from_static(b": open\n\n");
    let drops = stream::unfold(true, move |is_first| {
        let bytes = bytes.clone();
        async move {
            if !is_first {
                tokio::time::sleep(Duration::from_secs(10)).await;
            }
            Some((Ok::<_, Failure>(bytes), false))
        }
    });
    HttpResponse::Ok()
        .content_type("text/event-stream")
        .streaming(drops)
}
