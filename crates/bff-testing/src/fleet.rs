//! Replicas of one app with one store, one set of keys, and a provider of their own.

use crate::launch::{Addresses, Binary};
use crate::program::Program;
use crate::redis::Server;

const KEYS: &str = "AJdSXzfH1AFhZgQycPHeK+syTfbIs0X+xgTyb/szDvI=";
const CLIENT: [(&str, &str); 2] = [
    ("OAUTH_CLIENT_ID", "client_sandbox"),
    ("OAUTH_CLIENT_SECRET", "secret_sandbox"),
];

/// The shared parts of replicas: provider, Redis, keys.
pub struct Fleet {
    /// The program whose sandbox is the provider.
    pub provider: Program,
    /// The session store.
    pub redis: Server,
    binary: Binary,
    redirect_uri: String,
}

impl Fleet {
    /// Starts the shared parts for an app that browsers reach at these addresses.
    pub async fn at(binary: Binary, addresses: &Addresses) -> Self {
        let redirect_uri = addresses.redirect_uri();
        let sandbox = [
            ("BFF_SANDBOX__ENABLED", "true"),
            ("OAUTH_REDIRECT_URI", redirect_uri.as_str()),
        ];
        Self {
            provider: binary
                .start_with(&[CLIENT.as_slice(), &sandbox].concat())
                .await,
            redis: Server::start("").await,
            binary,
            redirect_uri,
        }
    }

    /// Starts one more replica, with these further variables.
    pub async fn replica(&self, environment: &[(&str, &str)]) -> Program {
        let store = format!("redis://127.0.0.1:{}", self.redis.port());
        let shared = [
            ("SESSION_STORE", store.as_str()),
            ("SESSION_KEYS", KEYS),
            ("OAUTH_REDIRECT_URI", &self.redirect_uri),
            ("OAUTH_AUTH_SERVER", &self.provider.sandbox.base),
            ("BFF_SANDBOX__ENABLED", "false"),
        ];
        self.binary
            .start_without_user(&[CLIENT.as_slice(), &shared, environment].concat())
            .await
    }
}
