//! Two replicas behind one public origin, with one store. The sandbox of the first is their provider.

use crate::browser::Browser;
use crate::launch::Binary;
use crate::program::Program;

/// Two programs that share a Redis, the keys, and the sandbox of the first as their provider.
pub struct Replicas {
    /// The replica that runs the sandbox.
    pub one: Program,
    /// The other replica.
    pub other: Program,
}

impl Replicas {
    /// Starts both with this store and these variables.
    pub async fn start(binary: Binary, store: &str, environment: &[(&str, &str)]) -> Self {
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
        let one = binary
            .start_with(&[shared.as_slice(), &client].concat())
            .await;
        let redirect_uri = one.addresses.redirect_uri();
        let provider = [
            ("OAUTH_REDIRECT_URI", redirect_uri.as_str()),
            ("OAUTH_AUTH_SERVER", one.sandbox.base.as_str()),
            ("BFF_SANDBOX__ENABLED", "false"),
        ];
        let other = [shared.as_slice(), &client, &provider].concat();
        let other = binary.start_without_user(&other).await;
        Self { one, other }
    }

    /// Returns a copy of the browser whose requests go to the other replica, as a load balancer would send them.
    pub fn moved(&self, browser: &Browser) -> Browser {
        let mut moved = browser.copy();
        moved.address.clone_from(&self.other.addresses.public);
        moved
    }
}
