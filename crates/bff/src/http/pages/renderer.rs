//! [`Pages`]: compiles the templates once, and renders each page.

use std::sync::Arc;

use serde::Serialize;
use tera::{Context, Value};

use super::assets::Assets;
use super::engine::Engine;
use super::error::PageError;
use super::files::Files;
use super::frame::{Frame, Home, PopupOutcome};
use super::kept::{self, KeptPage, KeptPages, Key};
use super::language::{Language, Languages};
use super::notice::{Notice, NoticeView};
use super::overlay::Overlay;
use super::problem::Problem;
use super::sample::PageSample;
use super::target::LocalTarget;
use super::theme::Theme;

/// What the app and the configuration decide about the pages.
#[derive(Clone, Default)]
pub struct PageSettings {
    /// The title. When it is absent, the words contain the title.
    pub title: Option<String>,
    /// Where every "contact us" leads. When it is absent, pages have no such sentence.
    pub support_url: Option<String>,
    /// Whether search engines may list the page at `/`. They are asked to leave out every other page.
    pub is_listed: bool,
    /// The public origin without a slash at the end, for addresses that must be absolute. When it is absent, pages have none.
    pub origin: Option<String>,
    /// The tag of the language of pages for a browser that asks for no language we have.
    pub default_language: String,
    /// The tags of the languages that pages offer, in this order. Empty: all languages that have a file.
    pub languages: Vec<&'static str>,
    /// Folders of templates and words of the app (`pages/` and `i18n/`).
    pub templates: Vec<Files>,
    /// Folders of static files of the app.
    pub static_files: Vec<Files>,
    /// The folder of the operator that is laid over all templates, words and static files.
    pub overlay: Option<String>,
    /// States of the app's pages, for [`Pages::check`].
    pub samples: Vec<fn() -> Vec<PageSample>>,
    /// Whether the overlay is read again when it changes, and the faults of templates are shown on the page.
    pub is_development: bool,
}

/// The renderer. It is created once at the start and shared by all requests.
pub struct Pages {
    pub(super) engine: Engine,
    pub(super) languages: Languages,
    title: Option<String>,
    pub(super) support_url: Option<String>,
    is_listed: bool,
    is_development: bool,
    pub(super) app_samples: Vec<fn() -> Vec<PageSample>>,
    origin: Option<String>,
    /// The languages and the themes as the templates see them.
    languages_shown: Value,
    themes: Value,
    kept: KeptPages,
}

impl Pages {
    /// Compiles the templates and reads the words.
    ///
    /// # Errors
    /// Returns a [`PageError`] that names the faulty file.
    pub fn load(settings: &PageSettings) -> Result<Self, PageError> {
        let overlay = settings.overlay.as_ref();
        let overlay = overlay.map(|folder| Overlay::open(folder, settings.is_development));
        let overlay = overlay.transpose()?.map(Arc::new);
        let assets = Assets::new(&settings.static_files, overlay.as_ref());
        let engine = Engine::load(&settings.templates, overlay.as_ref(), assets)?;
        let words = engine.words()?;
        let languages = words.languages(&settings.languages, &settings.default_language)?;
        let shown: Vec<_> = languages.all().iter().map(LanguageView::from).collect();
        Ok(Self {
            languages_shown: Value::from_serializable(&shown),
            themes: Value::from_serializable(&Theme::ALL.map(Theme::name)),
            languages,
            engine,
            title: settings.title.clone(),
            support_url: settings.support_url.clone(),
            is_listed: settings.is_listed,
            is_development: settings.is_development,
            app_samples: settings.samples.clone(),
            origin: settings.origin.clone(),
            kept: KeptPages::default(),
        })
    }

    /// Returns the same for many pages in a row: it does not look for changed files.
    pub(super) fn fixed(&self) -> Self {
        Self {
            engine: self.engine.fixed(),
            languages: self.languages.clone(),
            title: self.title.clone(),
            support_url: self.support_url.clone(),
            is_listed: self.is_listed,
            is_development: self.is_development,
            app_samples: self.app_samples.clone(),
            origin: self.origin.clone(),
            languages_shown: self.languages_shown.clone(),
            themes: self.themes.clone(),
            kept: KeptPages::default(),
        }
    }

