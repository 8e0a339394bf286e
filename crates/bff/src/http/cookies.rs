//! Our cookies: their names, their attributes, and how they are read.
//!
//! Each is `HttpOnly` and `Path=/`, without `Domain`. On an https origin it is also `Secure`, and its name starts with `__Host-Http-` (RFC 6265bis
//! §4.1.3).
//!
//! [`RequestCookies`] is the only reader of a request's `Cookie` header, because two readers that split, decode or trim differently can resolve
//! different sessions. A sibling subdomain could plant a cookie that only one of them sees.

use std::collections::BTreeMap;
use std::rc::Rc;

use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::dev::{Payload, ServiceRequest};
use actix_web::http::header::{COOKIE, HeaderMap, HeaderValue};
use actix_web::{FromRequest, HttpMessage as _, HttpRequest};

use crate::domain::{LOGIN_ATTEMPT_TTL, SessionId, Timestamp};
use crate::flow::PresentAttempt;

const PREFIX: &str = "__Host-Http-";
const SESSION: &str = "session";
const LOGIN: &str = "login-";
/// Cookie that names the session which a login replaces. `SameSite=Lax`, because the redirect from the provider comes without the `Strict` session
/// cookie.
const REPLACES: &str = "replaces";
const LANGUAGE: &str = "language";
const THEME: &str = "color-theme";

/// Names and attributes of the cookies on this origin.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cookies {
    /// Whether the public origin is https.
    pub secure: bool,
}

