//! The table of the public routes. `ops::configure_admin` has those of the admin listener. `docs/openapi.yaml` describes them, and a test compares
//! the two.

use actix_web::web::{self, Data, JsonConfig, PayloadConfig, ServiceConfig};

use super::api_error::ApiError;
use super::body::BODY_LIMIT;
use super::middleware::with_session;
use super::routing::{refuse, resource};
use super::state::AppState;
use super::{api, auth, csp_report, devices, events, home, ops, probe, problems, proxy};
use crate::domain::ErrorCode;

/// Registers the public routes. The caller wraps the app in [`with_middleware`](super::with_middleware).
pub fn configure(config: &mut ServiceConfig, state: &Data<AppState>) {
    let json = JsonConfig::default()
        .limit(BODY_LIMIT)
        .error_handler(|error, _| ApiError::from_body_error(&error).into());
    let scope = with_session(web::scope(""))
        // The app's routes come first, so that an app can replace a page of the engine.
        .configure(|config| state.routes.iter().for_each(|routes| routes(config)))
        .configure(session_routes)
        .configure(|config| proxy::configure(config, state))
        .default_service(web::to(|| refuse(ErrorCode::NotFound)));
    config
        .app_data(state.clone())
        .app_data(PayloadConfig::new(BODY_LIMIT))
        .app_data(json)
        .configure(plain_routes)
        .service(scope);
}

/// Registers the routes that read no session.
#[rustfmt::skip]
fn plain_routes(config: &mut ServiceConfig) {
    config
        .service(resource("/healthz").get(ops::healthz).head(ops::healthz))
        .service(resource("/readyz").get(ops::readyz).head(ops::readyz))
        .service(resource("/.well-known/bff-probe").get(probe::probe))
        .service(resource("/static/{path:.*}").get(ops::asset).head(ops::asset))
        .service(resource("/favicon.ico").get(ops::favicon).head(ops::favicon))
        .service(resource("/problems/{code}").get(problems::problem).head(problems::problem))
        .service(resource("/csp-report").post(csp_report::receive));
}

/// Registers the engine's routes inside the session layer.
#[rustfmt::skip]
fn session_routes(config: &mut ServiceConfig) {
    config
        // Pages.
        .service(resource("/").get(home::home).head(home::home))
        .service(resource("/sessions").get(devices::page).head(devices::page).post(devices::end))
        // Login and logout.
        .service(resource("/auth/oauth/start").get(auth::start))
        .service(resource("/oauth/callback").get(auth::callback))
        .service(resource("/oauth/callback.html").get(auth::callback))
        .service(resource("/auth/logout").post(auth::log_out))
        .service(resource("/api/oauth/exchange-token").post(auth::exchange_token))
        // The session and the sessions of the user.
        .service(resource("/api/session").get(api::session).head(api::session))
        .service(resource("/api/session/events").get(events::events))
        .service(resource("/api/sessions").get(api::sessions))
        .service(resource("/api/sessions/{handle}").delete(api::end_session))
        // The token.
        .service(resource("/api/user/refresh").post(api::refresh))
        .service(resource("/api/oauth/refresh-token").post(api::refresh));
}
