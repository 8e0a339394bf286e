//! An app team's view: a small app with a page, a route and a setting, tested with `TestApp`.

use actix_web::web::{Form, Json};
use actix_web::{HttpRequest, HttpResponse};
use bff::{ApiError, App, AppData, Page, ProviderApi, RequireSignIn, SignedIn};
use bff::{blocking, resource, see_other};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{TestApp, check_pages};

async fn keep(SignedIn(session): SignedIn, Json(note): Json<String>) -> HttpResponse {
    let owner = session.user.username.clone().unwrap_or_default();
    HttpResponse::Ok().json(json!({ "owner": owner, "note": note }))
}

async fn page(_user: RequireSignIn, _page: Page, request: HttpRequest) -> HttpResponse {
    HttpResponse::Ok().body(request.path().to_owned())
}

#[derive(Deserialize)]
struct NoteSettings {
    max_length: usize,
}

#[derive(Deserialize)]
struct NewNote {
    text: String,
}

/// A form: 422 with the sentence about the error, 500 when the database fails, else 303.
async fn submit(
    user: RequireSignIn,
    page: Page,
    settings: AppData<NoteSettings>,
    Form(note): Form<NewNote>,
) -> Result<HttpResponse, ApiError> {
    let user = user.user_id()?;
    if note.text.len() > settings.max_length {
        let error = ApiError::new(422, "no_words_for_this", "Too long");
        let error = error.with_argument("max", settings.max_length);
        return Ok(HttpResponse::UnprocessableEntity()
            .content_type("text/plain; charset=utf-8")
            .body(page.problem_text(&error)));
    }
    let stored = blocking(move || match note.text.as_str() {
        "fail" => Err("the disk is full: secret-path"),
        _ => Ok(user),
    });
    Ok(see_other(&format!("/notes?of={}", stored.await?)))
}

/// Asks the provider about the user.
async fn ask(user: SignedIn, api: ProviderApi) -> Result<String, ApiError> {
    api.userinfo(&user.0).await?;
    user.user_id()
}

/// Sends the provider a question.
async fn chat(user: SignedIn, api: ProviderApi) -> Result<HttpResponse, ApiError> {
    let answer = api
        .post(&user.0, "/v1/chat", &json!({ "text": "hello" }))
        .await?;
    Ok(HttpResponse::Ok().json(answer))
}

/// Passes on what the provider answers, and the status of a refusal.
async fn models(user: SignedIn, api: ProviderApi) -> Result<HttpResponse, ApiError> {
    match api.get(&user.0, "/v1/models?limit=5").await {
        Ok(models) => Ok(HttpResponse::Ok().json(models)),
        Err(error) => match error.provider_status() {
            Some(status) => Ok(HttpResponse::Ok().json(json!({ "provider_status": status }))),
            None => Err(error),
        },
    }
}

fn app() -> App {
    App::new("notes")
        .provider(aihubmix::provider)
        .defaults("[notes]\n# The most bytes of a note.\nmax_length = 5\n")
        .settings::<NoteSettings>("notes")
        .routes(|config| {
            config
                .service(resource("/api/note").post(keep))
                .service(resource("/api/ask").get(ask))
                .service(resource("/api/models").get(models))
                .service(resource("/api/chat").post(chat))
                .service(resource("/notes").get(page).post(submit));
        })
}

#[tokio::test]
async fn each_signed_in_user_calls_the_routes_of_the_app() {
    let app = TestApp::start(app()).await;
    let (demo, ann) = (app.sign_in("demo").await, app.sign_in("ann").await);
    for (browser, owner) in [(&demo, "demo"), (&ann, "ann")] {
        let kept = browser.post("/api/note", &json!("milk")).await;
        assert_eq!(kept.status, 200, "{}", kept.text());
        assert_eq!(kept.json(), json!({ "owner": owner, "note": "milk" }));
        assert_eq!(browser.open("/notes").await.text(), "/notes");
    }
}

#[tokio::test]
async fn a_browser_that_is_not_signed_in_is_refused() {
    let app = TestApp::start(app()).await;
    let browser = app.browser();
    let refused = browser.post("/api/note", &json!("milk")).await;
    refused.is_problem(401, "not_authenticated");
    let page = browser.open("/notes").await;
    assert!(page.location().starts_with("/auth/oauth/start"));
}