impl Cookies {
    /// Returns the session cookie. Its value is the session id alone: 256 random bits that only this program makes, so a signature would protect
    /// nothing.
    pub fn session(self, id: &SessionId) -> Cookie<'static> {
        self.build(SESSION, id.reveal().to_owned(), SameSite::Strict)
    }

    /// Returns a removal of the session cookie.
    pub fn forget_session(self) -> Cookie<'static> {
        removal(self.build(SESSION, String::new(), SameSite::Strict))
    }

    /// Returns the cookie that names the session which the next login replaces. `sealed` is its sealed key.
    pub fn replaces(self, sealed: String) -> Cookie<'static> {
        self.build(REPLACES, sealed, SameSite::Lax)
    }

    /// Returns a removal of the cookie that names the session.
    pub fn forget_replaces(self) -> Cookie<'static> {
        removal(self.replaces(String::new()))
    }

    /// Returns the cookie of a login attempt.
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

    /// Returns a removal of a login attempt's cookie.
    pub fn forget_attempt(self, tag: &str) -> Cookie<'static> {
        removal(self.build(&format!("{LOGIN}{tag}"), String::new(), SameSite::Lax))
    }

    /// Returns the cookie that stores a chosen language for a year.
    pub fn language(self, tag: &str) -> Cookie<'static> {
        self.choice(LANGUAGE, tag)
    }

    /// Returns the cookie that stores a chosen theme for a year.
    pub fn theme(self, name: &str) -> Cookie<'static> {
        self.choice(THEME, name)
    }

    /// Returns a removal of the cookie of the theme, so that the theme of the system counts.
    pub fn forget_theme(self) -> Cookie<'static> {
        removal(self.theme(""))
    }

    fn choice(self, name: &str, value: &str) -> Cookie<'static> {
        let mut cookie = self.build(name, value.to_owned(), SameSite::Lax);
        cookie.set_max_age(Duration::days(365));
        cookie
    }

    /// Returns `name=value` of the session cookie, byte for byte as in `Set-Cookie`.
    pub fn issued(self, id: &SessionId) -> String {
        format!("{}{SESSION}={}", self.prefix(), id.reveal())
    }

    const fn prefix(self) -> &'static str {
        if self.secure { PREFIX } else { "" }
    }

    fn name(self, name: &str) -> String {
        format!("{}{name}", self.prefix())
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

/// Turns a cookie into its removal. Browsers accept it because it has the cookie's own attributes and `Max-Age=0` (RFC 6265bis §5.7).
fn removal(mut cookie: Cookie<'static>) -> Cookie<'static> {
    cookie.make_removal();
    cookie
}

/// The cookies of one request, read once, as bytes. A cookie counts only with its exact name and in the exact form that we issue. All others are
/// ignored.
#[derive(Clone, Default)]
pub struct RequestCookies(Rc<Sent>);

#[derive(Default)]
struct Sent {
    session: Option<SessionId>,
    session_count: usize,
    attempts: Vec<PresentAttempt>,
    replaces: Option<String>,
    language: Option<String>,
    theme: Option<String>,
    /// The `Cookie` lines as they were sent, for the app's own cookies.
    lines: Vec<HeaderValue>,
    names: Cookies,
}

impl RequestCookies {
    /// Returns the length of all `Cookie` lines of the request, in bytes.
    pub(super) fn bytes(&self) -> usize {
        self.0.lines.iter().map(HeaderValue::len).sum()
    }

    /// Reads the cookies of a request and puts them into its extensions. Leaves only a valid session cookie in the `Cookie` header, so that every
    /// later reader of the header finds the same one. The outermost layer calls this, once.
    pub fn take(request: &mut ServiceRequest, cookies: Cookies) {
        let taken = Self::read(request.headers(), cookies);
        let pair = taken.session().map(|id| cookies.issued(id));
        let is_alone = match (&pair, taken.0.lines.as_slice()) {
            (Some(pair), [line]) => *line == *pair,
            (pair, lines) => pair.is_none() && lines.is_empty(),
        };
        if !is_alone {
            let headers = request.headers_mut();
            headers.remove(COOKIE);
            if let Some(value) = pair.and_then(|pair| HeaderValue::try_from(pair).ok()) {
                headers.insert(COOKIE, value);
            }
        }
        request.extensions_mut().insert(taken);
    }

    /// Returns the cookies of a request that passed the outermost layer.
    pub fn from_http(request: &HttpRequest) -> Self {
        let taken = request.extensions().get::<Self>().cloned();
        taken.unwrap_or_default()
    }

    /// Reads the `Cookie` lines.
    pub fn read(headers: &HeaderMap, cookies: Cookies) -> Self {
        let lines: Vec<HeaderValue> = headers.get_all(COOKIE).cloned().collect();
        let [mut session, mut language, mut theme, mut replaces] = [Sole::default(); 4];
        let mut attempts = BTreeMap::new();
        for (name, value) in pairs(&lines) {
            match name.strip_prefix(cookies.prefix().as_bytes()) {
                Some(name) if name == SESSION.as_bytes() => session.add(value),
                Some(name) if name == LANGUAGE.as_bytes() => language.add(value),
                Some(name) if name == THEME.as_bytes() => theme.add(value),
                Some(name) if name == REPLACES.as_bytes() => replaces.add(value),
                Some(name) => add_attempt(&mut attempts, name, value),
                None => {}
            }
        }
        let session_count = session.count;
        // Only the exact form that we issue is accepted, so that no two values stand for one session.
        let session = session.text().and_then(SessionId::parse);
        let [language, theme, replaces] =
            [language, theme, replaces].map(|sole| sole.text().map(str::to_owned));
        let attempts = present(attempts);
        Self(Rc::new(Sent {
            session,
            session_count,
            attempts,
            replaces,
            language,
            theme,
            lines,
            names: cookies,
        }))
    }

    /// Returns the id in the session cookie, if there is exactly one such cookie and it has the form that we issue.
    #[must_use]
    pub fn session(&self) -> Option<&SessionId> {
        self.0.session.as_ref()
    }

    /// Returns the number of cookies with the session cookie's name, in any form. More than one count as none (RFC 6265bis §4.2.2).
    #[must_use]
    pub fn session_count(&self) -> usize {
        self.0.session_count
    }

    /// Returns the login attempts that the browser sent, each tag once. An attempt that was sent twice or is not text gets a value that cannot be
    /// decrypted, so that its cookie is removed.
    #[must_use]
    pub fn attempts(&self) -> &[PresentAttempt] {
        &self.0.attempts
    }

    /// Returns the encrypted name of the session that a login replaces, if there is exactly one.
    #[must_use]
    pub fn replaces(&self) -> Option<&str> {
        self.0.replaces.as_deref()
    }

    /// Returns the chosen language, as sent.
    #[must_use]
    pub fn language(&self) -> Option<&str> {
        self.0.language.as_deref()
    }

    /// Returns the chosen theme, as sent.
    #[must_use]
    pub fn theme(&self) -> Option<&str> {
        self.0.theme.as_deref()
    }

    /// Returns the value of one of the app's own cookies, as sent, if a cookie with exactly this name was sent once. Our own cookies are not
    /// returned.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&[u8]> {
        let names = self.0.names;
        let is_ours = name.starts_with(&names.name(LOGIN))
            || [SESSION, REPLACES, LANGUAGE, THEME]
                .iter()
                .any(|own| names.name(own) == name);
        let named = pairs(&self.0.lines).filter(|(other, _)| *other == name.as_bytes());
        only(named.map(|(_, value)| value)).filter(|_| !is_ours)
    }
}

impl FromRequest for RequestCookies {
    type Error = actix_web::Error;
    type Future = std::future::Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        std::future::ready(Ok(Self::from_http(request)))
    }
}

