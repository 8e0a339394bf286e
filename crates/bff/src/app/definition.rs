//! The definition of an app: what it adds to the engine.

use std::any::type_name;
use std::error::Error;

use actix_web::web::ServiceConfig;
use serde::de::DeserializeOwned;

use super::error::BuildError;
use crate::config::{AppSettings, AppValues, Config, Sources};
use crate::domain::ClosedPaths;
use crate::domain::provider::ProviderDefinition;
use crate::http::{ContentSources, Files, PageError, PageSample, PageSettings, Pages, Routes};
use crate::provider::Identity;

/// Builds one value of the app and adds it.
pub(super) type BuildValue = Box<dyn FnOnce(&mut AppValues) -> Result<(), BuildError> + Send>;

/// An app on the engine: its name, its provider, its settings, its routes, and the external sources that its pages may load.
///
/// ```no_run
/// use bff::{App, ApiError, SignedIn, resource};
///
/// async fn hello(SignedIn(session): SignedIn) -> Result<String, ApiError> {
///     session.user.username.clone().ok_or_else(|| ApiError::new(404, "no_name", "The account has no name"))
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
///
/// # Settings of the app
///
/// A key of the app has two places: a line in the app's defaults, and a field of a struct. The engine reads the section from all sources (files,
/// `BFF_NOTES__MAX_LENGTH`, `BFF_NOTES__MAX_LENGTH_FILE`), refuses unknown keys, and reports all faults together with its own. Handlers get the struct
/// as [`AppData`](crate::AppData).
///
/// ```no_run
/// use bff::{App, AppData, AppValues, Secret, resource};
/// use serde::Deserialize;
///
/// // In an app: include_str!("../config/default.toml")
/// const DEFAULTS: &str = r#"
/// [notes]
///
/// # The most characters of a note.
/// max_length = 500
///
/// # The password of the note service. None: no password.
/// password = ""
/// "#;
///
/// #[derive(Deserialize)]
/// struct NoteSettings {
///     max_length: usize,
///     password: Option<Secret>,
/// }
///
/// /// Stands for a database pool or a client.
/// struct NoteService {
///     password: Option<Secret>,
/// }
///
/// fn connect(values: &AppValues) -> Result<NoteService, Box<dyn std::error::Error + Send + Sync>> {
///     let settings = values.get::<NoteSettings>()?;
///     Ok(NoteService { password: settings.password.clone() })
/// }
///
/// async fn limits(settings: AppData<NoteSettings>, service: AppData<NoteService>) -> String {
///     format!("{} characters, password: {}", settings.max_length, service.password.is_some())
/// }
///
/// fn app() -> App {
///     App::new("my-app")
///         .defaults(DEFAULTS)
///         .settings::<NoteSettings>("notes")
///         .data(connect)
///         .routes(|config| {
///             config.service(resource("/api/limits").get(limits));
///         })
/// }
/// # drop(app());
/// ```
pub struct App {
    pub(crate) name: &'static str,
    provider: Option<ProviderDefinition>,
    settings: AppSettings,
    pub(super) data: Vec<BuildValue>,
    pub(crate) routes: Vec<Routes>,
    pub(crate) content_sources: ContentSources,
    pub(crate) closed_paths: ClosedPaths,
    pub(crate) templates: Vec<Files>,
    pub(crate) static_files: Vec<Files>,
    pub(crate) languages: Vec<&'static str>,
    pub(crate) errors: &'static str,
    samples: Vec<fn() -> Vec<PageSample>>,
}

