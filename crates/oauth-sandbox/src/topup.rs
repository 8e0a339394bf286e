//! The sandbox's top-up page: a small till where no money changes hands and the balance really grows.

use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};

use super::browser;
use super::params::Params;
use super::state::Shared;

/// Where `GET /api/oauth2/topup` points to.
pub(crate) const PATH: &str = "/sandbox/top-up";
/// The largest amount that can be added at once, in units of balance.
const MOST: u32 = 1_000_000;

/// Shows the balance and the form, or the sign-in page first.
pub(crate) async fn page(shared: Data<Shared>, request: HttpRequest) -> HttpResponse {
    let cookie = browser::cookie(&request);
    let params = Params::parse(request.query_string().as_bytes());
    shared.with(|world, _| match world.browser_user(cookie.as_deref()) {
        Some(user) => shared
            .pages
            .top_up(&user.username, &user.balance(), params.has("added")),
        None => shared.pages.sign_in(PATH, None, false),
    })
}

/// Adds `amount` to the balance of the account that is signed in.
pub(crate) async fn add(shared: Data<Shared>, request: HttpRequest, body: Bytes) -> HttpResponse {
    let cookie = browser::cookie(&request);
    let form = Params::parse(&body);
    let amount = form
        .get("amount")
        .ok()
        .flatten()
        .and_then(|text| text.parse().ok());
    let added = shared.change(|world, _| {
        let amount = amount.filter(|amount| (1..=MOST).contains(amount))?;
        let name = world.browser_user(cookie.as_deref())?.username.clone();
        world.kept.users.get_mut(&name)?.top_up(amount);
        Some(())
    });
    match added {
        Some(()) => browser::see_other("/sandbox/top-up?added=1"),
        None => browser::see_other(PATH),
    }
}
