//! Every page a person sees, rendered from typed values: one function a page.
//!
//! Pure: it knows no web framework and asks nobody for anything. It must never show a text that
//! came from a query or from the provider's errors; those arrive here as enums. The handlers call
//! it and put headers around what it returns; [`asset`] serves what the pages link to.

mod assets;
mod engine;
mod home;
mod language;
mod notice;
mod problem;
mod target;
mod words;

#[cfg(test)]
mod gallery;
#[cfg(test)]
mod look;
#[cfg(test)]
mod markup;
#[cfg(test)]
mod tests;

pub use assets::{Asset, asset, asset_url};
pub use home::{AccountTrouble, AccountView, Home, KnownAccount};
pub use language::negotiate;
pub use notice::Notice;
pub use problem::Problem;
pub use target::LocalTarget;

use std::borrow::Cow;

use engine::Engine;
use serde::Serialize;
use tera::Context;

use crate::domain::{Language, LoginError};

/// A page that could not be made: always a fault of the templates or the words, never of a request.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// A template does not compile, or asks for something it was not given.
    #[error("the template {template} cannot be rendered: {source}")]
    Template {
        /// Its name, or the folder while all are read.
        template: String,
        /// What the engine says: names and lines of the template, no values.
        source: tera::Error,
    },
    /// A file of words cannot be used.
    #[error("the words in {file} cannot be used: {why}")]
    Words {
        /// The file's name in `templates/i18n`.
        file: String,
        /// What is wrong with it.
        why: String,
    },
}

/// What the configuration says about the look.
#[derive(Debug, Clone, Default)]
pub struct PageSettings {
    /// The title; from the words when there is none.
    pub title: Option<String>,
}

/// What every page of one request shares.
#[derive(Debug, Clone, Copy)]
pub struct Frame<'a> {
    /// The reader's language.
    pub language: Language,
    /// The nonce of this response's Content-Security-Policy.
    pub nonce: &'a str,
    /// The id of this request, shown small where something failed.
    pub request_id: &'a str,
    /// The address of the sandbox's control page while the sandbox is the provider.
    pub sandbox: Option<&'a str>,
    /// The name from the login, as `/api/session` gives it: the page at `/` compares the two to notice that somebody else has signed in.
    /// The provider may know the person by another name since then.
    pub user: Option<&'a str>,
}

/// How a login in a pop-up ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PopupOutcome<'a> {
    /// Signed in; the page that opened the pop-up goes on to `return_to`.
    Success {
        /// Where to.
        return_to: LocalTarget<'a>,
    },
    /// Not signed in.
    Error(LoginError),
}

/// The renderer: made once at the start, shared by all requests.
pub struct Pages {
    engine: Engine,
    settings: PageSettings,
}

impl Pages {
    /// Compiles the templates and reads the words.
    ///
    /// # Errors
    /// [`PageError`] names the file that is at fault.
    pub fn load(settings: PageSettings) -> Result<Self, PageError> {
        Ok(Self {
            engine: Engine::load()?,
            settings,
        })
    }

    /// The page at `/`.
    ///
    /// # Errors
    /// [`PageError::Template`] when a template asks for what it is not given.
    pub fn home(
        &self,
        frame: &Frame<'_>,
        home: &Home,
        notice: Option<Notice>,
    ) -> Result<String, PageError> {
        let mut context = self.context(frame);
        context.insert("home", &home.view());
        context.insert("user", &frame.user);
        context.insert("notice", &notice.map(Notice::view));
        if let Some(Notice::Error(error)) = notice {
            // So that a change of language does not lose the sentence.
            context.insert("keep", &format!("&error={}", error.code()));
        }
        self.engine.render("home.html", &context)
    }

    /// A page of an app, at `path`: its template with the fields of `data`.
    ///
    /// # Errors
    /// [`PageError::Template`] when there is no such template, or it asks for what it is not given.
    pub fn custom(
        &self,
        frame: &Frame<'_>,
        path: &str,
        template: &str,
        data: &impl Serialize,
    ) -> Result<String, PageError> {
        let mut context = self.context(frame);
        context.insert("here", path);
        context.insert("user", &frame.user);
        if let Ok(serde_json::Value::Object(fields)) = serde_json::to_value(data) {
            for (name, value) in fields {
                context.insert(name, &value);
            }
        }
        self.engine.render(template, &context)
    }

    /// The page for a navigation that failed.
    ///
    /// # Errors
    /// [`PageError::Template`] when a template asks for what it is not given.
    pub fn problem(&self, frame: &Frame<'_>, problem: &Problem<'_>) -> Result<String, PageError> {
        let mut context = self.context(frame);
        context.insert("status", &problem.status);
        let words = self.engine.words()?;
        let sentence = |suffix: &str| {
            let arguments = problem
                .arguments
                .iter()
                .map(|(name, value)| (*name, value.as_str()))
                .collect();
            let own = format!("problem-{}{suffix}", problem.code);
            words
                .text(frame.language, &own, Some(&arguments))
                .map(Cow::into_owned)
                .or_else(|| {
                    let row = format!("problem-{}{suffix}", problem.row.code());
                    let text = words.text(frame.language, &row, None)?;
                    Some(text.into_owned())
                })
        };
        context.insert("heading", &sentence(""));
        context.insert("hint", &sentence(".hint"));
        context.insert("retry", &problem.retry.map(LocalTarget::as_str));
        self.engine.render("problem.html", &context)
    }

    /// The page between the callback and `target`. A browser does not send a `SameSite=Strict`
    /// cookie on a chain of redirects that another site began, but does on the step from this page.
    ///
    /// # Errors
    /// [`PageError::Template`] when a template asks for what it is not given.
    pub fn continue_to(
        &self,
        frame: &Frame<'_>,
        target: LocalTarget<'_>,
    ) -> Result<String, PageError> {
        let mut context = self.context(frame);
        context.insert("target", target.as_str());
        self.engine.render("continue.html", &context)
    }

    /// The page in which a pop-up login ends: it tells the page that opened it and closes itself.
    ///
    /// # Errors
    /// [`PageError::Template`] when a template asks for what it is not given.
    pub fn popup_result(
        &self,
        frame: &Frame<'_>,
        outcome: PopupOutcome<'_>,
    ) -> Result<String, PageError> {
        let (return_to, notice) = match outcome {
            PopupOutcome::Success { return_to } => (return_to, None),
            PopupOutcome::Error(error) => (LocalTarget::HOME, Some(Notice::Error(error).view())),
        };
        let mut context = self.context(frame);
        context.insert("return_to", return_to.as_str());
        context.insert("notice", &notice);
        self.engine.render("popup.html", &context)
    }

    fn context(&self, frame: &Frame<'_>) -> Context {
        let mut context = Context::new();
        context.insert("lang", frame.language.tag());
        context.insert("nonce", frame.nonce);
        context.insert("request_id", frame.request_id);
        context.insert("sandbox", &frame.sandbox);
        context.insert("title", &self.settings.title);
        context.insert("keep", "");
        context.insert("here", "/");
        context.insert("languages", &Language::ALL.map(LanguageView::of));
        context
    }
}

#[derive(Serialize)]
struct LanguageView {
    tag: &'static str,
    name: &'static str,
}

impl LanguageView {
    const fn of(language: Language) -> Self {
        Self {
            tag: language.tag(),
            name: language.own_name(),
        }
    }
}
