//! Checks the templates and the words: the command `templates check`, and the tests of an app.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::compiled;
use super::error::PageError;
use super::frame::{Frame, Home, PopupOutcome};
use super::language::Language;
use super::notice::Notice;
use super::problem::Problem;
use super::renderer::Pages;
use super::target::LocalTarget;
use crate::domain::{EndCause, ErrorCode, LoginError};

/// The link to the support in the sample pages.
const SUPPORT: &str = "https://support.test/help";
/// URL of the control page in the sample pages.
const SANDBOX: &str = "http://127.0.0.1:3001/sandbox";

impl Pages {
    /// Renders every page in every state and language, and looks up every word and asset that a template names. Of the overlay it also names what no page
    /// uses, and templates that expect another version of the data. Returns one line for each fault.
    ///
    /// The states of the app's pages are those of [`App::page_samples`](crate::App::page_samples).
    #[must_use]
    pub fn check(&self) -> Vec<String> {
        let mut faults = self.render_faults();
        faults.extend(self.overlay_faults());
        faults
    }

    /// Same as [`check`](Self::check), but returns only what keeps a page from being shown.
    #[must_use]
    pub fn render_faults(&self) -> Vec<String> {
        let mut faults = BTreeSet::new();
        let mut pages = self.fixed();
        for (sandbox, support) in [(None, None), (Some(SANDBOX), Some(SUPPORT))] {
            pages.support_url = support.map(str::to_owned);
            for language in self.languages.all() {
                let frame = Frame {
                    sandbox,
                    user: Some("user123"),
                    ..Frame::new(language, "bm9uY2U", "0198c0de-request")
                };
                faults.extend(pages.faults_in(&frame));
            }
        }
        match compiled::sources(self.engine.templates()) {
            Ok(sources) => {
                let named = sources
                    .iter()
                    .flat_map(|(name, text)| self.faults_of(name, text));
                faults.extend(named);
            }
            Err(error) => _ = faults.insert(error.to_string()),
        }
        faults.into_iter().collect()
    }

    /// Renders every page in one language.
    fn faults_in(&self, frame: &Frame<'_>) -> Vec<String> {
        let mut faults = Vec::new();
        for (name, page) in self.samples(frame) {
            let found = match page {
                Ok(page) => self.markup_faults(&page, frame.nonce, frame.sandbox),
                Err(error) => vec![error.to_string()],
            };
            let tag = frame.language.tag();
            faults.extend(
                found
                    .iter()
                    .map(|fault| format!("{name} in {tag}: {fault}")),
            );
        }
        faults
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

    /// Renders every page of the engine and of the app in every state, by name.
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
        for devices in [devices(1), devices(3)] {
            let page = self.custom(frame, "sessions.html", &devices);
            all.push(("sessions".to_owned(), page));
        }
        for sample in self.app_samples.iter().flat_map(|samples| samples()) {
            let (template, data) = (sample.template(), sample.data());
            let page = match sample.state() {
                Some(state) => self.home(frame, Home::SignedIn(state), None, template, data),
                None => self.custom(frame, template, data),
            };
            all.push((sample.name().to_owned(), page));
        }
        all
    }
}

/// Returns the data of the page of devices with so many devices.
fn devices(number: usize) -> Value {
    let moment = |ago, count| json!({ "machine": "2026-01-02T03:04:05Z", "text": "2026-01-02 03:04 UTC", "ago": ago, "count": count });
    let device = |index: usize| {
        json!({
            "id": format!("handle{index}"),
            "name": (index != 1).then_some("Chrome on Windows"),
            "is_current": index == 0,
            "signed_in": moment("ago-days", 29),
            "seen": if index == 0 { moment("ago-just_now", 0) } else { moment("ago-minutes", index) },
        })
    };
    let devices: Vec<Value> = (0..number).map(device).collect();
    let done = (number == 1).then_some("notice-others_ended");
    json!({ "devices": devices, "done": done })
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
