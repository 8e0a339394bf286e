//! Holds streams open, each with a cookie of its own, until the bench closes standard input.

use std::fs;
use std::io::Read as _;
use std::path::PathBuf;

use clap::Args;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::client::{client, get};
use super::tally::Tally;
use crate::clock::Stopwatch;
use crate::failure::{Failure, Outcome};

/// Number of streams that are opened at the same time.
const WIDTH: usize = 32;

/// The settings.
#[derive(Args)]
pub struct Settings {
    /// Port of the server
    #[arg(long)]
    port: u16,
    /// Path of a stream
    #[arg(long)]
    path: String,
    /// Number of streams
    #[arg(long)]
    count: usize,
    /// File with one `Cookie` header a line, used in turn; may be empty
    #[arg(long)]
    cookies: PathBuf,
}

/// Opens the streams, prints the tally when each has sent its first bytes, and waits for the end of standard input.
///
/// # Errors
/// [`Failure`] when a stream does not open.
pub async fn run(settings: &Settings) -> Outcome<()> {
    let text = fs::read_to_string(&settings.cookies)?;
    let cookies: Vec<&str> = if text.is_empty() {
        vec![""]
    } else {
        text.lines().collect()
    };
    let url = format!("http://127.0.0.1:{}{}", settings.port, settings.path);
    let (client, watch) = (client()?, Stopwatch::start());
    let (client, url) = (&client, &url);
    let opened =
        stream::iter(cookies.iter().cycle().take(settings.count)).map(|cookie| async move {
            let mut response = get(client, url, cookie).await?;
            let first = response.chunk().await.map_err(|error| error.to_string())?;
            match (response.status().is_success(), first) {
                (true, Some(_)) => Ok(response),
                (_, _) => Err(format!("status {}", response.status())),
            }
        });
    let held: Vec<_> = opened
        .buffer_unordered(WIDTH)
        .try_collect()
        .await
        .map_err(|what: String| Failure::new(what))?;
    Tally::new(held.iter().map(|_| Ok(0.0)), watch).print()?;
    tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new()))
        .await
        .map_err(|error| Failure::new(error.to_string()))??;
    Ok(())
}
