//! The definition of an app: what it adds to the engine.

use actix_web::web::ServiceConfig;

use super::BuildError;
use crate::domain::provider::ProviderDefinition;
use crate::http::{ContentSources, Files, PageSettings, Routes};
use crate::provider::Identity;

/// An app on the engine: its name, its provider, its routes, and the external sources that its pages may load.
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
///         .provider(aihubmix::provider)
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
    provider: Option<ProviderDefinition>,
    pub(crate) routes: Vec<Routes>,
    pub(crate) content_sources: ContentSources,
    pub(crate) templates: Vec<Files>,
    pub(crate) static_files: Vec<Files>,
    pub(crate) languages: Vec<&'static str>,
}

impl App {
    /// Returns an app without provider, routes and sources. `name` is the name of the program on the command line, and the name under which other
    /// servers see it (`User-Agent`, `Via`). It is a token (RFC 9110 §5.6.2): letters, digits, `-`, `_`, `.`.
    #[must_use]
    pub fn new(name: &'static str) -> Self {
        Self {
            name,
            provider: None,
            routes: Vec::new(),
            content_sources: ContentSources::default(),
            templates: Vec::new(),
            static_files: Vec::new(),
            languages: Vec::new(),
        }
    }

    /// Sets the OAuth2 provider that signs users in, such as `aihubmix::provider`. The program does not start without one. For a provider that keeps
    /// to the standards, [`standard`](crate::provider::standard) returns the definition.
    #[must_use]
    pub fn provider(mut self, definition: impl FnOnce() -> ProviderDefinition) -> Self {
        self.provider = Some(definition());
        self
    }

    /// Returns the provider of the app.
    pub(crate) fn provider_definition(&self) -> Result<ProviderDefinition, BuildError> {
        self.provider.ok_or(BuildError::NoProvider)
    }

    /// Returns the name under which other servers see the app.
    pub(crate) fn identity(&self) -> Result<Identity, BuildError> {
        Identity::new(self.name).ok_or(BuildError::AppName)
    }

    /// Adds routes. The session layer, the cross-site check, the limits, the security headers, the rendering of errors and the log apply to them.
    /// They are matched before the engine's routes, so that a route at `/` replaces the engine's page. `routes` is called once for each worker thread.
    #[must_use]
    pub fn routes(mut self, routes: impl Fn(&mut ServiceConfig) + Send + Sync + 'static) -> Self {
        self.routes.push(Box::new(routes));
        self
    }

    /// Lays a folder of templates (`pages/`) and words (`i18n/`) over the engine's: `.templates(bff::embed!("templates"))`. A template replaces the
    /// engine's template with the same name, and can extend it as `engine/NAME`. A message replaces the engine's message with the same id. A new file
    /// `i18n/TAG.ftl` adds a language.
    #[must_use]
    pub fn templates(mut self, folder: Files) -> Self {
        self.templates.push(folder);
        self
    }

    /// Lays a folder of static files over the engine's: `.static_files(bff::embed!("static"))`. When there is a file `css/app.css`, every page loads
    /// it after the engine's styles.
    #[must_use]
    pub fn static_files(mut self, folder: Files) -> Self {
        self.static_files.push(folder);
        self
    }

    /// Sets the languages that pages offer, in this order. Without it pages offer every language that has a file, in the order of their tags.
    #[must_use]
    pub fn languages(mut self, tags: &[&'static str]) -> Self {
        self.languages = tags.to_vec();
        self
    }

    /// Returns the templates, words, static files and languages of the app, for tests that render pages.
    #[must_use]
    pub fn page_settings(&self) -> PageSettings {
        PageSettings {
            languages: self.languages.clone(),
            templates: self.templates.clone(),
            static_files: self.static_files.clone(),
            ..PageSettings::default()
        }
    }

    /// Adds sources to the Content-Security-Policy of pages. The program does not start when a source is invalid.
    #[must_use]
    pub fn csp(mut self, add: impl FnOnce(&mut ContentSources)) -> Self {
        add(&mut self.content_sources);
        self
    }
}
