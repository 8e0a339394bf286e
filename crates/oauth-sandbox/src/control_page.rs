//! `/sandbox`: the control API for people.

use actix_web::HttpRequest;
use actix_web::HttpResponse;
use actix_web::web::Data;
use serde_json::json;

use super::browser;
use super::catalogue;
use super::control::shown;
use super::control_form;
use super::params::Params;
use super::state::Shared;

/// How many of the newest events the page shows.
const EVENTS: usize = 50;

/// Shows what is set and what happened, with a form for each thing that can be changed.
pub(crate) async fn page(shared: Data<Shared>, request: HttpRequest) -> HttpResponse {
    let cookie = browser::cookie(&request);
    let query = Params::parse(request.query_string().as_bytes());
    shared.with(|world, _| {
        let users: Vec<_> = world
            .kept
            .users
            .iter()
            .map(|user| shown(world, user))
            .collect();
        let user = world
            .browser_user(cookie.as_deref())
            .map(|user| &user.username);
        let catalogue: Vec<_> = catalogue::ALL.iter().map(|fault| fault.name).collect();
        let events: Vec<_> = world.journal.after(0).rev().take(EVENTS).collect();
        shared.pages.control(&json!({
            "fields": control_form::fields(&world.knobs),
            "users": users,
            "user": user,
            "faults": world.faults.rules(),
            "catalogue": catalogue,
            "endpoints": ["token", "token.code", "token.refresh", "userinfo", "topup", "api", "authorize",
                "revoke", "oauth_apps", "any"],
            "events": events,
            "counters": world.journal.counters(),
            "advanced": shared.clock.advanced(),
            "done": query.has("done"),
            "refused": query.has("refused"),
        }))
    })
}
