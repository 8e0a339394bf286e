//! Starts the sandbox in the process of the app. It is the provider when no other is configured. Called by [`Program`](super::Program) only. A build
//! without the feature `sandbox` has `no_sandbox.rs` in its place.

use url::Url;

use super::error::BuildError;
use crate::config::{Config, StoreUrl};
use crate::domain::{SessionId, SystemEntropy};
use crate::provider::ProviderSettings;
use oauth_sandbox::{Sandbox, SandboxClient, SandboxSettings};

/// The sandbox, if it runs.
pub struct RunningSandbox(Option<Sandbox>);

impl RunningSandbox {
    /// Returns the URL of the control page.
    pub fn control_page(&self) -> Option<String> {
        let sandbox = self.0.as_ref()?;
        Some(format!("{}/sandbox", sandbox.base_url()))
    }

    /// Stops the sandbox.
    pub async fn stop(self) {
        if let Some(sandbox) = self.0 {
            sandbox.stop().await;
        }
    }
}

/// Starts the sandbox if it is enabled, and makes it the provider if no other is configured.
pub async fn start(
    config: &Config,
    mut provider: ProviderSettings,
) -> Result<(ProviderSettings, RunningSandbox), BuildError> {
    if !config.sandbox.enabled {
        return Ok((provider, RunningSandbox(None)));
    }
    if config.oauth.credentials().is_none() {
        "client_sandbox".clone_into(&mut provider.client_id);
        provider.client_secret =
            format!("secret_{}", SessionId::random(&SystemEntropy).reveal()).into();
    }
    let sandbox = oauth_sandbox::start(SandboxSettings {
        listen: config.sandbox.listen,
        clients: vec![SandboxClient {
            client_id: provider.client_id.clone(),
            client_secret: provider.client_secret.clone(),
            redirect_uri: config.oauth.redirect_uri.as_str().to_owned(),
            name: config
                .ui
                .title
                .clone()
                .unwrap_or_else(|| provider.identity.name().to_owned()),
        }],
        state_file: match &config.session.store {
            StoreUrl::Sqlite { path } => Some(path.with_file_name("sandbox.json")),
            _ => None,
        },
        answers: Some(config.sandbox.answers.clone()),
        developer_token: None,
    })
    .await
    .map_err(|error| BuildError::Sandbox(error.to_string()))?;
    if config.oauth.auth_server.is_none()
        && let Ok(base) = Url::parse(&sandbox.base_url())
    {
        provider.browser_base = base.clone();
        provider.server_base = base;
        provider
            .paths
            .revocation
            .get_or_insert_with(|| oauth_sandbox::REVOCATION_PATH.to_owned());
    }
    Ok((provider, RunningSandbox(Some(sandbox))))
}
