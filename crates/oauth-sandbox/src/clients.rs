//! The apps that may use the sandbox.

use serde::{Deserialize, Serialize};

use super::opaque::Digest;

/// A registered app. Its secret is kept as a digest.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Client {
    pub(crate) client_id: String,
    pub(crate) secret: Digest,
    pub(crate) redirect_uri: String,
    pub(crate) name: String,
}
