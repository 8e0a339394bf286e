//! What cannot be brought about from outside: faults of the program itself, in a handler and before one.

use std::sync::Arc;

use actix_web::body::{MessageBody, to_bytes};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::{Next, from_fn};
use actix_web::test::{TestRequest, init_service, try_call_service};
use actix_web::web::{self, Data};
use actix_web::{App, HttpResponse};
use serde_json::Value;
use url::Url;

use super::draining::Draining;
use super::{CspReports, PageSettings, Pages, Web, configure, envelope};
use crate::domain::Language;
use crate::flow::tests::support::{provider, replica};
use crate::store::{MemoryStore, SessionStore};

const CANARY: &str = "canary-of-a-fault";

async fn web() -> Data<Web> {
    let store: Arc<dyn SessionStore> = Arc::new(MemoryStore::default());
    Data::new(Web {
        flows: replica(&store, &provider().await),
        pages: Pages::load(PageSettings { title: None }).unwrap(),
        public_origin: Url::parse("https://app.test/").unwrap(),
        default_language: Language::En,
        persistent_cookie: true,
        trusted_proxies: Vec::new(),
        draining: Draining::default(),
        csp_reports: CspReports::default(),
        metrics: String::new,
        sandbox: None,
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

#[tokio::test]
async fn a_panic_is_an_error_like_any_other_and_the_next_request_is_served() {
    let web = web().await;
    let app = init_service(
        App::new()
            .app_data(web.clone())
            .wrap(from_fn(faulty_middleware))
            .wrap(from_fn(envelope))
            .route("/api/handler", web::get().to(faulty_handler))
            .route("/handler", web::get().to(faulty_handler))
            .configure(|config| configure(config, &web)),
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
