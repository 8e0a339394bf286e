//! What a handler of an app gets from [`ProviderApi`](super::ProviderApi), and what it answers with.

use std::sync::Arc;
use std::time::Duration;

use actix_web::test::{TestRequest, init_service, try_call_service};
use actix_web::web::Data;
use actix_web::{App, HttpResponse};
use serde_json::{Value, json};
use wiremock::matchers::{header, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::ProviderApi;
use crate::domain::Session;
use crate::flow::tests::support::{
    answer_refreshes, answer_userinfo, calls, provider, replica, tokens,
};
use crate::http::tests::state_over;
use crate::http::{ApiError, Routes, configure, resource, with_middleware};
use crate::store::{MemoryStore, SessionStore};

async fn models(api: ProviderApi, session: Data<Session>) -> Result<HttpResponse, ApiError> {
    match api.get(&session, "/v1/models?limit=2").await {
        Ok(models) => Ok(HttpResponse::Ok().json(models)),
        Err(error) if error.provider_status() == Some(404) => {
            Ok(HttpResponse::Ok().json(json!([])))
        }
        Err(error) => Err(error),
    }
}

async fn make(api: ProviderApi, session: Data<Session>) -> Result<HttpResponse, ApiError> {
    let made = api
        .within(Duration::from_millis(300))
        .post(&session, "/v1/models", &json!({ "name": "m" }))
        .await?;
    Ok(HttpResponse::Ok().json(made))
}

async fn name(api: ProviderApi, session: Data<Session>) -> Result<HttpResponse, ApiError> {
    let userinfo = match api.userinfo(&session).await {
        Ok(userinfo) => userinfo,
        Err(error) => match api.last_known_userinfo(&session) {
            Some(known) => known.userinfo,
            None => return Err(error),
        },
    };
    Ok(HttpResponse::Ok().json(userinfo.text("username")))
}

/// Sends a request to a program whose session has an access token that has just expired: `access-1` is the next one.
async fn ask(
    provider: &MockServer,
    requests: impl IntoIterator<Item = TestRequest>,
) -> Vec<(u16, Value, bool)> {
    let store: Arc<dyn SessionStore> = Arc::new(MemoryStore::default());
    let flows = replica(&store, provider);
    let session = Data::new(flows.refresher.session_at_expiry().await);
    let routes: Routes = Box::new(move |config| {
        config
            .app_data(session.clone())
            .service(resource("/api/models").get(models).post(make))
            .service(resource("/api/name").get(name));
    });
    let state = state_over(flows, vec![routes]);
    let app = init_service(
        with_middleware(App::new().app_data(state.clone()))
            .configure(|config| configure(config, &state)),
    )
    .await;
    let mut answers = Vec::new();
    for request in requests {
        let request = request.insert_header(("x-csrf", "1")).to_request();
        let answer = match try_call_service(&app, request).await {
            Ok(answer) => answer.into_parts().1.map_into_boxed_body(),
            Err(error) => error.error_response(),
        };
        let status = answer.status().as_u16();
        let forgets = answer.headers().contains_key("set-cookie");
        let body = actix_web::body::to_bytes(answer.into_body()).await;
        let body = serde_json::from_slice(&body.unwrap_or_default()).unwrap_or_default();
        answers.push((status, body, forgets));
    }
    answers
}

#[tokio::test]
async fn a_handler_gets_the_providers_json_with_a_fresh_token() {
    let provider = provider().await;
    answer_refreshes(&provider, 200, tokens(1), Duration::ZERO).await;
    Mock::given(path("/v1/models"))
        .and(header("authorization", "Bearer access-1"))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!([{ "id": "m" }])))
        .mount(&provider)
        .await;
    let answers = ask(
        &provider,
        [
            TestRequest::get().uri("/api/models"),
            TestRequest::post().uri("/api/models"),
        ],
    )
    .await;
    for (status, body, _) in answers {
        assert_eq!((status, body), (200, json!([{ "id": "m" }])));
    }
    let requests = provider.received_requests().await.unwrap();
    let posted = requests
        .iter()
        .find(|request| request.url.path() == "/v1/models" && request.method.as_str() == "POST");
    assert_eq!(posted.unwrap().body, br#"{"name":"m"}"#);
}

#[tokio::test]
async fn a_failure_of_the_provider_is_an_error_of_the_engine() {
    for (status, delay, code, answered) in [
        (503, 0, "provider_unavailable", 503),
        (404, 0, "provider_error", 502),
        (403, 0, "forbidden", 403),
        (200, 2_000, "provider_timeout", 504),
    ] {
        let provider = provider().await;
        answer_refreshes(&provider, 200, tokens(1), Duration::ZERO).await;
        let response = ResponseTemplate::new(status).set_delay(Duration::from_millis(delay));
        Mock::given(path("/v1/models"))
            .respond_with(response)
            .mount(&provider)
            .await;
        let answers = ask(&provider, [TestRequest::post().uri("/api/models")]).await;
        let (status, body, _) = &answers[0];
        assert_eq!((*status, &body["error"]), (answered, &json!(code)));
        assert_eq!(calls(&provider, "/v1/models").await, 1);
    }
}

#[tokio::test]
async fn an_ended_session_is_a_401_that_removes_the_cookie() {
    let provider = provider().await;
    let refusal = json!({ "error": "invalid_grant" });
    answer_refreshes(&provider, 400, refusal, Duration::ZERO).await;
    let answers = ask(&provider, [TestRequest::get().uri("/api/models")]).await;
    let (status, body, forgets) = &answers[0];
    assert_eq!((*status, &body["error"]), (401, &json!("session_expired")));
    assert!(forgets);
}

#[tokio::test]
async fn userinfo_is_known_while_the_provider_is_unavailable() {
    let provider = provider().await;
    answer_refreshes(&provider, 200, tokens(1), Duration::ZERO).await;
    let once = ResponseTemplate::new(200).set_body_json(json!({ "id": 7, "username": "demo" }));
    Mock::given(path("/api/oauth2/userinfo"))
        .respond_with(once)
        .up_to_n_times(1)
        .mount(&provider)
        .await;
    answer_userinfo(&provider, "access-1", 503, json!({})).await;
    let name = || TestRequest::get().uri("/api/name");
    for (status, body, _) in ask(&provider, [name(), name()]).await {
        assert_eq!((status, body), (200, json!("demo")));
    }
}

#[tokio::test]
async fn a_handler_sees_the_status_with_which_the_provider_refuses_a_call() {
    let provider = provider().await;
    answer_refreshes(&provider, 200, tokens(1), Duration::ZERO).await;
    for (status, expected) in [(404, 200), (409, 502), (500, 503)] {
        let _scoped = Mock::given(path("/v1/models"))
            .respond_with(ResponseTemplate::new(status))
            .mount_as_scoped(&provider)
            .await;
        let request = TestRequest::get().uri("/api/models");
        let answers = ask(&provider, [request]).await;
        assert_eq!(answers[0].0, expected, "{status}");
    }
}
