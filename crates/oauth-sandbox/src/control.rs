//! The control API under `/sandbox/api/`: knobs, accounts, faults, the log, the clock. It shows and takes
//! no token, code or secret, and `browser::refuse_cross_site` stands before it.

use std::time::Duration;

use actix_web::web::{Bytes, Data, Path, Query};
use actix_web::{HttpResponse, http::StatusCode};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::answers::ApiAnswer;
use super::catalogue;
use super::faults::FaultOrder;
use super::state::Shared;
use super::users::{User, UserChange};
use super::world::World;

/// The longest that a reader of the log can be kept waiting, in milliseconds.
const LONGEST_WAIT: u64 = 60_000;

fn refused(status: StatusCode, detail: &str) -> HttpResponse {
    HttpResponse::build(status).json(json!({"error": "refused", "detail": detail}))
}

fn bad_request(error: &impl ToString) -> HttpResponse {
    refused(StatusCode::BAD_REQUEST, &error.to_string())
}

fn no_such(what: &str) -> HttpResponse {
    refused(StatusCode::NOT_FOUND, &format!("there is no such {what}"))
}

/// `GET /sandbox/api/settings`.
pub(crate) async fn settings(shared: Data<Shared>) -> HttpResponse {
    shared.with(|world, _| HttpResponse::Ok().json(&world.knobs))
}

/// `PATCH /sandbox/api/settings`: a JSON merge patch; `null` sets a member back.
pub(crate) async fn patch_settings(shared: Data<Shared>, body: Bytes) -> HttpResponse {
    let patch: Map<String, Value> = match serde_json::from_slice(&body) {
        Ok(patch) => patch,
        Err(error) => return bad_request(&error),
    };
    shared.with(|world, _| match world.knobs.patched(patch) {
        Ok(knobs) => {
            world.knobs = knobs;
            HttpResponse::Ok().json(&world.knobs)
        }
        Err(error) => bad_request(&error),
    })
}

/// An account as the control API shows it.
pub(crate) fn shown(world: &World, user: &User) -> Value {
    json!({
        "name": user.username,
        "id": user.id,
        "email": user.email,
        "quota": user.quota,
        "used_quota": user.used_quota,
        "balance": user.balance(),
        "balance_formatted": user.balance_formatted,
        "created_time": user.created_time,
        "status": user.status,
        "userinfo_override": user.userinfo_override,
        "grants": world.kept.grants.count(&user.username),
    })
}

/// `GET /sandbox/api/users`.
pub(crate) async fn users(shared: Data<Shared>) -> HttpResponse {
    shared.with(|world, _| {
        let users: Vec<_> = world
            .kept
            .users
            .iter()
            .map(|user| shown(world, user))
            .collect();
        HttpResponse::Ok().json(users)
    })
}

/// `PATCH /sandbox/api/users/{name}`.
pub(crate) async fn patch_user(
    shared: Data<Shared>,
    name: Path<String>,
    body: Bytes,
) -> HttpResponse {
    let change: UserChange = match serde_json::from_slice(&body) {
        Ok(change) => change,
        Err(error) => return bad_request(&error),
    };
    shared.change(|world, _| {
        if let Some(user) = world.kept.users.get_mut(&name) {
            user.change(change);
        }
        match world.kept.users.get(&name) {
            Some(user) => HttpResponse::Ok().json(shown(world, user)),
            None => no_such("account"),
        }
    })
}

/// `POST /sandbox/api/users/{name}/revoke`: the person withdraws every consent.
pub(crate) async fn revoke_user(shared: Data<Shared>, name: Path<String>) -> HttpResponse {
    shared.change(|world, _| {
        if world.kept.users.get(&name).is_none() {
            return no_such("account");
        }
        let revoked = world.kept.grants.revoke_user(&name);
        HttpResponse::Ok().json(json!({"revoked": revoked}))
    })
}

/// `POST /sandbox/api/users/{name}/expire`: the access tokens end now, the refresh tokens stay.
pub(crate) async fn expire_user(shared: Data<Shared>, name: Path<String>) -> HttpResponse {
    shared.change(|world, now| {
        if world.kept.users.get(&name).is_none() {
            return no_such("account");
        }
        let expired = world.kept.grants.expire_access_tokens(&name, now);
        HttpResponse::Ok().json(json!({"expired": expired}))
    })
}

/// `GET /sandbox/api/faults`: those that are set, and the names that can be.
pub(crate) async fn faults(shared: Data<Shared>) -> HttpResponse {
    let catalogue: Vec<_> = catalogue::ALL.iter().map(|fault| fault.name).collect();
    shared.with(|world, _| {
        HttpResponse::Ok().json(json!({"faults": world.faults.rules(), "catalogue": catalogue}))
    })
}