#[tokio::test]
async fn a_variable_changes_a_setting_of_the_app() {
    let app = TestApp::with(app(), &[("BFF_SESSION__PERSISTENT_COOKIE", "false")]).await;
    app.sandbox.sign_in_as("demo").await;
    let browser = app.browser();
    let callback = browser.come_back("").await;
    let answer = browser.arrive(&callback).await;
    let cookie = answer.set_cookie("session").join("");
    assert!(!cookie.contains("Max-Age"), "{cookie}");
}

#[tokio::test]
async fn a_form_is_shown_again_or_redirects_and_a_failed_call_that_blocks_is_a_500() {
    let app = TestApp::with(app(), &[("BFF_NOTES__MAX_LENGTH", "4")]).await;
    let browser = app.sign_in("demo").await;
    let refused = browser.submit("/notes?lang=zh-Hant", "text=12345").await;
    assert_eq!(refused.status, 422);
    // The app has no words for this error, so the sentence is that of the status.
    assert_eq!(refused.text(), "無法理解這個請求");
    let id = browser.get("/api/ask").await.text();
    let kept = browser.submit("/notes", "text=1234").await;
    assert_eq!(kept.status, 303);
    assert_eq!(kept.location(), format!("/notes?of={id}"));
    let failed = browser.submit("/notes", "text=fail").await;
    assert_eq!(failed.status, 500);
    assert!(!failed.text().contains("secret-path"), "{}", failed.text());
    let gone = app.browser().submit("/notes", "text=1234").await;
    assert_eq!(gone.location(), "/auth/oauth/start?return_to=%2Fnotes");
}

#[tokio::test]
async fn the_provider_fails_as_the_test_orders() {
    let app = TestApp::start(app()).await;
    let browser = app.sign_in("demo").await;
    app.sandbox.break_always("userinfo", "html_502").await;
    let refused = browser.get("/api/ask").await;
    assert_eq!(refused.status, 503, "{}", refused.text());
    app.sandbox.mend().await;
    assert_eq!(browser.get("/api/ask").await.status, 200);
}

#[tokio::test]
async fn the_provider_answers_a_call_of_the_app_as_the_test_sets() {
    let app = TestApp::start(app()).await;
    let browser = app.sign_in("demo").await;
    let models = json!({ "data": [{ "id": "m" }] });
    app.sandbox
        .answer("GET", "/v1/models", 200, models.clone())
        .await;
    assert_eq!(browser.get("/api/models").await.json(), models);
    assert_eq!(app.sandbox.count("api_requests").await, 1);

    app.sandbox.expire_tokens("demo").await;
    assert_eq!(browser.get("/api/models").await.status, 200);
    assert_eq!(app.sandbox.count("refreshes").await, 1);
    app.sandbox
        .answer("GET", "/v1/models", 404, json!({}))
        .await;
    let gone = browser.get("/api/models").await;
    assert_eq!(gone.json(), json!({ "provider_status": 404 }));
    app.sandbox.break_once("api", "error_object_503").await;
    let down = browser.get("/api/models").await;
    down.is_problem(503, "provider_unavailable");
    assert_eq!(app.sandbox.api_calls("/v1/models").await[0], Value::Null);

    let hi = json!({ "text": "hi" });
    app.sandbox
        .answer("POST", "/v1/chat", 200, hi.clone())
        .await;
    assert_eq!(browser.post("/api/chat", &json!({})).await.json(), hi);
    let sent = app.sandbox.api_calls("/v1/chat").await;
    assert_eq!(sent, [json!({ "text": "hello" })]);
}

#[tokio::test]
async fn an_app_that_was_dropped_serves_no_more() {
    let app = TestApp::start(app()).await;
    let address = app.browser().address;
    drop(app);
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
}

#[tokio::test]
#[should_panic(expected = "BFF_SESSION__NO_SUCH_KEY")]
async fn a_setting_that_does_not_exist_fails_the_test() {
    TestApp::with(app(), &[("BFF_SESSION__NO_SUCH_KEY", "1")]).await;
}

#[test]
fn the_pages_of_an_app_without_templates_are_complete() {
    check_pages(&app());
}
