//! A browser's cookies for one site, by the rules of RFC 6265bis: `SameSite` by who began the request, `Secure`
//! and the name prefixes, `Max-Age`. What a browser would not take is not taken.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;

/// Who began a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Initiator {
    /// A person, in the address bar.
    Typed,
    /// A page of the app itself.
    SameOrigin,
    /// A page of a sibling subdomain.
    SameSite,
    /// A page of another site, the provider's included.
    CrossSite,
}

impl Initiator {
    /// `Sec-Fetch-Site`.
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
    pub fn new(is_https: bool) -> Self {
        Self {
            is_https,
            cookies: BTreeMap::new(),
        }
    }

    /// Takes one `Set-Cookie` line. Nothing but what a browser keeps is kept, and a cookie that scripts could read fails.
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

    /// The `Cookie` header of a request; `None` when there is nothing to send.
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

    /// The value of this cookie of ours, named without its prefix.
    pub fn get(&self, name: &str) -> Option<String> {
        self.cookies
            .get(&self.name(name))
            .map(|cookie| cookie.value.clone())
    }

    /// The names of the login attempts, without the prefix.
    pub fn attempts(&self) -> Vec<String> {
        let prefix = self.name("login-");
        let names = self.cookies.keys();
        names
            .filter(|name| name.starts_with(&prefix))
            .map(|name| name[prefix.len() - "login-".len()..].to_owned())
            .collect()
    }

    /// The value of a login attempt's cookie.
    pub fn any_attempt(&self) -> String {
        let name = self.attempts().remove(0);
        self.get(&name).expect("it is there")
    }

    /// Puts something else into a cookie; `None` takes it out.
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

#[test]
fn a_strict_cookie_stays_at_home_when_another_site_asks_and_a_lax_one_goes_with_navigations() {
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
