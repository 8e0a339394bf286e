//! The definition of an app: what it adds to the engine.

use actix_web::web::ServiceConfig;

use crate::http::{ContentSources, Routes};

/// An app on the engine: its name, its routes, and the external sources that its pages may load.
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
    /// Returns an app without routes and sources. `name` is the name of the program on the command line.
    #[must_use]
    pub fn new(name: &'static str) -> Self {
        Self {
            name,
            routes: Vec::new(),
            content_sources: ContentSources::default(),
        }
    }

    /// Adds routes. The session layer, the cross-site check, the limits, the security headers, the rendering of errors and the log apply to them.
    /// They are matched before the engine's routes, so that a route at `/` replaces the engine's page. `routes` is called once for each worker thread.
    #[must_use]
    pub fn routes(mut self, routes: impl Fn(&mut ServiceConfig) + Send + Sync + 'static) -> Self {
        self.routes.push(Box::new(routes));
        self
    }

    /// Adds sources to the Content-Security-Policy of pages. The program does not start when a source is invalid.
    #[must_use]
    pub fn csp(mut self, add: impl FnOnce(&mut ContentSources)) -> Self {
        add(&mut self.content_sources);
        self
    }
}
