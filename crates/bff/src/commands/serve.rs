//! `serve`: runs the app until it receives a stop signal.

use std::io::IsTerminal as _;

use crate::app::{Addresses, App, Program, allow_open_files};
use crate::config::{AuditTo, Config, Sources};
use crate::domain::provider::ProviderDefinition;
use crate::telemetry;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::oneshot;

use super::error::CliError;
use super::output::{print, print_in_time, print_to_stderr};

/// Runs until SIGTERM or SIGINT. SIGHUP reloads the sealing keys and the client secret.
pub async fn run(app: App, config: &Config) -> Result<(), CliError> {
    // Dropped last, so that all log lines are written.
    let _log = telemetry::start(&config.log)?;
    let running = |error: std::io::Error| CliError::Running(error.to_string());
    // Installed before the program is built, so that no signal is missed.
    let mut stops = StopSignals::listen().map_err(running)?;
    let hang_up = || signal(SignalKind::hangup()).map_err(running);
    let hang_ups = [hang_up()?, hang_up()?];
    allow_open_files(config);
    let (name, provider) = (app.name, app.provider_definition()?);
    let sources = app.add_settings_to(Sources::from_process());
    let program = Program::build(app, config).await?;
    program.log_configuration(config);
    program.follow_secrets(config, &sources, hang_ups);
    let text = start_message(program.addresses(), name, &provider);
    if config.log.audit == AuditTo::Stdout {
        print_to_stderr(&text);
    } else {
        // A write error is ignored because the program can serve without this message.
        print_in_time(move || drop(print(&text)));
    }
    let (stop, stopped) = oneshot::channel::<()>();
    let second_signal = async {
        stops.next().await;
        tracing::info!(
            event = "stopping",
            "graceful shutdown started; requests in progress may finish"
        );
        drop(stop);
        stops.next().await;
        tracing::warn!(event = "stopped_early", "second signal; stopping at once");
    };
    tokio::select! {
        outcome = program.run_until(async { drop(stopped.await) }) => outcome.map_err(running),
        () = second_signal => Ok(()),
    }
}

/// The signals that stop the program.
pub struct StopSignals {
    terminate: Signal,
    interrupt: Signal,
    hang_up: Signal,
    is_in_terminal: bool,
}

impl StopSignals {
    /// Installs the signal handlers. From then on these signals no longer end the process by default.
    pub fn listen() -> std::io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hang_up: signal(SignalKind::hangup())?,
            is_in_terminal: std::io::stdin().is_terminal(),
        })
    }

    /// Resolves at the next SIGTERM or SIGINT. Also resolves when the terminal that started the program is closed, because the operator can no
    /// longer stop the program there.
    pub async fn next(&mut self) {
        loop {
            tokio::select! {
                _ = self.terminate.recv() => return,
                _ = self.interrupt.recv() => return,
                _ = self.hang_up.recv() => {
                    if self.is_in_terminal && !std::io::stdin().is_terminal() {
                        return;
                    }
                }
            }
        }
    }
}

/// Returns the start message for the operator. It goes to standard error when standard output carries the audit log.
fn start_message(addresses: &Addresses, name: &str, provider: &ProviderDefinition) -> String {
    let Some(control_page) = &addresses.sandbox else {
        return format!(
            "Ready at {} (listening on {}, operator's listener on {})",
            addresses.public_origin, addresses.app, addresses.admin
        );
    };
    let registering = match provider.registration {
        Some(_) => format!("{name} register, then "),
        None => String::new(),
    };
    format!(
        "Open {} and click once.\n\
         The provider is the built-in sandbox (sign in as demo / demo); set its answers and faults at {control_page}\n\
         Connect to {}: {registering}OAUTH_CLIENT_ID, OAUTH_CLIENT_SECRET, OAUTH_REDIRECT_URI, OAUTH_AUTH_SERVER (README.md)",
        addresses.public_origin, provider.name
    )
}
