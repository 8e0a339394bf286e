//! The page at `/sessions`: the devices on which the user is signed in. It works without scripts. `/api/sessions` is the same for scripts.

use std::sync::Arc;

use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use serde_json::json;

use super::api_error::ApiError;
use super::auth::{form_value, signed_out_answer};
use super::body::InTime;
use super::moment::Moment;
use super::own_sessions::{self, End};
use super::page::{NotShown, Page, RequireSignIn, see_other};
use super::query::Query;
use super::session::CurrentSession;
use super::state::AppState;
use crate::domain::{ErrorCode, Session, SessionHandle, device_label};
use crate::flow::FlowError;

/// Path of the page.
const PATH: &str = "/sessions";
/// The field of the forms that says which session to end: the `id` of `/api/sessions`, or [`OTHERS`].
const END: &str = "end";
/// Ends all sessions of the user except that of this browser. No handle is this short.
const OTHERS: &str = "others";

/// A device in the list.
#[derive(Serialize)]
struct Device {
    id: SessionHandle,
    /// `None` when the browser was not recognised.
    name: Option<String>,
    is_current: bool,
    signed_in: Moment,
    seen: Moment,
}

/// `GET /sessions`: the user's own sessions, that of this browser first, then the newest login first.
pub async fn page(
    page: Page,
    session: Result<RequireSignIn, NotShown>,
    query: Query,
) -> Result<HttpResponse, NotShown> {
    let session = signed_in(session)?;
    let page = page.keeping(&["done"]);
    let state = page.state();
    let now = state.flows.sessions.now();
    let all = own_sessions::list(state, &session).await;
    let all = all.map_err(NotShown::Error)?;
    let unknown = device_label("");
    let mut devices: Vec<Device> = all
        .into_iter()
        .map(|other| Device {
            id: other.key.handle(),
            name: Some(other.device).filter(|name| *name != unknown),
            is_current: other.key == session.key,
            signed_in: Moment::new(other.created_at, now),
            seen: Moment::new(other.last_seen_at, now),
        })
        .collect();
    devices.sort_by_key(|device| !device.is_current);
    let done = match query.first("done") {
        Some("one") => Some("notice-device_ended"),
        Some(OTHERS) => Some("notice-others_ended"),
        _ => None,
    };
    let data = json!({ "devices": devices, "done": done });
    page.render("sessions.html", &data).map_err(NotShown::Error)
}

/// `POST /sessions`: ends one of the user's own sessions, or all others, as the field `end` of the form says. Sends the browser back to the list, or to
/// `/` when it ended its own session. A session that has already ended is no error, because the list may be older.
pub async fn end(
    request: HttpRequest,
    state: Data<AppState>,
    session: Result<RequireSignIn, NotShown>,
    current: CurrentSession,
    InTime(body): InTime<Bytes>,
) -> Result<HttpResponse, NotShown> {
    let which = which_to_end(&request, &body).map_err(NotShown::Error)?;
    let session = signed_in(session)?;
    let ended = end_as_asked(&request, &state, &session, &current, which).await;
    ended.map_err(NotShown::Error)
}

/// Returns the session. A browser that is signed out comes back to the list without a query, which is none of its own.
fn signed_in(found: Result<RequireSignIn, NotShown>) -> Result<Arc<Session>, NotShown> {
    found
        .map(|RequireSignIn(session)| session)
        .map_err(|why| match why {
            NotShown::SignIn(_) => NotShown::SignIn(PATH.to_owned()),
            error @ NotShown::Error(_) => error,
        })
}

fn which_to_end(request: &HttpRequest, body: &[u8]) -> Result<String, ApiError> {
    let which = form_value(request, body, END)?.filter(|which| !which.is_empty());
    Ok(which.ok_or(ErrorCode::BadRequest)?)
}

async fn end_as_asked(
    request: &HttpRequest,
    state: &AppState,
    session: &Session,
    current: &CurrentSession,
    which: String,
) -> Result<HttpResponse, ApiError> {
    if which == OTHERS {
        let ended = state.flows.logout.end_others(session).await;
        ended.map_err(FlowError::store)?;
        return Ok(see_other(&format!("{PATH}?done={OTHERS}")));
    }
    let ended = own_sessions::end(state, session, current, &SessionHandle::new(which)).await?;
    Ok(match ended {
        End::Here => signed_out_answer(request),
        End::Elsewhere | End::Unknown => see_other(&format!("{PATH}?done=one")),
    })
}
