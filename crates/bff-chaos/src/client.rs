//! A fast client that behaves like a browser's network side: connections are kept and used again, no redirect is followed, and the headers are
//! those that browsers send. What a call ends with is an answer, or a connection that was refused or cut.

use std::net::IpAddr;
use std::time::Duration;

use bytes::Bytes;
use reqwest::Method;
use reqwest::header::HeaderMap;
use serde_json::Value;

/// Longer than the program may ever take.
const PATIENCE: Duration = Duration::from_secs(120);
/// Shorter than the five seconds after which the program closes an idle connection.
const KEPT: Duration = Duration::from_secs(3);

/// A whole answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Bytes,
}

/// There was no answer: no process listens, the connection was cut, or the time was over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    Connection,
    Late,
}

impl Answer {
    /// A header; empty when there is none.
    pub fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value.and_then(|value| value.to_str().ok()).unwrap_or("")
    }

    /// The body as JSON; `null` when it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// `name=value` of the cookie that begins with this name and is set here, not taken away.
    pub fn cookie(&self, name: &str) -> Option<String> {
        let lines = self.headers.get_all("set-cookie").iter();
        let mut lines = lines.filter_map(|line| line.to_str().ok());
        let line = lines.find(|line| line.starts_with(name) && !line.contains("Max-Age=0"))?;
        Some(line.split(';').next()?.to_owned())
    }
}

/// Shared by all who call.
#[derive(Clone)]
pub struct Client(reqwest::Client);

impl Client {
    pub fn new() -> Self {
        Self::built(None)
    }

    /// One that calls from this address of the machine.
    pub fn from_address(address: [u8; 4]) -> Self {
        Self::built(Some(address.into()))
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "it calls as a client, not as the program"
    )]
    fn built(address: Option<IpAddr>) -> Self {
        let client = reqwest::Client::builder()
            .no_proxy()
            .local_address(address)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .pool_idle_timeout(KEPT)
            .timeout(PATIENCE)
            .tls_certs_only([]);
        Self(client.build().expect("a client can be built"))
    }

    /// A script of the page asks.
    pub async fn fetch(&self, method: Method, url: &str, cookie: &str) -> Result<Answer, Cut> {
        let request = self.0.request(method, url).header("Cookie", cookie);
        let request = request
            .header("Sec-Fetch-Site", "same-origin")
            .header("Sec-Fetch-Mode", "cors")
            .header("Sec-Fetch-Dest", "empty");
        answered(request).await
    }

    /// A person goes to a page, from `site`: `same-origin`, `cross-site` or `none`.
    pub async fn navigate(&self, url: &str, cookie: &str, site: &str) -> Result<Answer, Cut> {
        let request = self.0.get(url).header("Cookie", cookie);
        let request = request
            .header("Accept", "text/html")
            .header("Sec-Fetch-Site", site)
            .header("Sec-Fetch-Mode", "navigate")
            .header("Sec-Fetch-Dest", "document");
        answered(request).await
    }

    /// A program posts a form.
    pub async fn post(&self, url: &str, form: &[(&str, &str)]) -> Result<Answer, Cut> {
        answered(self.0.post(url).form(form)).await
    }
}

async fn answered(request: reqwest::RequestBuilder) -> Result<Answer, Cut> {
    let cut = |error: reqwest::Error| {
        if error.is_timeout() {
            Cut::Late
        } else {
            Cut::Connection
        }
    };
    let answer = request.send().await.map_err(cut)?;
    Ok(Answer {
        status: answer.status().as_u16(),
        headers: answer.headers().clone(),
        body: answer.bytes().await.map_err(cut)?,
    })
}
