//! All that the sandbox knows: what outlives a restart, and what begins anew with each start.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::answers::Answers;
use super::clients::Client;
use super::faults::Faults;
use super::grants::Grants;
use super::journal::Journal;
use super::knobs::Knobs;
use super::opaque::Digest;
use super::users::{User, Users};

/// What outlives a restart when there is a state file.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Kept {
    pub(crate) users: Users,
    /// Apps registered through the API; the ones from the settings are not kept here.
    pub(crate) clients: Vec<Client>,
    /// Browsers that are signed in at the sandbox: the digest of the cookie, and the account's name.
    pub(crate) browsers: HashMap<Digest, String>,
    pub(crate) grants: Grants,
}

impl Kept {
    /// What there is at the very first start.
    pub(crate) fn new(now: i64) -> Self {
        Self {
            users: Users::only_demo(now),
            clients: Vec::new(),
            browsers: HashMap::new(),
            grants: Grants::default(),
        }
    }
}

/// Everything. Knobs, faults, answers of the API and the log begin anew with each start.
pub(crate) struct World {
    pub(crate) kept: Kept,
    pub(crate) configured_clients: Vec<Client>,
    pub(crate) knobs: Knobs,
    pub(crate) faults: Faults,
    pub(crate) answers: Answers,
    pub(crate) journal: Journal,
}

impl World {
    /// The client called `client_id`.
    pub(crate) fn client(&self, client_id: &str) -> Option<&Client> {
        self.configured_clients
            .iter()
            .chain(&self.kept.clients)
            .find(|client| client.client_id == client_id)
    }

    /// The account that a browser with this cookie is signed in with.
    pub(crate) fn browser_user(&self, cookie: Option<&str>) -> Option<&User> {
        let assumed = self.knobs.signed_in_as.as_ref();
        let signed_in = || self.kept.browsers.get(&Digest::of(cookie?));
        self.kept.users.get(assumed.or_else(signed_in)?)
    }
}
