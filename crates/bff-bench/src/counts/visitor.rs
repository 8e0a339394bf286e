//! [`Visitor`]: sends the requests of the hot paths one after the other, and refuses answers that are not the expected ones.

use std::time::Duration;

use reqwest::header::COOKIE;
use reqwest::{Client, Response};

use super::hot_path::Visit;
use crate::clock::{Stopwatch, pause};
use crate::failure::{Failure, Outcome, fail};
use crate::parts::client::{client, get};
use crate::parts::login::sign_in;

/// The program refreshes the tokens of a session only when they are older than this: 10 s, and one more for rounding.
const REFRESH_AGE: Duration = Duration::from_secs(11);

/// A client with sessions at the program.
pub struct Visitor {
    client: Client,
    origin: String,
    /// The `Cookie` header of the session for requests that need one.
    cookie: String,
    /// The path of the page's style sheet.
    style_sheet: String,
    /// The `Cookie` headers of sessions that were not refreshed yet.
    unrefreshed: Vec<String>,
    /// Runs since the last login.
    since_login: Stopwatch,
}

impl Visitor {
    /// Signs in at the program on this port.
    ///
    /// # Errors
    /// [`Failure`] when the login fails, or when the page has no style sheet.
    pub async fn start(port: u16) -> Outcome<Self> {
        let (client, origin) = (client()?, format!("http://127.0.0.1:{port}"));
        let cookie = sign_in(&client, &origin).await.map_err(Failure::new)?;
        let page = get(&client, &origin, "").await.map_err(Failure::new)?;
        let page = page.text().await?;
        let paths = page.split('"').filter(|text| text.starts_with("/static/"));
        let Some(style_sheet) = paths.into_iter().find(|path| path.ends_with(".css")) else {
            return fail("the page has no style sheet");
        };
        Ok(Self {
            client,
            origin,
            cookie,
            style_sheet: style_sheet.to_owned(),
            unrefreshed: Vec::new(),
            since_login: Stopwatch::start(),
        })
    }

    /// Makes sure that so many requests can be sent. Refreshes need as many sessions whose tokens are old enough.
    ///
    /// # Errors
    /// [`Failure`] when a login fails.
    pub async fn prepare(&mut self, visit: Visit, requests: usize) -> Outcome<()> {
        if visit == Visit::Refresh {
            while self.unrefreshed.len() < requests {
                self.send(Visit::Login).await?;
            }
            pause(REFRESH_AGE.saturating_sub(self.since_login.elapsed()));
        }
        Ok(())
    }

    /// Sends one request, and reads the answer to its end.
    ///
    /// # Errors
    /// [`Failure`] when the answer is not the expected one.
    pub async fn send(&mut self, visit: Visit) -> Outcome<()> {
        match visit {
            Visit::SignedOut(path, status) => self.get(path, "", status).await,
            Visit::SignedIn(path) => self.get(path, &self.cookie, 200).await,
            Visit::StyleSheet => self.get(&self.style_sheet, "", 200).await,
            Visit::Login => self.log_in().await,
            Visit::Refresh => self.refresh().await,
        }
    }

    async fn get(&self, path: &str, cookie: &str, status: u16) -> Outcome<()> {
        let url = format!("{}{path}", self.origin);
        let response = get(&self.client, &url, cookie).await;
        let response = response.map_err(Failure::new)?;
        text(response, status).await.map(drop)
    }

    async fn log_in(&mut self) -> Outcome<()> {
        let cookie = sign_in(&self.client, &self.origin).await;
        self.unrefreshed.push(cookie.map_err(Failure::new)?);
        self.since_login = Stopwatch::start();
        Ok(())
    }

    async fn refresh(&mut self) -> Outcome<()> {
        let url = format!("{}/api/user/refresh", self.origin);
        let cookie = self.unrefreshed.pop().unwrap_or_default();
        let request = self.client.post(url).header(COOKIE, cookie);
        let response = request.header("X-CSRF", "1").send().await?;
        let body = text(response, 200).await?;
        if body.contains(r#""refreshed":true"#) {
            Ok(())
        } else {
            fail(format!("/api/user/refresh: no refresh: {body}"))
        }
    }
}

/// Returns the body of an answer that has this status.
async fn text(response: Response, status: u16) -> Outcome<String> {
    let (found, path) = (response.status(), response.url().path().to_owned());
    let body = response.text().await?;
    if found == status {
        Ok(body)
    } else {
        fail(format!("{path}: {found} instead of {status}: {body}"))
    }
}
