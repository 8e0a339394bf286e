//! Our cookies: their names, their attributes, and how they are read.
//!
//! Each is `HttpOnly`, `Path=/`, without `Domain`; on an https origin also `Secure` under a `__Host-Http-` name (RFC 6265bis §4.1.3).

use actix_web::HttpRequest;
use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::http::header::{COOKIE, HeaderMap};

use crate::domain::{LOGIN_ATTEMPT_TTL, Timestamp};
use crate::flow::PresentAttempt;

const PREFIX: &str = "__Host-Http-";
const SESSION: &str = "session";
const LOGIN: &str = "login-";
/// Names the session that a login replaces. Lax, because the provider's answer comes without the Strict session cookie.
const REPLACES: &str = "replaces";
const LANGUAGE: &str = "language";
/// The most login-attempt cookies that are looked at: more than a browser is ever left with, few enough to decrypt.
const MOST_ATTEMPTS: usize = 20;

/// How cookies are named and marked on this origin.
#[derive(Clone, Copy, Debug)]
pub struct Cookies {
    /// The public origin is https.
    pub secure: bool,
}

impl Cookies {
    /// The name of the session cookie.
    pub fn session_name(self) -> String {
        self.name(SESSION)
    }

    /// Takes the session cookie away.
    pub fn forget_session(self) -> Cookie<'static> {
        removal(self.build(SESSION, String::new(), SameSite::Strict))
    }

    /// The cookie that names the session which the next login replaces; `held` is sealed.
    pub fn replaces(self, held: String) -> Cookie<'static> {
        self.build(REPLACES, held, SameSite::Lax)
    }

    /// Takes the cookie away that names the session.
    pub fn forget_replaces(self) -> Cookie<'static> {
        removal(self.replaces(String::new()))
    }

    /// The cookie of a login attempt.
    pub fn attempt(self, attempt: PresentAttempt) -> Cookie<'static> {
        let ttl = i64::try_from(LOGIN_ATTEMPT_TTL.as_secs()).unwrap_or(i64::MAX);
        let mut cookie = self.build(
            &format!("{LOGIN}{}", attempt.tag),
            attempt.sealed,
            SameSite::Lax,
        );
        cookie.set_max_age(Duration::seconds(ttl));
        cookie
    }

    /// Takes a login attempt's cookie away.
    pub fn forget_attempt(self, tag: &str) -> Cookie<'static> {
        removal(self.build(&format!("{LOGIN}{tag}"), String::new(), SameSite::Lax))
    }

    /// Remembers a chosen language for a year.
    pub fn language(self, tag: &str) -> Cookie<'static> {
        let mut cookie = self.build(LANGUAGE, tag.to_owned(), SameSite::Lax);
        cookie.set_max_age(Duration::days(365));
        cookie
    }

    /// The chosen language, as sent.
    pub fn language_of(self, request: &HttpRequest) -> Option<String> {
        self.sent(request.headers(), LANGUAGE).next()
    }

    /// Every value sent for the session cookie: more than one is somebody's trick (RFC 6265bis §4.2.2).
    pub fn sessions_sent(self, headers: &HeaderMap) -> usize {
        self.sent(headers, SESSION).count()
    }

    /// The value sent for the session cookie, where there is exactly one.
    pub fn session_sent(self, headers: &HeaderMap) -> Option<String> {
        self.only(headers, SESSION)
    }

    /// The sealed name of the session that a login replaces, where there is exactly one.
    pub fn replaces_sent(self, headers: &HeaderMap) -> Option<String> {
        self.only(headers, REPLACES)
    }

    /// The login attempts that the browser carries. A tag is taken only in the form that this program gives it.
    pub fn attempts(self, request: &HttpRequest) -> Vec<PresentAttempt> {
        let prefix = self.name(LOGIN);
        pairs(request.headers())
            .filter_map(|(name, value)| {
                let tag = name.strip_prefix(prefix.as_str())?;
                let is_ours = tag.len() == 22
                    && tag
                        .bytes()
                        .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
                is_ours.then(|| PresentAttempt {
                    tag: tag.to_owned(),
                    sealed: value.to_owned(),
                })
            })
            .take(MOST_ATTEMPTS)
            .collect()
    }

    fn name(self, name: &str) -> String {
        format!("{}{name}", if self.secure { PREFIX } else { "" })
    }

    fn only(self, headers: &HeaderMap, name: &str) -> Option<String> {
        let mut sent = self.sent(headers, name);
        sent.next().filter(|_| sent.next().is_none())
    }

    fn sent(self, headers: &HeaderMap, name: &str) -> impl Iterator<Item = String> {
        let name = self.name(name);
        pairs(headers)
            .filter(move |(other, _)| *other == name)
            .map(|(_, value)| value.to_owned())
    }

    fn build(self, name: &str, value: String, same_site: SameSite) -> Cookie<'static> {
        Cookie::build(self.name(name), value)
            .path("/")
            .secure(self.secure)
            .http_only(true)
            .same_site(same_site)
            .finish()
    }
}

/// A removal that browsers obey: the attributes of the cookie itself, and `Max-Age=0` (RFC 6265bis §5.7).
fn removal(mut cookie: Cookie<'static>) -> Cookie<'static> {
    cookie.make_removal();
    cookie
}

/// Every `name=value` of every `Cookie` line, as sent.
fn pairs(headers: &HeaderMap) -> impl Iterator<Item = (&str, &str)> {
    headers
        .get_all(COOKIE)
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
}

/// `Max-Age` for what is left until `end`.
pub fn max_age_until(end: Timestamp, now: Timestamp) -> Duration {
    Duration::seconds(i64::try_from(end.since(now).as_secs()).unwrap_or(i64::MAX))
}
