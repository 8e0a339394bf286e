//! What the session layer does with the cookie and with the data of the app.

use actix_session::Session as AppSession;
use actix_web::body::to_bytes;
use actix_web::test::{TestRequest, init_service, try_call_service};
use actix_web::web::Data;
use actix_web::{App, HttpResponse};

use crate::domain::{EndCause, SessionId};
use crate::flow::FlowError;
use crate::flow::tests::support::signed_in;
use crate::http::tests::state_with;
use crate::http::{
    ApiError, AppState, CurrentSession, RequireSignIn, Routes, SignedIn, configure, resource,
    with_middleware,
};

/// Counts the calls of a session in the app's data.
async fn count(_: SignedIn, data: AppSession) -> Result<String, ApiError> {
    let calls = data.get::<u32>("calls").unwrap().unwrap_or_default() + 1;
    data.insert("calls", calls).unwrap();
    Ok(calls.to_string())
}

/// Stores data for every client, signed in or not.
async fn store_anyway(data: AppSession) -> &'static str {
    data.insert("calls", 1).unwrap();
    "stored"
}

async fn purge(data: AppSession) -> HttpResponse {
    data.purge();
    HttpResponse::NoContent().finish()
}

async fn end_by_error(_: SignedIn) -> Result<HttpResponse, ApiError> {
    Err(FlowError::SessionEnded(EndCause::RefreshRefused).into())
}

async fn state_only(_: CurrentSession) -> &'static str {
    "any"
}

async fn members(_: RequireSignIn) -> &'static str {
    "members"
}

async fn state() -> Data<AppState> {
    let routes: Routes = Box::new(|config| {
        config
            .service(resource("/api/count").get(count))
            .service(resource("/api/store").get(store_anyway))
            .service(resource("/api/purge").get(purge))
            .service(resource("/api/end").get(end_by_error))
            .service(resource("/api/any").get(state_only))
            .service(resource("/members").get(members));
    });
    state_with(vec![routes]).await
}

/// Sends a GET with the cookie of this session. Returns the status, the names of the cookies that the response removes, and the body.
async fn get(
    state: &Data<AppState>,
    path: &str,
    id: Option<&SessionId>,
) -> (u16, Vec<String>, String) {
    let app = with_middleware(App::new().app_data(state.clone()));
    let app = init_service(app.configure(|config| configure(config, state))).await;
    let mut request = TestRequest::get().uri(path);
    if let Some(id) = id {
        request = request.insert_header(("cookie", state.cookies().issued(id)));
    }
    let answer = try_call_service(&app, request.to_request()).await.unwrap();
    let (status, removed) = (
        answer.status().as_u16(),
        answer
            .headers()
            .get_all("set-cookie")
            .map(|cookie| cookie.to_str().unwrap())
            .filter(|cookie| cookie.contains("Max-Age=0"))
            .map(|cookie| cookie.split('=').next().unwrap().to_owned())
            .collect(),
    );
    let body = to_bytes(answer.into_body()).await.unwrap_or_default();
    (status, removed, String::from_utf8_lossy(&body).into_owned())
}

const REMOVED: [&str; 2] = ["__Host-Http-session", "__Host-Http-replaces"];

#[tokio::test]
async fn data_of_the_app_is_stored_in_the_session_and_ends_with_it() {
    let state = state().await;
    let (id, _) = signed_in(&state.flows).await;
    for calls in ["1", "2"] {
        let (status, removed, body) = get(&state, "/api/count", Some(&id)).await;
        assert_eq!((status, removed.len(), body.as_str()), (200, 0, calls));
    }
    let (status, removed, _) = get(&state, "/api/purge", Some(&id)).await;
    assert_eq!(
        (status, removed),
        (204, REMOVED.map(str::to_owned).to_vec())
    );
    let (status, _, body) = get(&state, "/api/count", Some(&id)).await;
    assert_eq!(status, 401);
    assert!(body.contains("not_authenticated"), "{body}");
}

#[tokio::test]
async fn data_is_not_stored_for_a_browser_that_is_not_signed_in() {
    let state = state().await;
    let (status, removed, body) = get(&state, "/api/store", None).await;
    assert_eq!((status, removed.len()), (500, 0));
    assert!(body.contains("internal_error"), "{body}");
}

#[tokio::test]
async fn an_error_that_says_that_the_session_ended_removes_the_cookie() {
    let state = state().await;
    let (id, _) = signed_in(&state.flows).await;
    let (status, removed, body) = get(&state, "/api/end", Some(&id)).await;
    assert_eq!(
        (status, removed),
        (401, REMOVED.map(str::to_owned).to_vec())
    );
    assert!(body.contains("refresh_refused"), "{body}");
}

#[tokio::test]
async fn the_cookie_of_an_ended_session_is_removed_by_the_response_that_says_so() {
    let state = state().await;
    for (path, status) in [("/api/count", 401), ("/members", 303)] {
        let (id, session) = signed_in(&state.flows).await;
        let ended = state
            .flows
            .logout
            .end_remotely(session, EndCause::EndedElsewhere);
        ended.await.unwrap();
        let (_, removed, _) = get(&state, "/api/any", Some(&id)).await;
        assert!(removed.is_empty(), "{path}");
        let (found, removed, _) = get(&state, path, Some(&id)).await;
        assert_eq!(found, status, "{path}");
        assert_eq!(removed, REMOVED, "{path}");
    }
}

#[tokio::test]
async fn the_session_is_loaded_once_and_all_extractors_share_it() {
    async fn share(first: CurrentSession, second: CurrentSession) -> Result<String, ApiError> {
        first.forget();
        Ok(format!("{}", second.live().is_some()))
    }
    let routes: Routes = Box::new(|config| {
        config.service(resource("/api/share").get(share));
    });
    let state = state_with(vec![routes]).await;
    let (id, _) = signed_in(&state.flows).await;
    let (status, removed, body) = get(&state, "/api/share", Some(&id)).await;
    assert_eq!((status, body.as_str()), (200, "true"));
    assert_eq!(removed, REMOVED);
}
