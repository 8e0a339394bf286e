//! A browser's cookies for one site, by the rules of RFC 6265bis: `SameSite`, `Secure`, name prefixes, `Max-Age`. A cookie that a browser would
//! refuse fails the test.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;

/// The initiator of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Initiator {
    /// The user, in the address bar.
    Typed,
    /// A page of the app itself.
    SameOrigin,
    /// A page of a sibling subdomain.
    SameSite,
    /// A page of another site, such as the provider's.
    CrossSite,
}

impl Initiator {
    /// Returns the value of `Sec-Fetch-Site`.
    #[must_use]
    pub const fn site(self) -> &'static str {
        match self {
            Self::Typed => "none",
            Self::SameOrigin => "same-origin",
            Self::SameSite => "same-site",
            Self::CrossSite => "cross-site",
        }
    }
}

#[derive(Clone, Debug)]
struct Cookie {
    value: String,
    is_strict: bool,
    expires: Option<Instant>,
}

/// The cookies of one origin. A clone is another browser with the same cookies.
#[derive(Clone, Debug, Default)]
pub struct Jar {
    is_https: bool,
    cookies: BTreeMap<String, Cookie>,
}

impl Jar {
    /// Returns a jar without cookies.
    #[must_use]
    pub fn new(is_https: bool) -> Self {
        Self {
            is_https,
            cookies: BTreeMap::new(),
        }
    }

    /// Keeps the cookie of one `Set-Cookie` line. Fails when scripts could read it.
    pub fn take(&mut self, line: &str) {
        let mut parts = line.split(';').map(str::trim);
        let (name, value) = parts
            .next()
            .and_then(|pair| pair.split_once('='))
            .unwrap_or_else(|| panic!("not a cookie: {line}"));
        let attributes: BTreeMap<String, &str> = parts
            .map(|part| part.split_once('=').unwrap_or((part, "")))
            .map(|(name, value)| (name.to_ascii_lowercase(), value))
            .collect();
        assert!(
            attributes.contains_key("httponly"),
            "scripts could read it: {line}"
        );
        assert_eq!(attributes.get("path"), Some(&"/"), "{line}");
        assert!(!attributes.contains_key("domain"), "{line}");
        let is_secure = attributes.contains_key("secure");
        assert_eq!(is_secure, self.is_https, "{line}");
        assert_eq!(name.starts_with("__Host-Http-"), self.is_https, "{line}");
        let max_age = attributes
            .get("max-age")
            .map(|text| text.parse::<u64>().expect("seconds"));
        if max_age == Some(0) {
            self.cookies.remove(name);
            return;
        }
        let cookie = Cookie {
            value: value.to_owned(),
            is_strict: match attributes.get("samesite") {
                Some(&"Strict") => true,
                Some(&"Lax") => false,
                other => panic!("SameSite is {other:?}: {line}"),
            },
            expires: max_age.map(|seconds| Instant::now() + Duration::from_secs(seconds)),
        };
        self.cookies.insert(name.to_owned(), cookie);
    }

    /// Returns the `Cookie` header of a request, `None` when there is no cookie to send.
    #[must_use]
    pub fn header(&self, initiator: Initiator, is_safe_navigation: bool) -> Option<String> {
        let is_foreign = initiator == Initiator::CrossSite;
        let sent: Vec<String> = self
            .cookies
            .iter()
            .filter(|(_, cookie)| cookie.expires.is_none_or(|end| Instant::now() < end))
            .filter(|(_, cookie)| !is_foreign || (is_safe_navigation && !cookie.is_strict))
            .map(|(name, cookie)| format!("{name}={}", cookie.value))
            .collect();
        (!sent.is_empty()).then(|| sent.join("; "))
    }

    fn name(&self, name: &str) -> String {
        let prefix = if self.is_https { "__Host-Http-" } else { "" };
        format!("{prefix}{name}")
    }

    /// Returns the value of this cookie, named without its prefix.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<String> {
        self.cookies
            .get(&self.name(name))
            .map(|cookie| cookie.value.clone())
    }

    /// Returns the names of the cookies of login attempts, without the prefix.
    #[must_use]
    pub fn attempts(&self) -> Vec<String> {
        let prefix = self.name("login-");
        let names = self.cookies.keys();
        names
            .filter(|name| name.starts_with(&prefix))
            .map(|name| name[prefix.len() - "login-".len()..].to_owned())
            .collect()
    }

    /// Returns the value of a cookie of a login attempt.
    #[must_use]
    pub fn any_attempt(&self) -> String {
        let name = self.attempts().remove(0);
        self.get(&name).expect("it is there")
    }

    /// Sets the value of a cookie. `None` removes it.
    pub fn put(&mut self, name: &str, value: Option<&str>) {
        let name = self.name(name);
        match value {
            None => drop(self.cookies.remove(&name)),
            Some(value) => {
                let cookie = Cookie {
                    value: value.to_owned(),
                    is_strict: false,
                    expires: None,
                };
                self.cookies.insert(name, cookie);
            }
        }
    }
}

/// Covers: 6265bis-5.7-1
#[test]
fn a_request_of_another_site_carries_no_strict_cookie_and_a_lax_one_only_on_a_navigation() {
    let mut jar = Jar::new(true);
    jar.take("__Host-Http-session=s; HttpOnly; SameSite=Strict; Secure; Path=/; Max-Age=60");
    jar.take("__Host-Http-login-a=l; HttpOnly; SameSite=Lax; Secure; Path=/");
    let both = Some("__Host-Http-login-a=l; __Host-Http-session=s".to_owned());
    for own in [Initiator::Typed, Initiator::SameOrigin, Initiator::SameSite] {
        assert_eq!(jar.header(own, false), both);
    }
    let lax = Some("__Host-Http-login-a=l".to_owned());
    assert_eq!(jar.header(Initiator::CrossSite, true), lax);
    assert_eq!(jar.header(Initiator::CrossSite, false), None);
    jar.take("__Host-Http-session=; HttpOnly; SameSite=Strict; Secure; Path=/; Max-Age=0");
    assert_eq!(jar.get("session"), None);
    assert_eq!(jar.attempts(), ["login-a"]);
}
