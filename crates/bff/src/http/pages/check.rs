//! Checks the templates and the words: the command `templates check`, and the tests of an app.

use std::collections::BTreeSet;

use super::engine;
use super::error::PageError;
use super::frame::{Frame, Home, PopupOutcome};
use super::language::Language;
use super::notice::Notice;
use super::problem::Problem;
use super::renderer::Pages;
use super::target::LocalTarget;
use crate::domain::{EndCause, ErrorCode, LoginError};

/// URL of the control page in the sample pages.
const SANDBOX: &str = "http://127.0.0.1:3001/sandbox";

impl Pages {
    /// Renders every page of the engine in every state and language, and looks up every word and asset that a template of the app names. Returns one
    /// line for each fault.
    #[must_use]
    pub fn check(&self) -> Vec<String> {
        self.fixed().faults()
    }

    fn faults(&self) -> Vec<String> {
        let mut faults = BTreeSet::new();
        for language in self.languages.all() {
            for sandbox in [None, Some(SANDBOX)] {
                let frame = Frame {
                    sandbox,
                    user: Some("user123"),
                    ..Frame::new(language, "bm9uY2U", "0198c0de-request")
                };
                for (name, page) in self.samples(&frame) {
                    let found = match page {
                        Ok(page) => self.markup_faults(&page, frame.nonce, sandbox),
                        Err(error) => vec![error.to_string()],
                    };
                    let tag = language.tag();
                    faults.extend(
                        found
                            .iter()
                            .map(|fault| format!("{name} in {tag}: {fault}")),
                    );
                }
            }
        }
        for (template, source) in engine::sources(self.engine.templates()) {
            faults.extend(self.faults_of(&template, &source));
        }
        faults.into_iter().collect()
    }

    /// Returns the words and assets that a template names and that do not exist.
    fn faults_of(&self, template: &str, source: &str) -> Vec<String> {
        let mut faults = Vec::new();
        for id in literals(source, "t(id=\"") {
            let missing = |language: &&Language| !self.has_words(language, id);
            faults.extend(self.languages.all().iter().filter(missing).map(|language| {
                format!("{template}: there are no words `{id}` in {}; add them to templates/i18n/{0}.ftl", language.tag())
            }));
        }
        for name in literals(source, "asset(name=\"") {
            if !self.engine.urls().is_ok_and(|urls| urls.contains_key(name)) {
                faults.push(format!(
                    "{template}: there is no asset `{name}`; add the file static/{name}"
                ));
            }
        }
        faults
    }

    fn has_words(&self, language: &Language, id: &str) -> bool {
        self.engine
            .words()
            .is_ok_and(|words| words.has(language.tag(), id))
    }

    /// Renders every page of the engine in every state, by name.
    pub(super) fn samples(&self, frame: &Frame<'_>) -> Vec<(String, Result<String, PageError>)> {
        let target = LocalTarget::new("/orders?id=1&view=all").unwrap_or(LocalTarget::HOME);
        let mut all = vec![("continue".to_owned(), self.continue_to(frame, target))];
        for (name, home, notice) in homes() {
            let page = self.home(frame, home, notice, "home.html", &());
            all.push((name, page));
        }
        for error in ErrorCode::ALL {
            for retry in [None, Some(target)] {
                let problem = Problem {
                    status: 503,
                    code: error.code(),
                    arguments: &[],
                    row: error,
                    retry,
                };
                let name = format!("problem-{}-{}", error.code(), retry.is_some());
                all.push((name, self.problem(frame, &problem)));
            }
        }
        let success = PopupOutcome::Success { return_to: target };
        all.push((
            "popup-success".to_owned(),
            self.popup_result(frame, success),
        ));
        for error in LoginError::ALL.iter().copied() {
            let page = self.popup_result(frame, PopupOutcome::Error(error));
            all.push((format!("popup-{}", error.code()), page));
        }
        all
    }
}

/// Returns every state of the engine's page at `/` under a name for it.
fn homes() -> Vec<(String, Home<'static>, Option<Notice>)> {
    let mut all = vec![
        ("signed-out".to_owned(), Home::SignedOut, None),
        ("signed-in".to_owned(), Home::SignedIn("signed_in"), None),
        ("store-away".to_owned(), Home::StoreUnavailable, None),
    ];
    for notice in [Notice::LoggedOut, Notice::CookiesBlocked] {
        all.push((format!("notice-{notice:?}"), Home::SignedOut, Some(notice)));
    }
    for notice in [Notice::LoggedIn, Notice::StillSignedIn] {
        let home = Home::SignedIn("signed_in");
        all.push((format!("notice-{notice:?}"), home, Some(notice)));
    }
    for cause in EndCause::ALL {
        let notice = Some(Notice::SessionEnded(cause));
        all.push((format!("ended-{}", cause.code()), Home::SignedOut, notice));
    }
    for error in LoginError::ALL.iter().copied() {
        let notice = Some(Notice::Error(error));
        all.push((format!("error-{}", error.code()), Home::SignedOut, notice));
    }
    all
}

/// Returns each text between `opening` and the next quotation mark, when the text is a whole literal.
fn literals<'s>(source: &'s str, opening: &str) -> Vec<&'s str> {
    let parts = source.split(opening).skip(1);
    let found = parts.filter_map(|rest| rest.split_once('"'));
    // `t(id="trouble-" ~ cause)` builds the id at run time.
    found
        .filter(|(_, after)| !after.trim_start().starts_with('~'))
        .map(|(literal, _)| literal)
        .collect()
}
