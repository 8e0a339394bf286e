//! A small browser: a cookie jar, the headers that browsers add, navigations and fetches. It signs in through the provider, and keeps every byte
//! that the program sent it.

use std::sync::{Mutex, MutexGuard};

use serde::Serialize;
use url::Url;

use crate::jar::{Initiator, Jar};
use crate::wire::{self, Answer, Request};

/// A browser that calls one app.
pub struct Browser {
    /// The origin that the browser believes to call.
    pub origin: Url,
    /// The address that it connects to: that of the program, without the reverse proxy in front.
    pub address: String,
    jar: Mutex<Jar>,
    seen: Mutex<Vec<u8>>,
}

impl Browser {
    /// Returns a browser without cookies. `origin` is the app's public origin.
    #[must_use]
    pub fn new(origin: &str, address: &str) -> Self {
        let origin = Url::parse(origin).expect("an origin");
        Self {
            jar: Mutex::new(Jar::new(origin.scheme() == "https")),
            origin,
            address: address.to_owned(),
            seen: Mutex::default(),
        }
    }

    /// Returns another browser with a copy of the cookies.
    #[must_use]
    pub fn copy(&self) -> Self {
        Self {
            origin: self.origin.clone(),
            address: self.address.clone(),
            jar: Mutex::new(self.jar().clone()),
            seen: Mutex::default(),
        }
    }

    /// Returns its cookies.
    pub fn jar(&self) -> MutexGuard<'_, Jar> {
        self.jar.lock().expect("no test panics with the jar")
    }

    /// Returns every byte that the program sent it.
    pub fn seen(&self) -> Vec<u8> {
        self.seen.lock().expect("no test panics with it").clone()
    }

    fn host(&self) -> &str {
        &self.origin[url::Position::BeforeHost..url::Position::AfterPort]
    }

    /// Sends a request with the cookies that a browser sends with it, and keeps the cookies of the answer.
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

    /// Sends a request exactly as it is, without cookies, and keeps the cookies of the answer.
    pub async fn send_bare(&self, request: Request) -> Answer {
        let answer = wire::send(&self.address, self.host(), &request).await;
        self.seen
            .lock()
            .expect("no test panics with it")
            .extend_from_slice(&answer.raw);
        for line in answer.all("set-cookie") {
            self.jar().take(line);
        }
        answer
    }

    /// Opens a page from the address bar.
    pub async fn open(&self, path: &str) -> Answer {
        let request = navigation("GET", path, Initiator::Typed);
        self.send(request, Initiator::Typed).await
    }

    /// Follows a link on a page of the app.
    pub async fn click(&self, path: &str) -> Answer {
        let request = navigation("GET", path, Initiator::SameOrigin);
        self.send(request, Initiator::SameOrigin).await
    }

    /// Opens a URL to which another site sends the browser, as the provider does at the end of a login.
    pub async fn arrive(&self, url: &Url) -> Answer {
        let path = &url[url::Position::BeforePath..url::Position::AfterQuery];
        let request = navigation("GET", path, Initiator::CrossSite);
        self.send(request, Initiator::CrossSite).await
    }

    /// Sends a GET request from a script of a page of the app.
    pub async fn get(&self, path: &str) -> Answer {
        self.fetch("GET", path).await
    }

    /// Sends a POST request with a JSON body from a script of a page of the app.
    pub async fn post(&self, path: &str, body: &impl Serialize) -> Answer {
        let body = serde_json::to_vec(body).expect("it can be written as JSON");
        let request = fetch("POST", path)
            .header("Content-Type", "application/json")
            .body(body);
        self.send(request, Initiator::SameOrigin).await
    }

    /// Sends a request without a body from a script of a page of the app.
    pub async fn fetch(&self, method: &str, path: &str) -> Answer {
        self.send(fetch(method, path), Initiator::SameOrigin).await
    }

    /// Submits a form (`name=value&…`) of a page of the app, as a navigation.
    pub async fn submit(&self, path: &str, body: &str) -> Answer {
        let request = navigation("POST", path, Initiator::SameOrigin)
            .header("Origin", &self.origin.origin().ascii_serialization())
            .header("Content-Type", "application/x-www-form-urlencoded")
            .body(body);
        self.send(request, Initiator::SameOrigin).await
    }

    /// Begins a login with this query. Returns the URL of the provider.
    pub async fn start(&self, query: &str) -> Url {
        let answer = self.click(&format!("/auth/oauth/start{query}")).await;
        Url::parse(answer.location()).expect("the provider's address")
    }

    /// Begins a login that the provider approves. Returns the callback URL.
    pub async fn come_back(&self, query: &str) -> Url {
        approve(&self.start(query).await).await
    }

    /// Signs in. Returns the callback's answer.
    pub async fn sign_in(&self) -> Answer {
        let callback = self.come_back("").await;
        let answer = self.arrive(&callback).await;
        assert_eq!(answer.location(), "/?login=success");
        assert!(self.jar().get("session").is_some(), "no session cookie");
        answer
    }

    /// Returns whether the session endpoint says that a user is signed in.
    pub async fn is_signed_in(&self) -> bool {
        let answer = self.fetch("GET", "/api/session").await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()["authenticated"]
            .as_bool()
            .expect("it says yes or no")
    }

    /// Returns the value of the session cookie.
    pub fn session(&self) -> String {
        self.jar().get("session").expect("a session cookie")
    }

    /// Returns the state of the page at `/`: its attribute `data-state`.
    pub async fn page_state(&self) -> String {
        let page = self.open("/").await.text();
        let mark = page.split("data-state=\"").nth(1).expect("a mark");
        mark.split('"').next().unwrap_or_default().to_owned()
    }
}

/// Returns a navigation as browsers send it.
#[must_use]
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

/// Returns a request of a script of a page of the app.
#[must_use]
pub fn fetch(method: &str, path: &str) -> Request {
    Request::new(method, path)
        .header("Accept", "*/*")
        .header("Sec-Fetch-Site", "same-origin")
        .header("Sec-Fetch-Mode", "cors")
        .header("Sec-Fetch-Dest", "empty")
}

/// Sends an authorization request of a user who is signed in at the provider. Returns the URL to which the provider sends the browser.
pub async fn approve(authorize: &Url) -> Url {
    let host = &authorize[url::Position::BeforeHost..url::Position::AfterPort];
    let path = &authorize[url::Position::BeforePath..url::Position::AfterQuery];
    let answer = wire::send(host, host, &Request::new("GET", path)).await;
    Url::parse(answer.location()).expect("an address of ours")
}

/// Returns the value of a query parameter.
#[must_use]
pub fn parameter(url: &Url, name: &str) -> Option<String> {
    let mut pairs = url.query_pairs();
    pairs
        .find(|(other, _)| other == name)
        .map(|(_, value)| value.into_owned())
}

/// Returns the URL with this query parameter changed. `None` removes it.
#[must_use]
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
