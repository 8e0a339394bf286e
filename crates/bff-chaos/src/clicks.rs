//! What users do: sign in, look at the page, ask for the account, refresh, top up, leave in the middle of a call, sign out, and sign in again.
//! A user tries another replica when one is gone, as a load balancer would, and never does anything that a person with a browser could not do.

use std::time::Duration;

use rand::RngExt as _;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use reqwest::Method;
use tokio::time::{Instant, sleep, timeout};

use super::client::{Answer, Client, Cut};
use super::clock::{Moment, now};
use super::oracle::{Ask, Loss, Meaning, Oracle};
use super::seed::Seed;
use super::visitor::{Trouble, Visitor};

/// What a login may end with while the provider or the store is broken; the page then offers to try again.
const TRY_AGAIN: [&str; 3] = [
    "provider_unavailable",
    "temporarily_unavailable",
    "server_error",
];

/// Where users click, and who watches.
pub struct Deployment {
    pub client: Client,
    pub oracle: Oracle,
    pub bases: Vec<String>,
    pub provider: String,
    /// Whether the app has the routes of top-up.
    pub has_topup: bool,
}

/// One user, clicking until the end.
pub struct User<'a> {
    deployment: &'a Deployment,
    choices: StdRng,
    visitor: Visitor,
    since: Moment,
    /// Asked to be signed out, and does not know whether that was done.
    is_leaving: bool,
}

impl<'a> User<'a> {
    /// A new user.
    pub async fn new(number: u64, seed: Seed, deployment: &'a Deployment) -> Self {
        let name = format!("user-{number}");
        Self {
            deployment,
            choices: seed.stream("user", number),
            visitor: Visitor::new(name, &deployment.client, &deployment.provider).await,
            since: 0.0,
            is_leaving: false,
        }
    }

    /// Clicks until then, and looks once more at the very end, when everything works again.
    pub async fn click_until(&mut self, end: Instant) {
        while Instant::now() < end {
            let think = self.choices.random_range(50..1_000);
            sleep(Duration::from_millis(think)).await;
            if self.visitor.session.is_none() {
                self.sign_in().await;
            } else {
                self.click().await;
            }
        }
    }

    /// Asks for the account, if signed in. Who was told nothing else must still be.
    pub async fn look(&mut self) {
        if self.visitor.session.is_some() {
            self.ask(Ask::Info).await;
            self.ask(Ask::Session).await;
        }
    }

    async fn click(&mut self) {
        match self.choices.random_range(0..100) {
            0..25 => {
                self.ask(Ask::Page).await;
                self.ask(Ask::Session).await;
            }
            25..50 => self.ask(Ask::Info).await,
            50..62 => self.burst().await,
            62..74 => self.ask(Ask::Refresh).await,
            74..80 => self.ask(Ask::Session).await,
            80..86 if self.deployment.has_topup => self.ask(Ask::Topup).await,
            86..89 if self.deployment.has_topup => self.ask(Ask::TopupPage).await,
            80..89 => self.ask(Ask::Info).await,
            89..92 => self.ask(Ask::Sessions).await,
            92..96 => self.leave_in_the_middle().await,
            _ => self.sign_out().await,
        }
    }

