//! Faults that cannot be caused from outside: those of the program itself, in a handler and before one.

use std::sync::Arc;

use actix_web::body::{MessageBody, to_bytes};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::{Next, from_fn};
use actix_web::test::{TestRequest, init_service, try_call_service};
use actix_web::web::{self, Data};
use actix_web::{App, HttpResponse};
use serde_json::Value;
use url::Url;

use super::{
    ApiError, AppData, AppState, ContentSources, CspReports, Draining, Page, PageSettings, Pages,
    RequireSignIn, Routes, SignedIn, configure, resource, with_middleware,
};
use crate::config::AppValues;
use crate::domain::ClosedPaths;
use crate::domain::trace::Sampler;
use crate::flow::Flows;
use crate::flow::tests::support::{provider, replica};
use crate::store::{MemoryStore, SessionStore};

/// How long a page waits for the provider.
pub(in crate::http) const PAGE_WAIT: std::time::Duration = std::time::Duration::from_millis(250);

const CANARY: &str = "canary-of-a-fault";

async fn state() -> Data<AppState> {
    state_with(Vec::new()).await
}

pub(in crate::http) async fn state_with(routes: Vec<Routes>) -> Data<AppState> {
    let store: Arc<dyn SessionStore> = Arc::new(MemoryStore::default());
    state_over(replica(&store, &provider().await), routes)
}

/// The state of a program with these use cases and routes.
pub(super) fn state_over(flows: Flows, routes: Vec<Routes>) -> Data<AppState> {
    let mut app_values = AppValues::default();
    app_values.insert(Greeting("hello"));
    let mut sources = ContentSources::default();
    sources.img_src("https://cdn.example.com");
    Data::new(AppState {
        flows,
        pages: Pages::load(&PageSettings {
            default_language: "en".to_owned(),
            ..PageSettings::default()
        })
        .unwrap(),
        public_origin: Url::parse("https://app.test/").unwrap(),
        persistent_cookie: true,
        page_wait: PAGE_WAIT,
        trusted_proxies: Vec::new(),
        draining: Draining::default(),
        csp_reports: CspReports::default(),
        metrics: |_, _| String::new(),
        sampler: Sampler::default(),
        sandbox: None,
        routes,
        content_sources: sources,
        closed_paths: ClosedPaths::default(),
        errors: "",
        app_values,
    })
}

async fn faulty_handler() -> HttpResponse {
    panic!("{CANARY}")
}

async fn faulty_middleware(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    assert_ne!(request.path(), "/api/middleware", "{CANARY}");
    next.call(request).await
}

/// Covers: ASVS-3.4.4, ASVS-16.5.1, ASVS-16.5.4
#[tokio::test]
async fn a_panic_is_an_error_like_any_other_and_the_next_request_is_served() {
    let state = state().await;
    let app = init_service(
        with_middleware(
            App::new()
                .app_data(state.clone())
                .wrap(from_fn(faulty_middleware)),
        )
        .route("/api/handler", web::get().to(faulty_handler))
        .route("/handler", web::get().to(faulty_handler))
        .configure(|config| configure(config, &state)),
    )
    .await;
    for (path, status) in [
        ("/api/handler", 500),
        ("/api/middleware", 500),
        ("/handler", 500),
        ("/api/session", 200),
    ] {
        let request = TestRequest::get()
            .uri(path)
            .insert_header(("accept", "text/html"))
            .to_request();
        let response = match try_call_service(&app, request).await {
            Ok(answer) => answer.into_parts().1.map_into_boxed_body(),
            Err(error) => error.error_response(),
        };
        assert_eq!(response.status(), status, "{path}");
        let headers = response.headers().clone();
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("cross-origin-resource-policy", "same-origin"),
            ("referrer-policy", "no-referrer"),
            (
                "strict-transport-security",
                "max-age=63072000; includeSubDomains",
            ),
            ("cache-control", "no-store"),
        ] {
            let all: Vec<_> = headers.get_all(name).collect();
            assert_eq!(all, [value], "{name} of {path}");
        }
        assert_eq!(headers.get_all("content-security-policy").count(), 1);
        let id = headers.get("x-request-id").unwrap().to_str().unwrap();
        let body = to_bytes(response.into_body()).await.unwrap_or_default();
        let text = String::from_utf8_lossy(&body);
        assert!(!text.contains(CANARY), "{path}: {text}");
        if status == 500 {
            assert!(text.contains(id), "{path}: {text}");
        }
        if path.starts_with("/api/") && status == 500 {
            let problem: Value = serde_json::from_str(&text).unwrap();
            assert_eq!(problem["error"], "internal_error", "{path}");
        }
    }
}

struct Greeting(&'static str);

async fn greet(greeting: AppData<Greeting>) -> &'static str {
    greeting.0
}

async fn missing(_: AppData<u8>) -> &'static str {
    "never"
}