/// `POST /sandbox/api/faults`.
pub(crate) async fn set_fault(shared: Data<Shared>, body: Bytes) -> HttpResponse {
    let order: FaultOrder = match serde_json::from_slice(&body) {
        Ok(order) => order,
        Err(error) => return bad_request(&error),
    };
    shared.with(|world, _| match world.faults.set(order) {
        Ok(rule) => HttpResponse::Created().json(rule),
        Err(error) => bad_request(&error),
    })
}

/// `DELETE /sandbox/api/faults`: calls that hang go on.
pub(crate) async fn clear_faults(shared: Data<Shared>) -> HttpResponse {
    shared.with(|world, _| world.faults.clear_all());
    shared.announce();
    HttpResponse::NoContent().finish()
}

/// `DELETE /sandbox/api/faults/{id}`.
pub(crate) async fn clear_fault(shared: Data<Shared>, id: Path<u64>) -> HttpResponse {
    let was_there = shared.with(|world, _| world.faults.clear(*id));
    shared.announce();
    if was_there {
        HttpResponse::NoContent().finish()
    } else {
        no_such("fault")
    }
}

/// `GET /sandbox/api/answers`: the answers of the API that are set.
pub(crate) async fn answers(shared: Data<Shared>) -> HttpResponse {
    shared.with(|world, _| HttpResponse::Ok().json(world.answers.all()))
}

/// `PUT /sandbox/api/answers`: sets the answer for a method and a path.
pub(crate) async fn set_answer(shared: Data<Shared>, body: Bytes) -> HttpResponse {
    let answer: ApiAnswer = match serde_json::from_slice(&body) {
        Ok(answer) => answer,
        Err(error) => return bad_request(&error),
    };
    match shared.with(|world, _| world.answers.set(answer)) {
        Ok(()) => HttpResponse::NoContent().finish(),
        Err(error) => bad_request(&error),
    }
}

/// `DELETE /sandbox/api/answers`: removes them all. The files stay.
pub(crate) async fn clear_answers(shared: Data<Shared>) -> HttpResponse {
    shared.with(|world, _| world.answers.clear());
    HttpResponse::NoContent().finish()
}

/// Which part of the log is wanted.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct LogQuery {
    /// Only events with a greater id.
    after: u64,
    /// Waits up to so many milliseconds for the first of them.
    wait_ms: u64,
}

/// `GET /sandbox/api/log`: events, oldest first, and counters. With `after` and `wait_ms` a test waits for
/// something to happen without asking again and again.
pub(crate) async fn log(shared: Data<Shared>, query: Query<LogQuery>) -> HttpResponse {
    let mut news = shared.listen();
    let something_new = async {
        while shared.with(|world, _| world.journal.after(query.after).next().is_none()) {
            if news.changed().await.is_err() {
                return;
            }
        }
    };
    let longest = Duration::from_millis(query.wait_ms.min(LONGEST_WAIT));
    // Whether it happened or not is in the answer.
    let _ = tokio::time::timeout(longest, something_new).await;
    shared.with(|world, _| {
        let events: Vec<_> = world.journal.after(query.after).collect();
        let counters = world.journal.counters();
        HttpResponse::Ok().json(json!({"events": events, "counters": counters}))
    })
}

/// `DELETE /sandbox/api/log`.
pub(crate) async fn clear_log(shared: Data<Shared>) -> HttpResponse {
    shared.with(|world, _| world.journal.clear());
    HttpResponse::NoContent().finish()
}

/// How far the clock is moved.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    advance_seconds: u32,
}

/// `GET /sandbox/api/clock`.
pub(crate) async fn clock(shared: Data<Shared>) -> HttpResponse {
    let clock = &shared.clock;
    HttpResponse::Ok().json(json!({"now": clock.now(), "advanced_seconds": clock.advanced()}))
}

/// `POST /sandbox/api/clock`: the sandbox's time goes forward, and tokens expire.
pub(crate) async fn advance_clock(shared: Data<Shared>, body: Bytes) -> HttpResponse {
    match serde_json::from_slice::<Advance>(&body) {
        Ok(order) => shared.clock.advance(order.advance_seconds),
        Err(error) => return bad_request(&error),
    }
    clock(shared).await
}

/// `POST /sandbox/api/reset`: everything as at the very first start.
pub(crate) async fn reset(shared: Data<Shared>) -> HttpResponse {
    shared.reset();
    HttpResponse::NoContent().finish()
}
