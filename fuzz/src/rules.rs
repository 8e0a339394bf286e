//! What every answer of the service keeps, whatever was asked. Said anew here, from docs/security.md, and not taken from the program.

mod readers;

use std::borrow::Cow;

use actix_web::http::Method;
use serde_json::Value;
use url::Url;

use crate::holds;
use crate::program::{Answered, Asked, Program};
use crate::provider::SECRETS;

/// Markup that no page may hold: it stands in inputs only.
pub const MARKUP: &[u8] = b"<fuzz";

/// Headers that every answer carries once.
const ONCE: [&str; 6] = [
    "cache-control",
    "content-security-policy",
    "cross-origin-resource-policy",
    "referrer-policy",
    "x-content-type-options",
    "x-request-id",
];

/// Routes that answer every client and know no user.
const PUBLIC: [&str; 4] = ["/csp-report", "/favicon.ico", "/healthz", "/readyz"];
/// The steps of a login.
const LOGIN_STEPS: [&str; 3] = [
    "/auth/oauth/start",
    "/oauth/callback",
    "/oauth/callback.html",
];

/// Every rule, for a request of which the service cannot tell whether it comes from this browser's own pages.
pub fn check(program: &Program, asked: &Asked, answered: &Answered) {
    let asked = &Facts::of(program, asked);
    no_fault(answered);
    headers_once(program, answered);
    cookies_are_safe(program, answered);
    nothing_leaks(program, asked, answered);
    leads_nowhere_else(program, asked, answered);
    clients_without_a_session_change_nothing(asked, answered);
    only_its_own_browser_signs_in(program, asked, answered);
    readers::agree(program, asked.asked, answered);
}

/// What the rules need to know of a request.
struct Facts<'a> {
    asked: &'a Asked,
    /// The path as a router that reads it by meaning sees it.
    path: Cow<'a, str>,
    is_safe: bool,
    /// It may be what a person looks at, and no frame, image or script.
    is_visit: bool,
    is_navigation: bool,
    is_prefetch: bool,
    /// Every word that the browser says of the site that sent it there.
    sites: Vec<&'a [u8]>,
    origins: Vec<&'a [u8]>,
    origin: String,
}

impl<'a> Facts<'a> {
    fn of(program: &Program, asked: &'a Asked) -> Self {
        // Where one of these comes twice, every line must say it.
        let says = |name: &str, word: &[u8]| asked.values(name).iter().all(|value| *value == word);
        let is_there = |name: &str| !asked.values(name).is_empty();
        let is_safe =
            [Method::GET, Method::HEAD, Method::OPTIONS, Method::TRACE].contains(&asked.method);
        let is_document = says("sec-fetch-dest", b"document");
        // A service worker that passes a navigation on.
        let is_passed_on = ["sec-fetch-dest", "sec-fetch-mode"]
            .into_iter()
            .all(is_there)
            && says("sec-fetch-dest", b"empty")
            && says("sec-fetch-mode", b"navigate")
            && (asked.values("sec-fetch-site") == [b"same-origin"]
                || asked.values("upgrade-insecure-requests") == [b"1"]);
        let path = percent_decode(asked.uri.path());
        let may_be_passed_on =
            path != LOGIN_STEPS[0] || asked.values("sec-fetch-site") == [b"same-origin"];
        Self {
            asked,
            path,
            is_safe,
            is_visit: is_document || (is_passed_on && may_be_passed_on),
            is_navigation: is_safe
                && (is_document || is_passed_on)
                && says("sec-fetch-mode", b"navigate"),
            is_prefetch: ["sec-purpose", "purpose", "x-purpose", "x-moz"]
                .iter()
                .flat_map(|name| asked.values(name))
                .any(|line| holds(&line.to_ascii_lowercase(), b"prefetch")),
            sites: asked.values("sec-fetch-site"),
            origins: asked.values("origin"),
            origin: program.origin.origin().ascii_serialization(),
        }
    }

    fn is_public(&self) -> bool {
        self.path.starts_with("/static/") || PUBLIC.contains(&self.path.as_ref())
    }