/// The value of a cookie that counts only when it was sent once.
#[derive(Clone, Copy, Default)]
struct Sole<'s> {
    count: usize,
    value: Option<&'s [u8]>,
}

impl<'s> Sole<'s> {
    fn add(&mut self, value: &'s [u8]) {
        self.count += 1;
        self.value = (self.count == 1).then_some(value);
    }

    fn text(&self) -> Option<&'s str> {
        std::str::from_utf8(self.value?).ok()
    }
}

/// Adds a cookie if it has the name of a login attempt. One that was sent twice gets an empty value.
fn add_attempt<'s>(found: &mut BTreeMap<&'s str, &'s [u8]>, name: &'s [u8], value: &'s [u8]) {
    let is_of_tag = |byte: u8| byte.is_ascii_alphanumeric() || [b'-', b'_'].contains(&byte);
    let tag = name
        .strip_prefix(LOGIN.as_bytes())
        .and_then(|tag| std::str::from_utf8(tag).ok())
        .filter(|tag| tag.len() == 22 && tag.bytes().all(is_of_tag));
    if let Some(tag) = tag {
        let twice = found.entry(tag).and_modify(|first| *first = b"");
        twice.or_insert(value);
    }
}

/// Returns the login attempts. A value that is not text becomes empty, so that it cannot be decrypted.
fn present(found: BTreeMap<&str, &[u8]>) -> Vec<PresentAttempt> {
    let sealed = |value: &[u8]| String::from_utf8(value.to_vec()).unwrap_or_default();
    found
        .into_iter()
        .map(|(tag, value)| PresentAttempt {
            tag: tag.to_owned(),
            sealed: sealed(value),
        })
        .collect()
}

/// Returns every `name=value` pair of every line. Trims only the white space that a browser would not have kept: around the pair, and after the
/// name.
fn pairs(lines: &[HeaderValue]) -> impl Iterator<Item = (&[u8], &[u8])> {
    lines
        .iter()
        .flat_map(|line| line.as_bytes().split(|byte| *byte == b';'))
        .filter_map(|pair| {
            let pair = pair.trim_ascii();
            let at = pair.iter().position(|byte| *byte == b'=')?;
            Some((pair[..at].trim_ascii_end(), &pair[at + 1..]))
        })
}

/// Returns the only item, if there is exactly one.
fn only<T>(mut items: impl Iterator<Item = T>) -> Option<T> {
    items.next().filter(|_| items.next().is_none())
}

/// Returns `Max-Age`: the time from `now` until `end`.
pub fn max_age_until(end: Timestamp, now: Timestamp) -> Duration {
    Duration::seconds(i64::try_from(end.since(now).as_secs()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests;
