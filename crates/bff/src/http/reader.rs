//! [`Reader`]: what the reader of a page chose, and the address of the page for the links that choose otherwise.

use actix_web::http::header::ACCEPT_LANGUAGE;
use actix_web::{HttpRequest, HttpResponse};
use url::form_urlencoded;

use super::context::{RequestContext, routed_path};
use super::cookies::RequestCookies;
use super::fields;
use super::pages::{Frame, Language, LocalTarget, Theme};
use super::query::Query;
use super::state::AppState;

/// The longest query that the links for language and theme keep, in bytes. A page has one such link for each language and theme.
const LONGEST_KEPT: usize = 1_000;

/// Language and theme of the reader: from the query, then from the cookies.
#[derive(Clone)]
pub struct Reader {
    language: Language,
    theme: Theme,
    /// Whether the query asks for this language. It is stored in a cookie then.
    chose_language: bool,
    /// Whether the query asks for this theme.
    chose_theme: bool,
    here: String,
    keep: String,
}

impl Reader {
    /// Reads the choices of a request. The links for language and theme open `/`.
    pub fn from_http(request: &HttpRequest, state: &AppState) -> Self {
        let query = Query::from_http(request);
        let first = |name| query.as_ref().and_then(|query| query.first(name));
        let (tag, theme) = (first("lang"), first("theme").and_then(Theme::from_name));
        let cookies = RequestCookies::from_http(request);
        let accept = fields::text(request.headers(), ACCEPT_LANGUAGE);
        let languages = state.pages.languages();
        let language = languages.negotiate(tag, cookies.language(), accept.as_deref());
        Self {
            language: language.clone(),
            theme: theme
                .or_else(|| Theme::from_name(cookies.theme()?))
                .unwrap_or_default(),
            chose_language: tag.is_some_and(|tag| languages.find(tag).is_some()),
            chose_theme: theme.is_some(),
            here: LocalTarget::HOME.as_str().to_owned(),
            keep: String::new(),
        }
    }

    /// Returns the same for a page whose links open its own path. A closed path is left out, because it is not for links.
    pub fn at_path_of(self, request: &HttpRequest, state: &AppState) -> Self {
        let is_open = !state.closed_paths.covers(routed_path(request));
        match LocalTarget::new(request.path()) {
            Some(path) if is_open => self.at(path),
            _ => self,
        }
    }

    /// Returns the same for a page whose links open this path.
    pub fn at(self, path: LocalTarget<'_>) -> Self {
        let here = path.as_str().to_owned();
        Self { here, ..self }
    }

    /// Returns the same for a page whose links keep these parameters of the query. They keep none when the values are too long.
    pub fn keeping(self, query: &Query, names: &[&str]) -> Self {
        let mut kept = form_urlencoded::Serializer::new(String::new());
        for (name, value) in names
            .iter()
            .filter_map(|name| Some((name, query.first(name)?)))
        {
            kept.append_pair(name, value);
        }
        let kept = kept.finish();
        let is_kept = !kept.is_empty() && kept.len() <= LONGEST_KEPT;
        let keep = if is_kept {
            format!("&{kept}")
        } else {
            String::new()
        };
        Self { keep, ..self }
    }

    /// Returns whether the query chose something that [`remember`](Self::remember) stores.
    pub const fn chose(&self) -> bool {
        self.chose_language || self.chose_theme
    }

    /// Returns the same for a request that must change nothing: [`remember`](Self::remember) stores nothing.
    pub fn choosing_nothing(self) -> Self {
        Self {
            chose_language: false,
            chose_theme: false,
            ..self
        }
    }

    /// Returns the language of the page.
    pub const fn language(&self) -> &Language {
        &self.language
    }

    /// Returns the values that every page of a request shares.
    pub fn frame<'a>(&'a self, state: &'a AppState, context: &'a RequestContext) -> Frame<'a> {
        Frame {
            theme: self.theme,
            here: &self.here,
            keep: &self.keep,
            sandbox: state.sandbox.as_deref(),
            ..Frame::new(
                &self.language,
                context.nonce(),
                context.request_id().as_str(),
            )
        }
    }

    /// Stores in cookies what the query chose.
    pub fn remember(&self, response: &mut HttpResponse, state: &AppState) {
        let cookies = state.cookies();
        let language = (self.chose_language).then(|| cookies.language(self.language.tag()));
        let theme = (self.chose_theme).then(|| match self.theme {
            Theme::System => cookies.forget_theme(),
            chosen => cookies.theme(chosen.name()),
        });
        for cookie in language.into_iter().chain(theme) {
            // It fails only for a cookie that is no header value; ours are constants and tags.
            drop(response.add_cookie(&cookie));
        }
    }
}