    /// Returns the languages of the pages.
    #[must_use]
    pub const fn languages(&self) -> &Languages {
        &self.languages
    }

    /// Returns whether the faults of templates are shown on the page.
    #[must_use]
    pub const fn shows_faults(&self) -> bool {
        self.is_development
    }

    /// Returns whether search engines may list the page at `/`.
    #[must_use]
    pub const fn is_listed(&self) -> bool {
        self.is_listed
    }

    /// Returns the static files.
    #[must_use]
    pub const fn assets(&self) -> &Assets {
        self.engine.assets()
    }

    /// Renders the page at `/` by its `template`, with the fields of `data`.
    ///
    /// # Errors
    /// Returns [`PageError::Template`] when a template uses a value that it was not given.
    pub fn home(
        &self,
        frame: &Frame<'_>,
        home: Home<'_>,
        notice: Option<Notice>,
        template: &str,
        data: &impl Serialize,
    ) -> Result<String, PageError> {
        let mut context = self.context(frame);
        context.insert("state", home.name());
        context.insert("noindex", &!self.is_listed);
        context.insert("notice", &self.notice(frame.language, notice));
        if let Some(Notice::Error(error)) = notice {
            // Keeps the notice in the URL, so that it is still shown after a change of language.
            context.insert("keep", &format!("&error={}", error.code()));
        }
        insert_fields(&mut context, data);
        self.engine.render(template, frame.language.tag(), &context)
    }

    /// Renders the page at `/` for a browser without a live session. Each such page is rendered once, unless templates may
    /// change.
    ///
    /// # Errors
    /// Returns [`PageError::Template`] when a template uses a value that it was not given.
    pub fn home_without_user(
        &self,
        frame: &Frame<'_>,
        home: Home<'_>,
        notice: Option<Notice>,
        template: &str,
    ) -> Result<String, PageError> {
        let key = Key::new(frame, home, notice);
        let Some(key) = key.filter(|_| !self.engine.looks_again()) else {
            return self.home(frame, home, notice, template, &());
        };
        if let Some(page) = self.kept.find(&key) {
            return Ok(page.fill(frame.nonce, frame.request_id));
        }
        let page = Arc::new(self.to_keep(frame, home, notice, template)?);
        self.kept.keep(key, &page);
        Ok(page.fill(frame.nonce, frame.request_id))
    }

    /// Renders the page at `/` to be kept.
    pub(super) fn to_keep(
        &self,
        frame: &Frame<'_>,
        home: Home<'_>,
        notice: Option<Notice>,
        template: &str,
    ) -> Result<KeptPage, PageError> {
        let frame = Frame {
            nonce: kept::NONCE,
            request_id: kept::REQUEST_ID,
            ..*frame
        };
        let rendered = self.home(&frame, home, notice, template, &())?;
        Ok(KeptPage::new(&rendered))
    }

    /// Renders a page of an app: its template with the fields of `data`.
    ///
    /// # Errors
    /// Returns [`PageError::Template`] when there is no such template, or it uses a value that it was not given.
    pub fn custom(
        &self,
        frame: &Frame<'_>,
        template: &str,
        data: &impl Serialize,
    ) -> Result<String, PageError> {
        let mut context = self.context(frame);
        insert_fields(&mut context, data);
        self.engine.render(template, frame.language.tag(), &context)
    }

    /// Renders the page for a navigation that failed.
    ///
    /// # Errors
    /// Returns [`PageError::Template`] when a template uses a value that it was not given.
    pub fn problem(&self, frame: &Frame<'_>, problem: &Problem<'_>) -> Result<String, PageError> {
        let mut context = self.context(frame);
        context.insert("status", &problem.status);
        let words = self.engine.words()?;
        let sentence = |suffix: &str| problem.sentence(&words, frame.language, suffix);
        context.insert("heading", &sentence(""));
        context.insert("hint", &sentence(".hint"));
        let contact = self.support_url.as_ref().and_then(|_| sentence(".contact"));
        context.insert("contact", &contact);
        context.insert("retry", &problem.retry.map(LocalTarget::as_str));
        self.engine
            .render("problem.html", frame.language.tag(), &context)
    }

