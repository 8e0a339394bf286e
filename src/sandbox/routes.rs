//! All addresses of the sandbox on one page.

use actix_web::middleware::from_fn;
use actix_web::web::{self, Data, ServiceConfig, delete, get, patch, post};
use actix_web::{HttpRequest, HttpResponse};

use super::state::Shared;
use super::{
    assets, authorize, browser, control, control_page, people, registration, resource, revoke,
    token, topup,
};

/// Adds every route.
pub(super) fn configure(config: &mut ServiceConfig) {
    config
        .service(
            web::scope("/api")
                .route("/oauth2/authorize", get().to(authorize::authorize))
                .route("/oauth2/token", post().to(token::token))
                .route("/oauth2/revoke", post().to(revoke::revoke))
                .route("/oauth2/userinfo", get().to(resource::userinfo))
                .route("/oauth2/topup", get().to(resource::topup))
                .route("/oauth_apps", post().to(registration::register)),
        )
        .route("/", get().to(async || browser::see_other("/sandbox")))
        .route("/sandbox", get().to(control_page::page))
        .route("/sandbox/top-up", get().to(topup::page))
        .route("/sandbox/static/{name}", get().to(assets::asset))
        .route("/sandbox/elsewhere", web::route().to(elsewhere))
        .service(
            web::scope("/sandbox")
                .wrap(from_fn(browser::refuse_cross_site))
                .route("/sign-in", post().to(people::sign_in))
                .route("/sign-out", post().to(people::sign_out))
                .route("/consent", post().to(people::consent))
                .route("/top-up", post().to(topup::add))
                .route("/api/settings", get().to(control::settings))
                .route("/api/settings", patch().to(control::patch_settings))
                .route("/api/users", get().to(control::users))
                .route("/api/users/{name}", patch().to(control::patch_user))
                .route("/api/users/{name}/revoke", post().to(control::revoke_user))
                .route("/api/users/{name}/expire", post().to(control::expire_user))
                .route("/api/faults", get().to(control::faults))
                .route("/api/faults", post().to(control::set_fault))
                .route("/api/faults", delete().to(control::clear_faults))
                .route("/api/faults/{id}", delete().to(control::clear_fault))
                .route("/api/log", get().to(control::log))
                .route("/api/log", delete().to(control::clear_log))
                .route("/api/clock", get().to(control::clock))
                .route("/api/clock", post().to(control::advance_clock))
                .route("/api/reset", post().to(control::reset)),
        );
}

/// Where the `redirect` fault leads: a client that follows it with credentials is caught here.
async fn elsewhere(shared: Data<Shared>, request: HttpRequest, body: web::Bytes) -> HttpResponse {
    let with_credentials = request.headers().contains_key("authorization") || !body.is_empty();
    shared.with(|world, _| world.journal.count_followed_redirect(with_credentials));
    HttpResponse::Ok().json(serde_json::json!({"access_token": "elsewhere"}))
}
