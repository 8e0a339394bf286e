//! Two replicas behind one public origin, over one store; the sandbox of the first is their provider.

use super::{Browser, Program};

/// Two programs that share a Redis, the keys, and the sandbox of the first as their provider.
pub struct Replicas {
    pub one: Program,
    pub other: Program,
}

impl Replicas {
    pub async fn start(store: &str, environment: &[(&str, &str)]) -> Self {
        let keys = [(
            "SESSION_KEYS",
            "AJdSXzfH1AFhZgQycPHeK+syTfbIs0X+xgTyb/szDvI=",
        )];
        let shared = [&[("SESSION_STORE", store)], &keys, environment].concat();
        let client = [
            ("BFF_SANDBOX__ENABLED", "true"),
            ("OAUTH_CLIENT_ID", "client_sandbox"),
            ("OAUTH_CLIENT_SECRET", "secret_sandbox"),
        ];
        let one = Program::start_with(&[shared.as_slice(), &client].concat()).await;
        let redirect_uri = one.addresses.redirect_uri();
        let provider = [
            ("OAUTH_REDIRECT_URI", redirect_uri.as_str()),
            ("OAUTH_AUTH_SERVER", one.sandbox.as_str()),
            ("BFF_SANDBOX__ENABLED", "false"),
        ];
        let other = [shared.as_slice(), &client, &provider].concat();
        let other = Program::start_without_user(&other).await;
        Self { one, other }
    }

    /// The same browser, sent to the other replica by whatever is in front of them.
    pub fn moved(&self, browser: &Browser) -> Browser {
        let mut moved = browser.copy();
        moved.address.clone_from(&self.other.addresses.public);
        moved
    }
}