    fn is_login_step(&self) -> bool {
        LOGIN_STEPS.contains(&self.path.as_ref())
    }

    fn is_callback(&self) -> bool {
        self.path.starts_with("/oauth/callback")
    }

    /// Whether a link on another site may open this.
    fn is_open_to_links(&self) -> bool {
        let is_page = self.path != "/topup"
            && !["/api/", "/auth/", "/oauth/"]
                .iter()
                .any(|prefix| self.path.starts_with(prefix));
        is_page || self.is_login_step()
    }

    fn says_foreign(&self) -> bool {
        !self.sites.is_empty()
            && self
                .sites
                .iter()
                .all(|site| [&b"cross-site"[..], b"same-site"].contains(site))
    }
}

/// No input is a fault of the program.
fn no_fault(answered: &Answered) {
    let status = answered.status.as_u16();
    assert!((200..600).contains(&status), "status {status}");
    assert_ne!(status, 500, "{}", String::from_utf8_lossy(&answered.body));
    if answered.values("content-type") == ["application/problem+json"] {
        let problem: Value = serde_json::from_slice(&answered.body).expect("problem+json is JSON");
        assert_eq!(problem["status"], status);
        assert!(problem["error"].is_string());
        assert_eq!(
            problem["request_id"].as_str(),
            answered.values("x-request-id").first().map(String::as_str)
        );
    }
}

fn headers_once(program: &Program, answered: &Answered) {
    for name in ONCE {
        assert_eq!(answered.values(name).len(), 1, "{name}");
    }
    assert_eq!(answered.values("x-content-type-options"), ["nosniff"]);
    let policy = answered.values("content-security-policy").concat();
    assert!(policy.starts_with("default-src 'none'; "), "{policy}");
    assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
    if program.origin.scheme() == "http" {
        assert!(answered.values("strict-transport-security").is_empty());
    }
    for name in answered.headers.keys() {
        assert!(!name.as_str().starts_with("access-control-"), "{name}");
    }
}

fn cookies_are_safe(program: &Program, answered: &Answered) {
    let is_https = program.origin.scheme() == "https";
    for cookie in answered.values("set-cookie") {
        let mut parts = cookie.split("; ");
        let name = parts
            .next()
            .and_then(|pair| pair.split('=').next())
            .unwrap_or_default();
        let name = match name.strip_prefix("__Host-Http-") {
            Some(name) if is_https => name,
            None if !is_https => name,
            _ => panic!("the name does not fit the origin: {name}"),
        };
        let attributes: Vec<&str> = parts.collect();
        assert!(attributes.contains(&"HttpOnly") && attributes.contains(&"Path=/"));
        assert_eq!(attributes.contains(&"Secure"), is_https);
        assert!(!cookie.to_ascii_lowercase().contains("domain="));
        let site = if name == "session" {
            "SameSite=Strict"
        } else {
            "SameSite=Lax"
        };
        assert!(attributes.contains(&site), "{cookie}");
        let is_ours =
            ["session", "replaces", "language"].contains(&name) || name.starts_with("login-");
        assert!(is_ours, "{name}");
    }
}

/// No secret of ours in any answer but where it belongs, and no markup of theirs. The address of a page may be told to the client that asked for it: of the
/// callback, which has secrets in it, nothing is.
fn nothing_leaks(program: &Program, asked: &Facts<'_>, answered: &Answered) {
    let mut shown = answered.body.to_vec();
    for (name, value) in &answered.headers {
        if name != "set-cookie" {
            shown.push(b'\n');
            shown.extend_from_slice(value.as_bytes());
        }
    }
    let own = [&program.id, &program.page.state, &program.popup.state];
    for secret in SECRETS
        .into_iter()
        .chain(own.into_iter().map(String::as_str))
    {
        let is_in_address = holds(asked.asked.uri.to_string().as_bytes(), secret.as_bytes());
        if asked.is_callback() || !is_in_address {
            assert!(!holds(&shown, secret.as_bytes()), "{secret} is shown");
        }
    }
    let is_page = answered
        .values("content-type")
        .concat()
        .starts_with("text/html");
    let is_said_back = is_page && holds(&answered.body, MARKUP);
    assert!(!is_said_back, "markup of the request is shown");
}

