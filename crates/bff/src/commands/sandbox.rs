//! `sandbox`: runs only the sandbox provider, for developing another app.

use crate::config::Config;
use crate::telemetry;
use oauth_sandbox::{SandboxClient, SandboxSettings, start};

use super::error::CliError;
use super::output::print;
use super::serve::StopSignals;

/// Options of `sandbox`.
#[derive(clap::Args)]
pub struct Options {
    /// The client id that the other app uses
    #[arg(long, default_value = "client_sandbox")]
    client_id: String,
    /// The other app's redirect URI, exactly as it sends it
    #[arg(long)]
    redirect_uri: Option<String>,
}

/// Runs until SIGTERM or SIGINT. The client secret is always `secret_sandbox`, because the sandbox protects no real data.
pub async fn run(config: &Config, options: Options) -> Result<(), CliError> {
    let _log = telemetry::start(&config.log)?;
    let mut stops = StopSignals::listen().map_err(|error| CliError::Running(error.to_string()))?;
    let redirect_uri = options
        .redirect_uri
        .unwrap_or_else(|| config.oauth.redirect_uri.as_str().to_owned());
    let sandbox = start(SandboxSettings {
        listen: config.sandbox.listen,
        clients: vec![SandboxClient {
            client_id: options.client_id.clone(),
            client_secret: "secret_sandbox".to_owned().into(),
            redirect_uri: redirect_uri.clone(),
            name: "sandbox client".to_owned(),
        }],
        state_file: None,
        answers: Some(config.sandbox.answers.clone()),
        developer_token: None,
    })
    .await
    .map_err(|error| CliError::Usage(format!("sandbox.listen: {error}")))?;
    print(&format!(
        "The sandbox provider is at {0} (control page: {0}/sandbox).",
        sandbox.base_url()
    ))?;
    print(&format!(
        "Client: {} with secret secret_sandbox, redirect URI {redirect_uri}",
        options.client_id
    ))?;
    stops.next().await;
    sandbox.stop().await;
    Ok(())
}
