//! What an app adds to the engine.

use actix_web::web::ServiceConfig;

use crate::http::{ContentSources, Routes};

/// An app on the engine: its name, its routes, and what its pages may load from elsewhere.
///
/// ```no_run
/// use bff::{App, ApiError, SignedIn, resource};
///
/// async fn hello(SignedIn(session): SignedIn) -> Result<String, ApiError> {
///     session.user.username.ok_or_else(|| ApiError::new(404, "no_name", "The account has no name"))
/// }
///
/// fn app() -> App {
///     App::new("my-app")
///         .routes(|config| {
///             config.service(resource("/api/hello").get(hello));
///         })
///         .csp(|csp| {
///             csp.img_src("https://cdn.example.com");
///         })
/// }
///
/// fn main() -> std::process::ExitCode {
///     bff::run(app())
/// }
/// ```
pub struct App {
    pub(crate) name: &'static str,
    pub(crate) routes: Vec<Routes>,
    pub(crate) content_sources: ContentSources,
}

impl App {
    /// Returns an app that adds nothing yet. `name` is what its commands are called.
    #[must_use]
    pub fn new(name: &'static str) -> Self {
        Self {
            name,
            routes: Vec::new(),
            content_sources: ContentSources::default(),
        }
    }

    /// Adds routes. They lie inside the session layer, the cross-site rule, the limits, the security headers, the rendering of errors and the log, and
    /// come before the engine's own, so a route at `/` replaces the engine's page. Called once for each worker thread.
    #[must_use]
    pub fn routes(mut self, routes: impl Fn(&mut ServiceConfig) + Send + Sync + 'static) -> Self {
        self.routes.push(Box::new(routes));
        self
    }

    /// Adds sources to the Content-Security-Policy of pages. A source that cannot stand there stops the start.
    #[must_use]
    pub fn csp(mut self, add: impl FnOnce(&mut ContentSources)) -> Self {
        add(&mut self.content_sources);
        self
    }
}
