//! [`AppState`]: what all handlers and layers share.

use std::time::Duration;

use actix_web::web::ServiceConfig;
use url::Url;

use super::content_sources::ContentSources;
use super::cookies::Cookies;
use super::csp_reports::CspReports;
use super::draining::Draining;
use super::pages::Pages;
use crate::audit;
use crate::config::AppValues;
use crate::domain::trace::Sampler;
use crate::domain::{ClosedPaths, ReturnTo};
use crate::flow::Flows;

/// Registers routes of an app.
pub type Routes = Box<dyn Fn(&mut ServiceConfig) + Send + Sync>;

/// Shared state of the handlers.
pub struct AppState {
    /// Routes of the app. They run inside the session layer.
    pub routes: Vec<Routes>,
    /// Paths that links of other sites must not open.
    pub closed_paths: ClosedPaths,
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
    /// Whether the session cookie outlives the browser.
    pub persistent_cookie: bool,
    /// How long a page waits for the provider before it is sent without the answer.
    pub page_wait: Duration,
    /// Networks of the trusted proxies: only their `X-Forwarded-*` headers are used.
    pub trusted_proxies: Vec<ipnet::IpNet>,
    /// Returns the body of `/metrics` on the operator's listener for this number of open event streams: OpenMetrics, or with `false` the text format
    /// 0.0.4.
    pub metrics: fn(bool, usize) -> String,
    /// Decides whether the spans of a request's trace are exported.
    pub sampler: Sampler,
    /// URL of the sandbox's control page. Set only while the sandbox is the provider.
    pub sandbox: Option<String>,
    /// What `/problems/{code}` says: a Markdown text with a section `### code` for each error code.
    pub errors: &'static str,
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
    pub(super) fn cookies(&self) -> Cookies {
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
        ReturnTo::parse(text, &self.public_origin, &self.closed_paths).unwrap_or_else(|bad| {
            audit::return_to_refused(bad.name());
            ReturnTo::default()
        })
    }
}