fn leads_nowhere_else(program: &Program, asked: &Facts<'_>, answered: &Answered) {
    let locations = answered.values("location");
    assert!(locations.len() <= 1);
    let Some(location) = locations.first() else {
        return;
    };
    let target = program
        .origin
        .join(location)
        .expect("a location is an address");
    if target.origin() == program.origin.origin() {
        return;
    }
    let provider = target.origin() == program.provider.base.origin()
        && target.path() == "/api/oauth2/authorize"
        && asked.path == "/auth/oauth/start";
    let topup = target.as_str() == "https://aihubmix.com/topup" && asked.path == "/topup";
    assert!(provider || topup, "{location} from {}", asked.path);
}

/// What another site, a frame or a prefetch asks for is refused, and nothing comes of it.
fn clients_without_a_session_change_nothing(asked: &Facts<'_>, answered: &Answered) {
    if asked.is_public() {
        assert_eq!((answered.created, answered.changed), (0, 0));
        assert!(answered.values("set-cookie").is_empty());
        return;
    }
    let is_no_visit = asked.is_login_step() && (asked.is_prefetch || !asked.is_visit);
    let is_foreign = asked.says_foreign() && !(asked.is_navigation && asked.is_open_to_links());
    let is_foreign_origin = asked.sites.is_empty()
        && asked
            .origins
            .iter()
            .any(|origin| *origin != asked.origin.as_bytes());
    // What cannot be read is not absent.
    let is_unclear = asked.sites.len() > 1 || !asked.sites.iter().all(|site| site.is_ascii());
    let is_unproven = !asked.is_safe
        && asked.sites.is_empty()
        && asked.origins.is_empty()
        && asked.asked.values("x-csrf").is_empty();
    let status = answered.status.as_u16();
    if is_no_visit || is_foreign || is_foreign_origin || is_unclear || is_unproven {
        assert!(
            [308, 400, 403, 413].contains(&status),
            "{status} to a client without a session at {}",
            asked.path
        );
        assert!(answered.values("set-cookie").is_empty());
        assert_eq!((answered.created, answered.changed), (0, 0));
    }
    if asked.says_foreign() && !asked.is_callback() {
        assert_eq!((answered.created, answered.changed), (0, 0));
    }
}

/// A session is made only for the browser that holds an attempt, with the state that belongs to it.
fn only_its_own_browser_signs_in(program: &Program, asked: &Facts<'_>, answered: &Answered) {
    if answered.created == 0 {
        return;
    }
    let cookies = asked.asked.values("cookie").join(&b"; "[..]);
    let query = percent_decode(asked.asked.uri.query().unwrap_or_default());
    let has = |attempt: &crate::program::Attempt| {
        let state = attempt.state.as_bytes();
        holds(&cookies, attempt.cookie.as_bytes())
            && (holds(query.as_bytes(), state) || holds(&asked.asked.body, state))
    };
    assert!(
        has(&program.page) || has(&program.popup),
        "a session out of nothing"
    );
    let is_right = match asked.asked.method {
        Method::GET => asked.is_callback(),
        _ => asked.path == "/api/oauth/exchange-token",
    };
    assert!(is_right, "{} {}", asked.asked.method, asked.path);
}

/// The text with its percent-coding taken off once.
pub(crate) fn percent_decode(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return Cow::Borrowed(text);
    }
    // A form without its two other rules.
    let form = text
        .replace('+', "%2B")
        .replace('&', "%26")
        .replace('=', "%3D");
    let pair = url::form_urlencoded::parse(form.as_bytes()).next();
    Cow::Owned(pair.map(|(name, _)| name.into_owned()).unwrap_or_default())
}

/// The origin of the two programs that targets start: one behind TLS, one on a developer's machine.
pub const ORIGINS: [&str; 2] = ["https://app.test/", "http://127.0.0.1:3000/"];

/// An address as a browser resolves it on `origin`.
#[must_use]
pub fn resolved(origin: &Url, address: &str) -> Url {
    origin.join(address).expect("an address of ours resolves")
}
