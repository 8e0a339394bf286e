//! `sessions`: lists and ends sessions while the program is running. Never prints a cookie or a token.

use crate::app::{App, flows_beside};
use crate::config::{Config, StoreUrl};
use crate::domain::{EndCause, Session, SessionHandle, Timestamp, UserId};
use crate::flow::Flows;
use crate::telemetry;
use clap::Subcommand;
use time::OffsetDateTime;
use time::macros::format_description;

use super::error::CliError;
use super::output::print;

/// Actions on sessions.
#[derive(Subcommand)]
pub enum Action {
    /// List live sessions: handle, user, device, login, last use
    List {
        /// Only the sessions of the user with this id
        #[arg(long, allow_hyphen_values = true)]
        user: Option<String>,
    },
    /// End sessions at once, on every replica
    Revoke(Which),
}

/// Which sessions to end.
#[derive(clap::Args)]
#[group(required = true, multiple = false)]
pub struct Which {
    /// The session with this handle (see `sessions list`)
    // Hyphens are allowed because a handle is base64url, so that one handle in 64 begins with a hyphen.
    #[arg(allow_hyphen_values = true)]
    handle: Option<String>,
    /// All sessions of the user with this id
    #[arg(long, allow_hyphen_values = true)]
    user: Option<String>,
    /// All sessions of all users
    #[arg(long)]
    all: bool,
}

/// Runs the action.
pub async fn run(app: &App, config: &Config, action: Action) -> Result<(), CliError> {
    if matches!(config.session.store, StoreUrl::Memory) {
        return Err(CliError::Usage(
            "session.store: sessions in memory can be seen only by the program that holds them; use sqlite:PATH".to_owned(),
        ));
    }
    let _log = telemetry::start_audit_log(&config.log)?;
    let flows = flows_beside(app, config).await?;
    let outcome = match action {
        Action::List { user } => list(&flows, user).await,
        Action::Revoke(which) => revoke(&flows, which).await,
    };
    flows.finish_tasks().await;
    outcome
}

async fn list(flows: &Flows, user: Option<String>) -> Result<(), CliError> {
    let sessions = flows.sessions.list(user.map(UserId::new).as_ref()).await?;
    print(&format!(
        "{:<16}  {:<20}  {:<24}  {:<16}  {:<16}",
        "HANDLE", "USER", "DEVICE", "SIGNED IN", "LAST SEEN"
    ))?;
    for session in &sessions {
        print(&format!(
            "{:<16}  {:<20}  {:<24}  {:<16}  {:<16}",
            session.key.handle().as_str(),
            user_of(session),
            session.device,
            minute(session.created_at),
            minute(session.last_seen_at),
        ))?;
    }
    Ok(())
}

async fn revoke(flows: &Flows, which: Which) -> Result<(), CliError> {
    let sessions = match which.handle {
        Some(handle) => match flows
            .sessions
            .by_handle(&SessionHandle::new(handle))
            .await?
        {
            Some(session) => vec![session],
            None => {
                return Err(CliError::Running(
                    "no live session has this handle; see the command `sessions list`".to_owned(),
                ));
            }
        },
        None => match which.user.map(UserId::new) {
            Some(user) => {
                let count = flows
                    .logout
                    .end_all_of_user(&user, EndCause::Revoked)
                    .await?;
                return print(&format!("{count} ended"));
            }
            None => flows.sessions.list(None).await?,
        },
    };
    let count = sessions.len();
    for session in sessions {
        flows
            .logout
            .end_remotely(session, EndCause::Revoked)
            .await?;
    }
    print(&format!("{count} ended"))
}

/// Formats the user's id and name. Control characters in the name are removed.
fn user_of(session: &Session) -> String {
    let name: String = session
        .user
        .username
        .as_deref()
        .unwrap_or_default()
        .chars()
        .filter(|c| !c.is_control())
        .collect();
    match &session.user.id {
        Some(id) => format!("{} {name}", id.as_str()),
        None => name,
    }
}

fn minute(at: Timestamp) -> String {
    OffsetDateTime::from_unix_timestamp(at.as_millis() / 1000)
        .ok()
        .and_then(|at| {
            at.format(format_description!("[year]-[month]-[day] [hour]:[minute]"))
                .ok()
        })
        .unwrap_or_default()
}
