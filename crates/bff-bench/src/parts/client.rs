//! The HTTP client of the parts that are clients, and the cookies of one browser.

use reqwest::header::{COOKIE, HeaderMap, LOCATION, SET_COOKIE};
use reqwest::redirect::Policy;
use reqwest::{Client, Response};

use crate::failure::Outcome;

/// Returns a client that follows no redirect.
///
/// # Errors
/// [`Failure`](crate::failure::Failure) when it cannot be built.
#[expect(
    clippy::disallowed_methods,
    reason = "the client of the bench is not the client of the program"
)]
pub fn client() -> Outcome<Client> {
    let builder = Client::builder()
        .no_proxy()
        .redirect(Policy::none())
        // Only plain http is measured, and reading the system's roots takes long.
        .tls_certs_only([]);
    Ok(builder.build()?)
}

/// Sends a GET with this `Cookie` header, which may be empty.
///
/// # Errors
/// The error of the client, as text.
pub async fn get(client: &Client, url: &str, cookie: &str) -> Result<Response, String> {
    let mut request = client.get(url);
    if !cookie.is_empty() {
        request = request.header(COOKIE, cookie);
    }
    request.send().await.map_err(|error| format!("{error:?}"))
}

/// Sends a POST without a body, as a script of the page does.
///
/// # Errors
/// The error of the client, as text.
pub async fn post(client: &Client, url: &str, cookie: &str) -> Result<Response, String> {
    let request = client
        .post(url)
        .header(COOKIE, cookie)
        .header("X-CSRF", "1");
    request.send().await.map_err(|error| format!("{error:?}"))
}

/// Returns the target of a redirect.
///
/// # Errors
/// A text with the status when the response is no redirect.
pub fn location(response: &Response) -> Result<String, String> {
    let location = response.headers().get(LOCATION);
    let location = location.and_then(|location| location.to_str().ok());
    let status = response.status();
    location
        .filter(|_| status.is_redirection())
        .map(str::to_owned)
        .ok_or_else(|| format!("{status} instead of a redirect: {}", response.url().path()))
}

/// The cookies of one browser, for one origin.
#[derive(Default)]
pub struct Jar(Vec<(String, String)>);

impl Jar {
    /// Takes the cookies that a response sets or removes.
    pub fn take(&mut self, headers: &HeaderMap) {
        for line in headers.get_all(SET_COOKIE) {
            let line = line.to_str().unwrap_or_default();
            let (pair, attributes) = line.split_once(';').unwrap_or((line, ""));
            let Some((name, value)) = pair.split_once('=') else {
                continue;
            };
            self.0.retain(|(known, _)| known != name);
            if !value.is_empty() && !attributes.contains("Max-Age=0") {
                self.0.push((name.to_owned(), value.to_owned()));
            }
        }
    }

    /// Returns the `Cookie` header.
    pub fn header(&self) -> String {
        let pairs: Vec<String> = self
            .0
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        pairs.join("; ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_removed_cookie_is_not_sent_again() {
        let mut jar = Jar::default();
        let mut take = |line: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(SET_COOKIE, reqwest::header::HeaderValue::from_static(line));
            jar.take(&headers);
        };
        take("login=1; Path=/");
        take("session=a=b; Path=/; Max-Age=60");
        take("login=; Path=/; Max-Age=0");
        assert_eq!(jar.header(), "session=a=b");
    }
}
