//! [`Flows`]: all use cases, each over what it needs of the [`Parts`].

use std::sync::Arc;

use super::api::ApiCalls;
#[cfg(feature = "proxy")]
use super::forward::Forwarder;
use super::login::Login;
use super::logout::Logout;
use super::parts::Parts;
use super::probe::Probe;
use super::refresher::Refresher;
use super::replicas::Replicas;
use super::sessions::Sessions;
use super::single_flight::Tasks;

/// All use cases. Cheap to clone.
#[derive(Clone)]
pub struct Flows {
    /// Starts and finishes logins.
    pub login: Arc<Login>,
    /// Ends sessions.
    pub logout: Arc<Logout>,
    /// Opens, lists and sweeps sessions.
    pub sessions: Arc<Sessions>,
    /// Renews tokens.
    pub refresher: Arc<Refresher>,
    /// Calls the provider's API.
    pub api: Arc<ApiCalls>,
    /// Forwards calls to upstreams.
    #[cfg(feature = "proxy")]
    pub forwarder: Arc<Forwarder>,
    /// Recognises the questions of the command `doctor`.
    pub probe: Arc<Probe>,
    /// Announces this replica, and lists the others.
    pub replicas: Arc<Replicas>,
    tasks: Tasks,
}

impl Flows {
    /// Creates the use cases over `parts`.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        let revoker = parts.revoker();
        let (refresher, sessions) = (parts.refresher(&revoker), parts.sessions(&revoker));
        let logout = parts.logout(&revoker);
        Self {
            login: parts.login(&logout),
            api: parts.api(&refresher),
            #[cfg(feature = "proxy")]
            forwarder: parts.forwarder(&sessions, &refresher),
            probe: parts.probe(),
            replicas: parts.replicas(),
            logout,
            sessions,
            refresher,
            tasks: parts.tasks,
        }
    }

    /// Waits until all background tasks are done.
    pub async fn finish_tasks(&self) {
        self.tasks.finished().await;
    }
}
