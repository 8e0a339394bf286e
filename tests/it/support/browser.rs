//! A small browser: a cookie jar, the headers that browsers add, navigations and fetches. It follows a login through
//! the provider when asked, and remembers every byte that the program ever sent it.

use std::sync::{Mutex, MutexGuard};

use url::Url;

use super::jar::{Initiator, Jar};
use super::wire::{self, Answer, Request};

/// One browser at one app.
pub struct Browser {
    /// What the browser believes to talk to.
    pub origin: Url,
    /// Where the program really listens: the proxy in front of it is left out.
    pub address: String,
    jar: Mutex<Jar>,
    seen: Mutex<Vec<u8>>,
}

impl Browser {
    /// A browser without cookies; `origin` is the app's public origin.
    pub fn new(origin: &str, address: &str) -> Self {
        let origin = Url::parse(origin).expect("an origin");
        Self {
            jar: Mutex::new(Jar::new(origin.scheme() == "https")),
            origin,
            address: address.to_owned(),
            seen: Mutex::default(),
        }
    }

    /// Another browser with a copy of the cookies.
    pub fn copy(&self) -> Self {
        Self {
            origin: self.origin.clone(),
            address: self.address.clone(),
            jar: Mutex::new(self.jar().clone()),
            seen: Mutex::default(),
        }
    }

    pub fn jar(&self) -> MutexGuard<'_, Jar> {
        self.jar.lock().expect("no test panics with the jar")
    }

    /// Every byte that the program sent here.
    pub fn seen(&self) -> Vec<u8> {
        self.seen.lock().expect("nobody panics with it").clone()
    }

    fn host(&self) -> &str {
        &self.origin[url::Position::BeforeHost..url::Position::AfterPort]
    }

    /// Sends a request as it is, with the cookies that go along with it, and takes those that come back.
    pub async fn send(&self, request: Request, initiator: Initiator) -> Answer {
        let is_navigation = request
            .headers
            .iter()
            .any(|(name, value)| name == "Sec-Fetch-Mode" && value == "navigate");
        let is_safe = request.method == "GET";
        let cookies = self.jar().header(initiator, is_navigation && is_safe);
        let request = match cookies {
            Some(cookies) => request.header("Cookie", &cookies),
            None => request,
        };
        self.send_bare(request).await
    }

    /// Sends a request exactly as it is, without cookies, and takes those that come back.
    pub async fn send_bare(&self, request: Request) -> Answer {
        let answer = wire::send(&self.address, self.host(), &request).await;
        self.seen
            .lock()
            .expect("nobody panics with it")
            .extend_from_slice(&answer.raw);
        for line in answer.all("set-cookie") {
            self.jar().take(line);
        }
        answer
    }

    /// A person opens a page from the address bar.
    pub async fn open(&self, path: &str) -> Answer {
        let request = navigation("GET", path, Initiator::Typed);
        self.send(request, Initiator::Typed).await
    }

    /// A link on a page of our own.
    pub async fn click(&self, path: &str) -> Answer {
        let request = navigation("GET", path, Initiator::SameOrigin);
        self.send(request, Initiator::SameOrigin).await
    }

    /// Another site sends the browser here: what the provider does at the end of a login.
    pub async fn arrive(&self, url: &Url) -> Answer {
        let path = &url[url::Position::BeforePath..url::Position::AfterQuery];
        let request = navigation("GET", path, Initiator::CrossSite);
        self.send(request, Initiator::CrossSite).await
    }

    /// A script of our own page asks.
    pub async fn fetch(&self, method: &str, path: &str) -> Answer {
        self.send(fetch(method, path), Initiator::SameOrigin).await
    }

    /// A form of our own page is sent.
    pub async fn submit(&self, path: &str, body: &str) -> Answer {
        let request = navigation("POST", path, Initiator::SameOrigin)
            .header("Origin", &self.origin.origin().ascii_serialization())
            .header("Content-Type", "application/x-www-form-urlencoded")
            .body(body);
        self.send(request, Initiator::SameOrigin).await
    }

    /// Begins a login with this query; where the provider is to be asked.
    pub async fn start(&self, query: &str) -> Url {
        let answer = self.click(&format!("/auth/oauth/start{query}")).await;
        Url::parse(answer.location()).expect("the provider's address")
    }

    /// Begins a login and lets the provider say yes; the address it sends the browser back to.
    pub async fn come_back(&self, query: &str) -> Url {
        approve(&self.start(query).await).await
    }

    /// Signs in; the callback's answer.
    pub async fn sign_in(&self) -> Answer {
        let callback = self.come_back("").await;
        let answer = self.arrive(&callback).await;
        assert_eq!(answer.location(), "/?login=success");
        assert!(self.jar().get("session").is_some(), "no session cookie");
        answer
    }

    /// Whether the session endpoint says that somebody is signed in.
    pub async fn is_signed_in(&self) -> bool {
        let answer = self.fetch("GET", "/api/session").await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()["authenticated"]
            .as_bool()
            .expect("it says yes or no")
    }

    /// The value of the session cookie.
    pub fn session(&self) -> String {
        self.jar().get("session").expect("a session cookie")
    }

    /// The state of the page at `/`, as its own mark says it.
    pub async fn page_state(&self) -> String {
        let page = self.open("/").await.text();
        let mark = page.split("data-state=\"").nth(1).expect("a mark");
        mark.split('"').next().unwrap_or_default().to_owned()
    }
}

/// A navigation as browsers make it.
pub fn navigation(method: &str, path: &str, initiator: Initiator) -> Request {
    Request::new(method, path)
        .header("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")
        .header("Accept-Language", "en")
        .header(
            "User-Agent",
            "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
        )
        .header("Sec-Fetch-Site", initiator.site())
        .header("Sec-Fetch-Mode", "navigate")
        .header("Sec-Fetch-Dest", "document")
}

/// A fetch of our own page.
pub fn fetch(method: &str, path: &str) -> Request {
    Request::new(method, path)
        .header("Accept", "*/*")
        .header("Sec-Fetch-Site", "same-origin")
        .header("Sec-Fetch-Mode", "cors")
        .header("Sec-Fetch-Dest", "empty")
}

/// Shows the provider an authorization request of somebody who is signed in there; where it sends the browser.
pub async fn approve(authorize: &Url) -> Url {
    let host = &authorize[url::Position::BeforeHost..url::Position::AfterPort];
    let path = &authorize[url::Position::BeforePath..url::Position::AfterQuery];
    let answer = wire::send(host, host, &Request::new("GET", path)).await;
    Url::parse(answer.location()).expect("an address of ours")
}

/// The value of a query parameter.
pub fn parameter(url: &Url, name: &str) -> Option<String> {
    let mut pairs = url.query_pairs();
    pairs
        .find(|(other, _)| other == name)
        .map(|(_, value)| value.into_owned())
}

/// The address with this query parameter changed; `None` takes it out.
pub fn with_parameter(url: &Url, name: &str, value: Option<&str>) -> Url {
    let kept: Vec<(String, String)> = url
        .query_pairs()
        .filter(|(other, _)| other != name)
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    let mut changed = url.clone();
    let mut query = changed.query_pairs_mut();
    query.clear().extend_pairs(kept);
    if let Some(value) = value {
        query.append_pair(name, value);
    }
    drop(query);
    changed
}
