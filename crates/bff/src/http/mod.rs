//! The HTTP side: all routes and the order of the middleware.
//!
//! A request passes these layers from the outside in: [`envelope`] (request id, log line, security headers, error rendering, panics), [`guard`]
//! (refuses cross-site requests), [`session`] (resolves the session cookie), [`landing`] (same-site interstitial). Then one handler extracts its
//! input, calls one function of `flow`, and renders the response.

mod api;
mod api_error;
mod app_data;
mod auth;
mod body;
mod client;
mod context;
mod cookies;
mod csp_report;
mod draining;
mod envelope;
mod fields;
mod guard;
mod home;
mod landing;
mod limits;
mod ops;
mod page;
pub mod pages;
mod policy;
mod proxy;
mod query;
mod routing;
mod session;
#[cfg(test)]
mod tests;

use actix_web::middleware::from_fn;
use actix_web::web::{self, Data, JsonConfig, PayloadConfig, ServiceConfig};
use url::Url;

pub use api_error::ApiError;
pub use app_data::AppData;
pub use client::{Forwarded, is_trusted_proxy};
pub use cookies::RequestCookies;
pub use csp_report::CspReports;
pub use draining::Draining;
pub use envelope::envelope;
pub use limits::Limits;
pub use ops::configure_admin;
pub use page::{NotShown, Page, RequireSignIn};
pub use pages::{PageError, PageSettings, Pages};
pub use policy::ContentSources;
pub use routing::{Resource, resource};
pub use session::{Current, CurrentSession, SessionLayer, SignedIn};

use self::cookies::Cookies;
use self::routing::refuse;
use crate::audit;
use crate::config::AppValues;
use crate::domain::{ErrorCode, Language, ReturnTo};
use crate::flow::Flows;

/// Largest request body, in bytes, that this program reads into memory itself. Bodies that go to an upstream have their own limit.
const BODY_LIMIT: usize = 64 * 1024;

/// Registers routes of an app.
pub type Routes = Box<dyn Fn(&mut ServiceConfig) + Send + Sync>;

/// Shared state of the handlers.
pub struct AppState {
    /// Routes of the app. They run inside the session layer.
    pub routes: Vec<Routes>,
    /// Sources outside our origin that pages of the app may load from.
    pub content_sources: ContentSources,
    /// The settings sections of the app, and the values that it built at the start.
    pub app_values: AppValues,
    /// The use cases.
    pub flows: Flows,
    /// The pages.
    pub pages: Pages,
    /// Scheme, host and port under which browsers reach this program. Every absolute URL is built from it.
    pub public_origin: Url,
    /// Language of pages for a browser that asks for no language we have.
    pub default_language: Language,
    /// Whether the session cookie outlives the browser.
    pub persistent_cookie: bool,
    /// Networks of the trusted proxies: only their `X-Forwarded-*` headers are used.
    pub trusted_proxies: Vec<ipnet::IpNet>,
    /// Returns the body of `/metrics` on the operator's listener.
    pub metrics: fn() -> String,
    /// URL of the sandbox's control page. Set only while the sandbox is the provider.
    pub sandbox: Option<String>,
    /// Whether graceful shutdown of this process has begun.
    pub draining: Draining,
    /// Counts the reports of Content-Security-Policy violations.
    pub csp_reports: CspReports,
}

impl AppState {
    /// Returns whether the public origin is https. Then cookies are `Secure` and HSTS is sent.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.public_origin.scheme() == "https"
    }

    /// Returns the names and attributes of our cookies on this origin.
    fn cookies(&self) -> Cookies {
        Cookies {
            secure: self.is_https(),
        }
    }

    /// Parses the return address that a query asks for. Returns `/` when it is too long or leads outside our origin.
    #[must_use]
    pub fn return_to(&self, text: Option<&str>) -> ReturnTo {
        let Some(text) = text else {
            return ReturnTo::default();
        };
        ReturnTo::parse(text, &self.public_origin).unwrap_or_else(|bad| {
            audit::return_to_refused(bad.name());
            ReturnTo::default()
        })
    }
}

/// Registers the public routes. The caller wraps the app in [`envelope`].
pub fn configure(config: &mut ServiceConfig, web: &Data<AppState>) {
    config
        .app_data(web.clone())
        .app_data(PayloadConfig::new(BODY_LIMIT))
        .app_data(
            JsonConfig::default()
                .limit(BODY_LIMIT)
                .error_handler(|error, _| ApiError::of_body(&error).into()),
        )
        .service(resource("/healthz").get(ops::healthz).head(ops::healthz))
        .service(resource("/readyz").get(ops::readyz).head(ops::readyz))
        .service(
            resource("/static/{path:.*}")
                .get(ops::asset)
                .head(ops::asset),
        )
        .service(
            resource("/favicon.ico")
                .get(ops::favicon)
                .head(ops::favicon),
        )
        .service(resource("/csp-report").post(csp_report::receive))
        .service(
            web::scope("")
                .wrap(from_fn(landing::landing))
                .wrap(SessionLayer::new(web))
                // Registered first, so that an app can replace a page of the engine.
                .configure(|config| web.routes.iter().for_each(|routes| routes(config)))
                .configure(with_session)
                .configure(|config| proxy::configure(config, web))
                .default_service(web::to(|| refuse(ErrorCode::NotFound))),
        );
}

/// Registers the engine's routes inside the session layer.
fn with_session(config: &mut ServiceConfig) {
    config
        .service(resource("/").get(home::home).head(home::home))
        .service(resource("/topup").get(home::topup))
        .service(resource("/auth/oauth/start").get(auth::start))
        .service(resource("/oauth/callback").get(auth::callback))
        .service(resource("/oauth/callback.html").get(auth::callback))
        .service(resource("/auth/logout").post(auth::log_out))
        .service(
            resource("/api/session")
                .get(api::session)
                .head(api::session),
        )
        .service(resource("/api/sessions").get(api::sessions))
        .service(resource("/api/sessions/{handle}").delete(api::end_session))
        .service(resource("/api/user/info").get(api::user_info))
        .service(resource("/api/user/refresh").post(api::refresh))
        .service(resource("/api/user/topup").get(api::topup))
        .service(resource("/api/oauth/exchange-token").post(auth::exchange_token))
        .service(resource("/api/oauth/refresh-token").post(api::refresh))
        .service(resource("/api/oauth/userinfo").get(api::user_info));
}
