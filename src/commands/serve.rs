//! `serve`: runs the app until it is told to stop.

use aihubmix_bff::app::{Addresses, App};
use aihubmix_bff::config::{Config, Sources};
use aihubmix_bff::telemetry;
use tokio::signal::unix::{SignalKind, signal};

use super::{Trouble, say};

/// Runs until SIGTERM or SIGINT; SIGHUP reads the sealing keys again.
pub async fn run(config: &Config) -> Result<(), Trouble> {
    telemetry::start(&config.log);
    let running = |error: std::io::Error| Trouble::Running(error.to_string());
    // Listened for before anything is built, so that no signal is missed.
    let shutdown = told_to_stop().map_err(running)?;
    let hang_ups = signal(SignalKind::hangup()).map_err(running)?;
    let app = App::build(config).await?;
    app.follow_keys(config, Sources::from_process(), hang_ups);
    welcome(app.addresses());
    app.run_until(shutdown).await.map_err(running)
}

/// Resolves at the first SIGTERM or SIGINT.
pub fn told_to_stop() -> std::io::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!(
            event = "stopping",
            "told to stop; calls in flight may finish"
        );
    })
}

/// The lines that a person can use.
fn welcome(addresses: &Addresses) {
    match &addresses.sandbox {
        Some(control_page) => {
            say(&format!("Open {} and click once.", addresses.public_origin));
            say(&format!(
                "The provider is the built-in sandbox (sign in as demo / demo); steer and break it at {control_page}"
            ));
            say(
                "Go real: aihubmix-bff register, then OAUTH_CLIENT_ID, OAUTH_CLIENT_SECRET, OAUTH_REDIRECT_URI, OAUTH_AUTH_SERVER (README.md)",
            );
        }
        None => say(&format!(
            "Ready at {} (listening on {}, operator's listener on {})",
            addresses.public_origin, addresses.app, addresses.admin
        )),
    }
}