    fn replica(&mut self) -> &'a str {
        self.deployment
            .bases
            .choose(&mut self.choices)
            .expect("there are replicas")
    }

    async fn ask(&mut self, ask: Ask) {
        let base = self.replica();
        let begun = now();
        let end = send(self.deployment, &self.visitor, ask, base).await;
        self.take(ask, base, begun, end);
    }

    /// Five calls at once, as a page does that shows many things.
    async fn burst(&mut self) {
        let bases: Vec<&str> = (0..5).map(|_| self.replica()).collect();
        let begun = now();
        let calls = bases
            .iter()
            .map(|base| send(self.deployment, &self.visitor, Ask::Info, base));
        let ends = futures_util::future::join_all(calls).await;
        for (base, end) in bases.into_iter().zip(ends) {
            self.take(Ask::Info, base, begun, end);
        }
    }

    fn take(&mut self, ask: Ask, base: &str, begun: Moment, end: Result<Answer, Cut>) {
        let oracle = &self.deployment.oracle;
        let meaning = oracle.judge(
            &self.visitor.name,
            ask,
            base,
            begun,
            end.as_ref().map_err(|cut| *cut),
        );
        if meaning != Meaning::SignedOut || self.visitor.session.take().is_none() {
            return;
        }
        if std::mem::take(&mut self.is_leaving) {
            oracle.count("signed out as asked, and told later");
            return;
        }
        let told = end.map_or_else(
            |cut| format!("{cut:?}"),
            |answer| {
                format!(
                    "{} {} {}",
                    answer.status,
                    answer.json()["error"],
                    answer.header("x-request-id")
                )
            },
        );
        oracle.lost(Loss {
            user: self.visitor.name.clone(),
            since: self.since,
            at: now(),
            told: format!("{ask:?} at {base}: {told}"),
        });
    }

    /// Asks, and closes the page before the answer can be there.
    async fn leave_in_the_middle(&mut self) {
        let base = self.replica();
        let patience = Duration::from_millis(self.choices.random_range(1..40));
        let call = send(self.deployment, &self.visitor, Ask::Info, base);
        // The user has left, so the result does not matter.
        drop(timeout(patience, call).await);
        self.deployment.oracle.count("left in the middle of a call");
    }

    async fn sign_out(&mut self) {
        let base = self.replica();
        let (begun, url) = (now(), format!("{base}/auth/logout"));
        let end = self
            .visitor
            .fetch(&self.deployment.client, Method::POST, &url)
            .await;
        let oracle = &self.deployment.oracle;
        match end {
            Ok(answer) if answer.status == 204 => {
                oracle.count("signed out as asked");
                self.is_leaving = false;
                self.must_be_gone().await;
                self.visitor.session = None;
            }
            Ok(answer) => {
                self.is_leaving = true;
                oracle.refusal(&answer, || {
                    format!("{}: logout: {}", self.visitor.name, answer.status)
                });
            }
            Err(cut) => {
                self.is_leaving = true;
                oracle.cut(base, begun, cut);
            }
        }
    }

    /// The old cookie is worth nothing any more, at whatever replica.
    async fn must_be_gone(&mut self) {
        let base = self.replica();
        let url = format!("{base}/api/session");
        let end = self
            .visitor
            .fetch(&self.deployment.client, Method::GET, &url)
            .await;
        if let Ok(answer) = end
            && answer.json()["authenticated"] == true
        {
            let told = answer.header("x-request-id").to_owned();
            let what = format!(
                "{}: a session came back after its end: {base} {told}",
                self.visitor.name
            );
            self.deployment.oracle.wrong(what);
        }
    }

    async fn sign_in(&mut self) {
        let (begin, end) = (self.replica(), self.replica());
        let begun = now();
        let oracle = &self.deployment.oracle;
        match self
            .visitor
            .sign_in(&self.deployment.client, begin, end)
            .await
        {
            Ok(()) => {
                oracle.count("signed in");
                self.since = now();
                self.is_leaving = false;
            }
            Err(Trouble::Cut(base, cut)) => oracle.cut(&base, begun, cut),
            Err(Trouble::Answer(answer)) => {
                let location = answer.header("location");
                let code = location.split_once("error=").map_or("", |(_, code)| code);
                if TRY_AGAIN.contains(&code) {
                    oracle.count(&format!("login to be tried again: {code}"));
                } else {
                    oracle.refusal(&answer, || {
                        format!("{}: login: {} {location}", self.visitor.name, answer.status)
                    });
                }
            }
        }
    }
}

async fn send(
    deployment: &Deployment,
    visitor: &Visitor,
    ask: Ask,
    base: &str,
) -> Result<Answer, Cut> {
    let (method, path) = match ask {
        Ask::Page => {
            let url = format!("{base}/");
            return deployment
                .client
                .navigate(&url, visitor.cookie(), "same-origin")
                .await;
        }
        Ask::TopupPage => {
            let url = format!("{base}/topup");
            return deployment
                .client
                .navigate(&url, visitor.cookie(), "same-origin")
                .await;
        }
        Ask::Info => (Method::GET, "/api/user/info"),
        Ask::Session => (Method::GET, "/api/session"),
        Ask::Sessions => (Method::GET, "/api/sessions"),
        Ask::Refresh => (Method::POST, "/api/user/refresh"),
        Ask::Topup => (Method::GET, "/api/user/topup"),
    };
    visitor
        .fetch(&deployment.client, method, &format!("{base}{path}"))
        .await
}