impl App {
    /// Returns an app without provider, routes and sources. `name` is the name of the program on the command line, and the name under which other
    /// servers see it (`User-Agent`, `Via`). It is a token (RFC 9110 §5.6.2): letters, digits, `-`, `_`, `.`.
    #[must_use]
    pub fn new(name: &'static str) -> Self {
        Self {
            name,
            provider: None,
            settings: AppSettings::default(),
            data: Vec::new(),
            routes: Vec::new(),
            content_sources: ContentSources::default(),
            closed_paths: ClosedPaths::default(),
            templates: Vec::new(),
            static_files: Vec::new(),
            languages: Vec::new(),
            errors: "",
            samples: Vec::new(),
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

    /// Sets the app's defaults: a TOML text with a comment above each key, such as `include_str!("../config/default.toml")`.
    ///
    /// A key of the engine gets another default. Every other key is a key of the app: it exists because it is in this text, and [`settings`](Self::settings)
    /// must read its section.
    #[must_use]
    pub fn defaults(mut self, text: &'static str) -> Self {
        self.settings.set_defaults(text);
        self
    }

    /// Reads a section of the settings into a `T`: the keys that the app's [`defaults`](Self::defaults) define in this section. The name may be that
    /// of a section of the engine; then `T` gets only the app's keys.
    ///
    /// The program does not start when a value is not valid, when a key has no field or a field no key, or when the section has no defaults. A type of
    /// the app that checks its text reports `problem; remedy` by `serde::de::Error::custom`. For a duration such as `7d` write
    /// `#[serde(with = "bff::config::duration")]`, for a secret the type [`Secret`](crate::Secret).
    #[must_use]
    pub fn settings<T: DeserializeOwned + Send + Sync + 'static>(
        mut self,
        section: &'static str,
    ) -> Self {
        self.settings.add_section::<T>(section);
        self
    }

    /// Builds a value of the app at the start, such as a database pool. `build` gets the settings and the values that were built before. An error stops
    /// the start. Handlers get the value as [`AppData`](crate::AppData).
    #[must_use]
    pub fn data<T, E>(
        mut self,
        build: impl FnOnce(&AppValues) -> Result<T, E> + Send + 'static,
    ) -> Self
    where
        T: Send + Sync + 'static,
        E: Into<Box<dyn Error + Send + Sync>>,
    {
        self.data.push(Box::new(|values| {
            let failed = |reason| BuildError::AppData {
                type_name: type_name::<T>(),
                reason,
            };
            let value = build(values).map_err(|error| failed(error.into()))?;
            if values.insert(value) {
                return Ok(());
            }
            Err(failed(
                "there is one already; wrap it in a type of its own".into(),
            ))
        }));
        self
    }

    /// Adds the app's defaults and sections to the sources of the configuration.
    #[must_use]
    pub fn add_settings_to(&self, sources: Sources) -> Sources {
        Sources {
            app: self.settings.clone(),
            ..sources
        }
    }

    /// Adds a feature: a function that adds its settings, data and routes.
    #[must_use]
    pub fn with(self, feature: impl FnOnce(Self) -> Self) -> Self {
        feature(self)
    }

    /// Adds routes. The session layer, the cross-site check, the limits, the security headers, the rendering of errors and the log apply to them.
    /// They are matched before the engine's routes, so that a route at `/` replaces the engine's page. These paths stay the engine's: `/static/…`,
    /// `/problems/…`, `/favicon.ico`, `/csp-report`, `/healthz`, `/readyz`. `routes` is called once for each worker thread.
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

    /// Lays a folder of static files over the engine's: `.static_files(bff::embed!("static"))`. A file `css/app.css` comes after the
    /// engine's styles in the style sheet of every page.
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

    /// Adds states of the app's pages, which `templates check` and [`Pages::check`] render in every language.
    #[must_use]
    pub fn page_samples(mut self, samples: fn() -> Vec<PageSample>) -> Self {
        self.samples.push(samples);
        self
    }

    /// Compiles the templates and reads the words, for the program and for tests that render pages.
    ///
    /// # Errors
    /// [`PageError`] names the faulty file.
    pub fn pages(&self, config: &Config) -> Result<Pages, PageError> {
        Pages::load(&PageSettings {
            title: config.ui.title.clone(),
            support_url: config.ui.support_url.clone(),
            is_listed: !config.ui.noindex,
            origin: Some(config.public_origin()),
            default_language: config.ui.default_language.clone(),
            languages: self.languages.clone(),
            templates: self.templates.clone(),
            static_files: self.static_files.clone(),
            overlay: config.ui.overlay.clone(),
            samples: self.samples.clone(),
            is_development: config.profile.is_development(),
        })
    }

    /// Closes a path to links of other sites (403), such as a page that acts when it is opened. A path that ends with `/` closes all paths below it.
    /// A login does not return to a closed path. `/api/`, `/auth/` and `/oauth/` are always closed.
    #[must_use]
    pub fn closed_to_links(mut self, path: &'static str) -> Self {
        self.closed_paths.close(path);
        self
    }

    /// Sets the document of errors: Markdown with a section `### code` for each error code, which `/problems/{code}` shows (RFC 9457 §3.1.1).
    #[must_use]
    pub fn errors(mut self, document: &'static str) -> Self {
        self.errors = document;
        self
    }

    /// Adds sources to the Content-Security-Policy of pages. The program does not start when a source is invalid.
    #[must_use]
    pub fn csp(mut self, add: impl FnOnce(&mut ContentSources)) -> Self {
        add(&mut self.content_sources);
        self
    }
}

/// Builds the values of the app, in the order in which it names them. Returns them together with the settings.
pub(super) fn build_values(
    data: Vec<BuildValue>,
    settings: &AppValues,
) -> Result<AppValues, BuildError> {
    let mut values = settings.clone();
    for build in data {
        build(&mut values)?;
    }
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::MissingValue;

    #[derive(Debug, PartialEq)]
    struct One(u32);
    #[derive(Debug, PartialEq)]
    struct Next(u32);

    fn built(app: App) -> Result<AppValues, String> {
        build_values(app.data, &AppValues::default()).map_err(|error| error.to_string())
    }

    #[test]
    fn a_value_is_built_from_those_before_it() {
        let next = |values: &AppValues| Ok::<_, MissingValue>(Next(values.get::<One>()?.0 + 1));
        let app = App::new("my-app").data(|_| Ok::<_, String>(One(1)));
        let values = built(app.data(next)).unwrap();
        assert_eq!(values.get::<Next>(), Ok(&Next(2)));

        let error = built(App::new("my-app").data(next)).unwrap_err();
        assert!(error.starts_with("App::data: cannot build "), "{error}");
        assert!(
            error.contains("::Next: ") && error.contains("::One; add it"),
            "{error}"
        );
    }

    #[test]
    fn an_error_and_a_second_value_of_one_type_stop_the_start() {
        let failing = App::new("my-app").data(|_| Err::<One, _>("the database is away"));
        let error = built(failing).unwrap_err();
        assert!(error.ends_with("::One: the database is away"), "{error}");
        let one = |_: &AppValues| Ok::<_, String>(One(1));
        let error = built(App::new("my-app").data(one).data(one)).unwrap_err();
        assert!(error.ends_with("wrap it in a type of its own"), "{error}");
    }
}
