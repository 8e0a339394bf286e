//! The web side: all routes and the order of middleware, on one page.
//!
//! A request passes, from the outside in: [`envelope`] (request id, log line, security headers, error rendering, panics), [`guard`] (who may
//! call), [`session`] (whose cookie it is), [`landing`] (the step onto our own ground), and then one handler, which extracts, calls one function of `flow`, and renders.

mod api;
mod auth;
mod body;
mod client;
mod context;
mod cookies;
mod csp_report;
mod draining;
mod envelope;
mod failure;
mod fields;
mod guard;
mod home;
mod landing;
mod limits;
mod ops;
pub mod pages;
mod policy;
mod proxy;
mod query;
mod routing;
mod session;
#[cfg(test)]
mod tests;

use actix_web::http::Method;
use actix_web::middleware::from_fn;
use actix_web::web::{self, Data, JsonConfig, PayloadConfig, ServiceConfig};
use url::Url;

pub use client::{Forwarded, is_trusted_proxy};
pub use cookies::RequestCookies;
pub use csp_report::CspReports;
pub use draining::Draining;
pub use envelope::envelope;
pub use limits::Limits;
pub use ops::configure_admin;
pub use pages::{PageError, PageSettings, Pages};
pub use session::SessionLayer;

use self::cookies::Cookies;
use self::failure::Failure;
use self::routing::{only, refuse};
use crate::audit;
use crate::domain::{ErrorCode, Language, ReturnTo};
use crate::flow::Flows;

/// The most bytes of a request body that this program reads itself.
const BODY_LIMIT: usize = 64 * 1024;

/// What the handlers work with.
pub struct Web {
    /// The use cases.
    pub flows: Flows,
    /// The pages.
    pub pages: Pages,
    /// Scheme, host and port that browsers know this program by; every absolute URL comes from here.
    pub public_origin: Url,
    /// The language of readers who say nothing.
    pub default_language: Language,
    /// Whether the session cookie outlives the browser.
    pub persistent_cookie: bool,
    /// The proxies whose `X-Forwarded-*` headers count.
    pub trusted_proxies: Vec<ipnet::IpNet>,
    /// What `/metrics` on the operator's listener answers.
    pub metrics: fn() -> String,
    /// The control page of the sandbox, while it is the provider.
    pub sandbox: Option<String>,
    /// Whether this process is about to stop.
    pub draining: Draining,
    /// Reports of broken Content-Security-Policies.
    pub csp_reports: CspReports,
}

impl Web {
    /// Whether cookies are `Secure` and HSTS is sent: the public origin is https.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.public_origin.scheme() == "https"
    }

    /// Our cookies on this origin.
    fn cookies(&self) -> Cookies {
        Cookies {
            secure: self.is_https(),
        }
    }

    /// The return address that a query asks for; `/` when it leads anywhere else or is too long.
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

/// The public routes. Wrap the app in [`envelope`] around this.
pub fn configure(config: &mut ServiceConfig, web: &Data<Web>) {
    let (get, head, post, delete) = (Method::GET, Method::HEAD, Method::POST, Method::DELETE);
    let with_head =
        |route: fn() -> actix_web::Route| vec![(get.clone(), route()), (head.clone(), route())];

    config
        .app_data(web.clone())
        .app_data(PayloadConfig::new(BODY_LIMIT))
        .app_data(
            JsonConfig::default()
                .limit(BODY_LIMIT)
                .error_handler(|error, _| Failure::of_body(&error).into()),
        )
        .service(only("/healthz", with_head(|| web::to(ops::healthz))))
        .service(only("/readyz", with_head(|| web::to(ops::readyz))))
        .service(only("/static/{path:.*}", with_head(|| web::to(ops::asset))))
        .service(only("/favicon.ico", with_head(|| web::to(ops::favicon))))
        .service(only(
            csp_report::PATH,
            vec![(post.clone(), web::to(csp_report::receive))],
        ))
        .service(
            web::scope("")
                .wrap(from_fn(landing::landing))
                .wrap(SessionLayer::new(web))
                .service(only("/", with_head(|| web::to(home::home))))
                .service(only("/topup", vec![(get.clone(), web::to(home::topup))]))
                .service(only(
                    "/auth/oauth/start",
                    vec![(get.clone(), web::to(auth::start))],
                ))
                .service(only(
                    "/oauth/callback",
                    vec![(get.clone(), web::to(auth::callback))],
                ))
                .service(only(
                    "/oauth/callback.html",
                    vec![(get.clone(), web::to(auth::callback))],
                ))
                .service(only(
                    "/auth/logout",
                    vec![(post.clone(), web::to(auth::log_out))],
                ))
                .service(only("/api/session", with_head(|| web::to(api::session))))
                .service(only(
                    "/api/sessions",
                    vec![(get.clone(), web::to(api::sessions))],
                ))
                .service(only(
                    "/api/sessions/{handle}",
                    vec![(delete, web::to(api::end_session))],
                ))
                .service(only(
                    "/api/user/info",
                    vec![(get.clone(), web::to(api::user_info))],
                ))
                .service(only(
                    "/api/user/refresh",
                    vec![(post.clone(), web::to(api::refresh))],
                ))
                .service(only(
                    "/api/user/topup",
                    vec![(get.clone(), web::to(api::topup))],
                ))
                .service(only(
                    "/api/oauth/exchange-token",
                    vec![(post.clone(), web::to(auth::exchange_token))],
                ))
                .service(only(
                    "/api/oauth/refresh-token",
                    vec![(post, web::to(api::refresh))],
                ))
                .service(only(
                    "/api/oauth/userinfo",
                    vec![(get, web::to(api::user_info))],
                ))
                .configure(|config| proxy::configure(config, web))
                .default_service(web::to(|| refuse(ErrorCode::NotFound))),
        );
}
