//! Replicas of one app: one store, one set of keys, one provider that none of them runs.

use super::Program;
use crate::launch::Addresses;
use crate::redis_server::Server;

const KEYS: &str = "AJdSXzfH1AFhZgQycPHeK+syTfbIs0X+xgTyb/szDvI=";
const CLIENT: [(&str, &str); 2] = [
    ("OAUTH_CLIENT_ID", "client_sandbox"),
    ("OAUTH_CLIENT_SECRET", "secret_sandbox"),
];

/// What replicas have in common.
pub struct Fleet {
    /// Runs the sandbox, and nothing else that anybody uses.
    pub provider: Program,
    pub redis: Server,
    redirect_uri: String,
}

impl Fleet {
    /// For an app that browsers reach at these addresses.
    pub async fn at(addresses: &Addresses) -> Self {
        let redirect_uri = addresses.redirect_uri();
        let sandbox = [
            ("BFF_SANDBOX__ENABLED", "true"),
            ("OAUTH_REDIRECT_URI", redirect_uri.as_str()),
        ];
        Self {
            provider: Program::start_with(&[CLIENT.as_slice(), &sandbox].concat()).await,
            redis: Server::start("").await,
            redirect_uri,
        }
    }

    /// One more replica, with these further variables.
    pub async fn replica(&self, environment: &[(&str, &str)]) -> Program {
        let store = format!("redis://127.0.0.1:{}", self.redis.port());
        let shared = [
            ("SESSION_STORE", store.as_str()),
            ("SESSION_KEYS", KEYS),
            ("OAUTH_REDIRECT_URI", &self.redirect_uri),
            ("OAUTH_AUTH_SERVER", &self.provider.sandbox),
            ("BFF_SANDBOX__ENABLED", "false"),
        ];
        Program::start_without_user(&[CLIENT.as_slice(), &shared, environment].concat()).await
    }
}