    /// Returns the sentence about a problem in this language, without a page around it. Logs when the words have none for its code, because an app
    /// that shows it in a form has forgotten the text.
    pub(in crate::http) fn sentence(
        &self,
        language: &Language,
        problem: &Problem<'_>,
    ) -> Option<String> {
        let words = self.engine.words().ok()?;
        problem.own_sentence(&words, language, "").or_else(|| {
            let id = format!("problem-{}", problem.code);
            tracing::warn!(event = "text_missing", id, "a text of the app is missing");
            problem.sentence(&words, language, "")
        })
    }

    /// Renders the same-site interstitial, which navigates to `target`. It is needed because browsers omit `SameSite=Strict` cookies on a chain of
    /// redirects that another site started. They send them on the navigation from this page.
    ///
    /// # Errors
    /// Returns [`PageError::Template`] when a template uses a value that it was not given.
    pub fn continue_to(
        &self,
        frame: &Frame<'_>,
        target: LocalTarget<'_>,
    ) -> Result<String, PageError> {
        let mut context = self.context(frame);
        context.insert("target", target.as_str());
        self.engine
            .render("continue.html", frame.language.tag(), &context)
    }

    /// Renders the last page of a pop-up login. It sends the outcome to the page that opened it and closes itself.
    ///
    /// # Errors
    /// Returns [`PageError::Template`] when a template uses a value that it was not given.
    pub fn popup_result(
        &self,
        frame: &Frame<'_>,
        outcome: PopupOutcome<'_>,
    ) -> Result<String, PageError> {
        let (return_to, notice) = match outcome {
            PopupOutcome::Success { return_to } => (return_to, None),
            PopupOutcome::Error(error) => (LocalTarget::HOME, Some(Notice::Error(error))),
        };
        let notice = self.notice(frame.language, notice);
        let mut context = self.context(frame);
        context.insert("return_to", return_to.as_str());
        context.insert("notice", &notice);
        self.engine
            .render("popup.html", frame.language.tag(), &context)
    }

    /// Returns a notice for the templates. It has the sentence about the support only when there is a link for it and the words have the sentence.
    fn notice(&self, language: &Language, notice: Option<Notice>) -> Option<NoticeView> {
        let mut view = notice?.view();
        let words = self.engine.words().ok();
        let is_known = |id: &String| words.is_some_and(|words| words.has(language.tag(), id));
        view.contact = view
            .contact
            .filter(|id| self.support_url.is_some() && is_known(id));
        Some(view)
    }

    fn context(&self, frame: &Frame<'_>) -> Context {
        let mut context = Context::new();
        context.insert("lang", frame.language.tag());
        context.insert("nonce", frame.nonce);
        context.insert("request_id", frame.request_id);
        context.insert("sandbox", &frame.sandbox);
        context.insert("title", &self.title);
        context.insert("user", &frame.user);
        context.insert("support", &self.support_url);
        context.insert("noindex", &true);
        context.insert("theme", frame.theme.name());
        context.insert("color_scheme", frame.theme.color_scheme());
        context.insert_value("themes", self.themes.clone());
        context.insert("keep", frame.keep);
        context.insert("here", frame.here);
        context.insert("origin", &self.origin);
        context.insert_value("languages", self.languages_shown.clone());
        context
    }
}

/// Inserts each field of an object by its name.
fn insert_fields(context: &mut Context, data: &impl Serialize) {
    if let Ok(serde_json::Value::Object(fields)) = serde_json::to_value(data) {
        for (name, value) in fields {
            context.insert(name, &value);
        }
    }
}

#[derive(Serialize)]
struct LanguageView<'a> {
    tag: &'a str,
    name: &'a str,
}

impl<'a> From<&'a Language> for LanguageView<'a> {
    fn from(language: &'a Language) -> Self {
        Self {
            tag: language.tag(),
            name: language.own_name(),
        }
    }
}