#[tokio::test]
async fn a_handler_gets_values_of_the_app_and_a_missing_one_is_500() {
    let routes: Routes = Box::new(|config| {
        config
            .service(resource("/api/greeting").get(greet))
            .service(resource("/api/missing").get(missing));
    });
    let state = state_with(vec![routes]).await;
    let app = with_middleware(App::new().app_data(state.clone()))
        .configure(|config| configure(config, &state));
    let app = init_service(app).await;
    for (path, status, body) in [
        ("/api/greeting", 200, "hello"),
        ("/api/missing", 500, "internal_error"),
    ] {
        let request = TestRequest::get()
            .uri(path)
            .insert_header(("sec-fetch-site", "same-origin"));
        let answer = try_call_service(&app, request.to_request()).await.unwrap();
        assert_eq!(answer.status(), status, "{path}");
        let text = to_bytes(answer.into_body()).await.unwrap_or_default();
        assert!(String::from_utf8_lossy(&text).contains(body), "{path}");
    }
}

async fn note(SignedIn(_): SignedIn) -> &'static str {
    "milk"
}

async fn too_long() -> Result<&'static str, ApiError> {
    Err(ApiError::new(422, "note_too_long", "The note is too long").with_argument("most", 140))
}

async fn front(page: Page) -> Result<HttpResponse, ApiError> {
    // Any template stands for one of an app.
    page.render_as(
        422,
        "continue.html",
        &serde_json::json!({ "target": "/notes" }),
    )
}

async fn members(_: RequireSignIn) -> &'static str {
    "for members"
}

#[tokio::test]
async fn routes_of_an_app_have_the_session_the_errors_and_the_headers_of_the_engines() {
    let routes: Routes = Box::new(|config| {
        config
            .service(resource("/").get(front))
            .service(resource("/api/note").get(note).post(too_long))
            .service(resource("/members").get(members))
            .service(resource("/note").get(too_long));
    });
    let state = state_with(vec![routes]).await;
    let app = init_service(
        with_middleware(App::new().app_data(state.clone()))
            .configure(|config| configure(config, &state)),
    )
    .await;
    let ask = async |request: TestRequest| {
        let answer = match try_call_service(&app, request.to_request()).await {
            Ok(answer) => answer.into_parts().1.map_into_boxed_body(),
            Err(error) => error.error_response(),
        };
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        assert!(headers.contains_key("x-request-id"));
        let body = to_bytes(answer.into_body()).await.unwrap_or_default();
        (status, headers, String::from_utf8_lossy(&body).into_owned())
    };
    let problem = |body: &str| serde_json::from_str::<Value>(body).unwrap();

    let (status, _, body) = ask(TestRequest::get().uri("/api/note")).await;
    assert_eq!(
        (status, &problem(&body)["error"]),
        (401, &"not_authenticated".into())
    );
    let (status, headers, _) = ask(TestRequest::delete()
        .uri("/api/note")
        .insert_header(("x-csrf", "1")))
    .await;
    assert_eq!(status, 405);
    assert_eq!(headers.get("allow").unwrap(), "GET, POST");
    let (status, _, body) = ask(TestRequest::post().uri("/api/note")).await;
    assert_eq!(
        (status, &problem(&body)["error"]),
        (403, &"csrf_rejected".into())
    );
    let post = TestRequest::post()
        .uri("/api/note")
        .insert_header(("x-csrf", "1"));
    let (status, _, body) = ask(post).await;
    let told = problem(&body);
    assert_eq!((status, &told["error"]), (422, &"note_too_long".into()));
    assert_eq!(told["title"], "The note is too long");
    let page = TestRequest::get()
        .uri("/note")
        .insert_header(("accept", "text/html"));
    let (status, headers, body) = ask(page).await;
    assert_eq!(status, 422);
    assert!(
        body.contains("We could not understand that request"),
        "{body}"
    );
    let policy = headers
        .get("content-security-policy")
        .unwrap()
        .to_str()
        .unwrap();
    assert!(
        policy.contains("img-src 'self' https://cdn.example.com; "),
        "{policy}"
    );
    // The app's page stands in place of the engine's, in the language that is asked for and remembered then.
    let (status, headers, body) = ask(TestRequest::get().uri("/?lang=ja")).await;
    assert_eq!(status, 422);
    assert!(
        body.contains("lang=\"ja\"") && body.contains("/notes"),
        "{body}"
    );
    let cookie = headers.get("set-cookie").unwrap().to_str().unwrap();
    assert!(cookie.starts_with("__Host-Http-language=ja; "), "{cookie}");
    let (status, headers, _) = ask(TestRequest::get().uri("/members?page=2")).await;
    assert_eq!(status, 303);
    assert_eq!(
        headers.get("location").unwrap(),
        "/auth/oauth/start?return_to=%2Fmembers%3Fpage%3D2"
    );
}
