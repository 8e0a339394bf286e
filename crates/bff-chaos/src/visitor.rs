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
    /// No answer from this address.
    Cut(String, Cut),
    /// An answer that is not the next step.
    Answer(Box<Answer>),
}

impl Visitor {
    /// A new user; makes the account at the provider.
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
        let started = client
            .navigate(&start, "", "same-origin")
            .await
            .map_err(cut(begin))?;
        let Some(attempt) = started.cookie("login-") else {
            return Err(Trouble::Answer(Box::new(started)));
        };
        let to_provider = started.header("location");
        let agreed = client
            .navigate(to_provider, &self.at_provider, "cross-site")
            .await;
        let agreed = agreed.map_err(cut(to_provider))?;
        let Ok(back) = Url::parse(agreed.header("location")) else {
            return Err(Trouble::Answer(Box::new(agreed)));
        };
        let callback = format!("{end}{}", &back[url::Position::BeforePath..]);
        let finished = client.navigate(&callback, &attempt, "cross-site").await;
        let finished = finished.map_err(cut(end))?;
        let session = finished.cookie("session=");
        self.session = Some(session.ok_or_else(|| Trouble::Answer(Box::new(finished)))?);
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

fn cut(address: &str) -> impl FnOnce(Cut) -> Trouble {
    let address = address.to_owned();
    |cut| Trouble::Cut(address, cut)
}
