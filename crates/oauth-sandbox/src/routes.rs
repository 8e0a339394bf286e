//! All addresses of the sandbox on one page.

use actix_web::middleware::from_fn;
use actix_web::web::{self, Bytes, Data, ServiceConfig, delete, get, patch, post, put};
use actix_web::{HttpRequest, HttpResponse, Resource, Route};

use super::state::Shared;
use super::{
    api, assets, authorize, browser, control, control_form, control_page, registration, resource,
    revoke, token, topup, user_actions,
};

/// One path with its methods; any other method gets 405 with `Allow`.
fn at<const N: usize>(path: &str, routes: [Route; N]) -> Resource {
    routes
        .into_iter()
        .fold(web::resource(path), Resource::route)
}

/// Adds every route. Whatever changes something on a person's behalf is behind the cross-site rule.
#[rustfmt::skip]
pub(crate) fn configure(config: &mut ServiceConfig) {
    config
        .service(at("/api/oauth2/authorize", [get().to(authorize::authorize)]))
        .service(at("/api/oauth2/token", [post().to(token::token)]))
        .service(at(revoke::REVOCATION_PATH, [post().to(revoke::revoke)]))
        .service(at("/api/oauth2/userinfo", [get().to(resource::userinfo)]))
        .service(at("/api/oauth2/topup", [get().to(resource::topup)]))
        .service(at("/api/oauth_apps", [post().to(registration::register)]))
        .service(at("/", [get().to(async || browser::see_other("/sandbox"))]))
        .service(at("/sandbox", [get().to(control_page::page)]))
        .service(at("/sandbox/static/{name}", [get().to(assets::asset)]))
        .service(at("/sandbox/elsewhere", [web::route().to(elsewhere)]))
        .service(at("/sandbox/top-up", [
            get().to(topup::page),
            post().to(topup::add).wrap(from_fn(browser::refuse_cross_site)),
        ]))
        .service(
            web::scope("/sandbox")
                .wrap(from_fn(browser::refuse_cross_site))
                .service(at("/sign-in", [post().to(user_actions::sign_in)]))
                .service(at("/sign-out", [post().to(user_actions::sign_out)]))
                .service(at("/consent", [post().to(user_actions::consent)]))
                .service(at("/form/settings", [post().to(control_form::settings)]))
                .service(at("/form/user", [post().to(control_form::user)]))
                .service(at("/form/fault", [post().to(control_form::fault)]))
                .service(at("/form/clear-faults", [post().to(control_form::clear_faults)]))
                .service(at("/form/clear-log", [post().to(control_form::clear_log)]))
                .service(at("/form/clock", [post().to(control_form::clock)]))
                .service(at("/form/reset", [post().to(control_form::reset)]))
                .service(at("/api/settings", [get().to(control::settings), patch().to(control::patch_settings)]))
                .service(at("/api/users", [get().to(control::users)]))
                .service(at("/api/users/{name}", [patch().to(control::patch_user)]))
                .service(at("/api/users/{name}/revoke", [post().to(control::revoke_user)]))
                .service(at("/api/users/{name}/expire", [post().to(control::expire_user)]))
                .service(at("/api/faults", [
                    get().to(control::faults),
                    post().to(control::set_fault),
                    delete().to(control::clear_faults),
                ]))
                .service(at("/api/faults/{id}", [delete().to(control::clear_fault)]))
                .service(at("/api/answers", [
                    get().to(control::answers),
                    put().to(control::set_answer),
                    delete().to(control::clear_answers),
                ]))
                .service(at("/api/log", [get().to(control::log), delete().to(control::clear_log)]))
                .service(at("/api/clock", [get().to(control::clock), post().to(control::advance_clock)]))
                .service(at("/api/reset", [post().to(control::reset)]))
                .default_service(web::route().to(HttpResponse::NotFound)),
        )
        .default_service(web::route().to(api::answer));
}

/// Where the `redirect` fault leads: a client that follows it with credentials is caught here.
async fn elsewhere(shared: Data<Shared>, request: HttpRequest, body: Bytes) -> HttpResponse {
    let with_credentials = request.headers().contains_key("authorization") || !body.is_empty();
    shared.with(|world, _| world.journal.count_followed_redirect(with_credentials));
    HttpResponse::Ok().json(serde_json::json!({"access_token": "elsewhere"}))
}
