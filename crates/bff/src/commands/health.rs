//! `health`: asks the running program, over the operator's listener, whether it is ready. For container health checks, which run it every few seconds.
//!
//! It reads only the address of that listener, so that it needs no secret, and makes no TLS client, because reading the roots takes longer than the
//! question.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::app::App;
use crate::config::{Sources, admin_address};

use super::error::CliError;

/// Time limit of the whole question: less than the 30 seconds that container runtimes allow a check by default.
const LIMIT: Duration = Duration::from_secs(5);

/// Most bytes of an answer that are read. The answers of the program are shorter.
const MOST: u64 = 4 * 1024;

/// Options of `health`.
#[derive(clap::Args)]
pub struct Options {
    /// Ask only whether the program runs, not whether it is ready
    #[arg(long)]
    live: bool,
}

/// Returns nothing when the program answers 200.
///
/// # Errors
/// [`CliError::Running`] with one line when it does not.
pub async fn run(app: &App, options: Options) -> Result<(), CliError> {
    let sources = app.add_settings_to(Sources::from_process());
    let address = admin_address(&sources)
        .map_err(|faults| CliError::Running(faults.to_string().replace('\n', " ")))?;
    let path = if options.live { "/healthz" } else { "/readyz" };
    let problem = match ask_in_time(address, path).await {
        Health::Good => return Ok(()),
        Health::Stopping => "the program is stopping; wait for its successor".to_owned(),
        Health::NotReady => {
            "the program runs and its session store does not answer; see the command doctor"
                .to_owned()
        }
        Health::Silent => format!(
            "no answer from {address} within {} s; see its log, or restart it",
            LIMIT.as_secs()
        ),
        Health::NoProgram => format!(
            "no program listens on {address}; start it, or give this command the same setting as the program"
        ),
        Health::Unknown => format!(
            "what listens on {address} is not this program; give this command the same setting as the program"
        ),
    };
    Err(CliError::Running(format!("server.admin_listen: {problem}")))
}

/// What the operator's listener says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    /// The program is live, or ready.
    Good,
    /// A graceful shutdown has begun.
    Stopping,
    /// The session store does not answer.
    NotReady,
    /// The connection is open and nothing comes.
    Silent,
    /// The connection is refused, or ends.
    NoProgram,
    /// The answer is none of this program.
    Unknown,
}

/// Asks a path of the operator's listener, within five seconds.
pub async fn ask_in_time(address: SocketAddr, path: &str) -> Health {
    let asked = tokio::time::timeout(LIMIT, ask(address, path)).await;
    match asked {
        Err(_) => Health::Silent,
        Ok(Err(_)) => Health::NoProgram,
        Ok(Ok(answer)) => read(&answer),
    }
}

async fn ask(address: SocketAddr, path: &str) -> std::io::Result<String> {
    let mut connection = TcpStream::connect(address).await?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    connection.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    connection.take(MOST).read_to_end(&mut answer).await?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

fn read(answer: &str) -> Health {
    let status = answer
        .strip_prefix("HTTP/1.1 ")
        .and_then(|rest| rest.get(..3));
    match status {
        Some("200") if answer.contains(r#"{"status":"ok"}"#) => Health::Good,
        Some("503") if answer.contains(r#"{"status":"stopping"}"#) => Health::Stopping,
        Some("503") if answer.contains("store_unavailable") => Health::NotReady,
        _ => Health::Unknown,
    }
}
