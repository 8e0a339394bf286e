//! One person with a browser: an account of their own at the provider, and the cookies of a sign-in.

use reqwest::Method;
use url::Url;

use super::client::{Answer, Client, Cut};

/// A person. The name is the account's.
pub struct Visitor {
    pub name: String,
    /// Signed in at the provider.
    at_provider: String,
    /// `session=…` while signed in.
    pub session: Option<String>,
}

/// Why a sign-in did not succeed.
#[derive(Debug)]
pub enum Trouble {
    /// No answer.
    Cut,
    /// An answer that is not the next step: its status, and what the page is to say.
    Answer(u16, String),
}

impl From<Cut> for Trouble {
    fn from(_: Cut) -> Self {
        Self::Cut
    }
}

impl Trouble {
    fn of(answer: &Answer) -> Self {
        let location = answer.header("location");
        let said = match location.split_once("error=") {
            Some((_, code)) => code.to_owned(),
            None => answer.json()["error"].as_str().unwrap_or("").to_owned(),
        };
        Self::Answer(answer.status, said)
    }
}

impl Visitor {
    /// Somebody who was never here; makes the account at the provider.
    pub async fn new(name: String, client: &Client, provider: &str) -> Self {
        let url = format!("{provider}/sandbox/sign-in");
        let form = [("name", name.as_str()), ("password", "x")];
        let answer = client
            .post(&url, &form)
            .await
            .expect("the provider answers");
        let at_provider = answer.cookie("sandbox_user").expect("an account");
        Self {
            name,
            at_provider,
            session: None,
        }
    }

    /// Signs in: begins at one replica and ends at another. With a session the cookie is kept.
    pub async fn sign_in(
        &mut self,
        client: &Client,
        begin: &str,
        end: &str,
    ) -> Result<(), Trouble> {
        let start = format!("{begin}/auth/oauth/start");
        let started = client.navigate(&start, "", "same-origin").await?;
        let Some(attempt) = started.cookie("login-") else {
            return Err(Trouble::of(&started));
        };
        let to_provider = started.header("location");
        let agreed = client
            .navigate(to_provider, &self.at_provider, "cross-site")
            .await?;
        let Ok(back) = Url::parse(agreed.header("location")) else {
            return Err(Trouble::of(&agreed));
        };
        let callback = format!("{end}{}", &back[url::Position::BeforePath..]);
        let finished = client.navigate(&callback, &attempt, "cross-site").await?;
        self.session = Some(
            finished
                .cookie("session=")
                .ok_or_else(|| Trouble::of(&finished))?,
        );
        Ok(())
    }

    /// The cookie to send along; empty when signed out.
    pub fn cookie(&self) -> &str {
        self.session.as_deref().unwrap_or("")
    }

    /// A script of the page asks.
    pub async fn fetch(&self, client: &Client, method: Method, url: &str) -> Result<Answer, Cut> {
        client.fetch(method, url, self.cookie()).await
    }
}
