//! Sends the same call with many cookies, some times each.

use std::fs;
use std::path::PathBuf;

use clap::Args;
use futures_util::{StreamExt as _, stream};

use super::client::{client, get, post};
use super::tally::Tally;
use crate::clock::Stopwatch;
use crate::failure::Outcome;

/// The settings.
#[derive(Args)]
pub struct Settings {
    /// Port of the server
    #[arg(long)]
    port: u16,
    /// Path of the call
    #[arg(long)]
    path: String,
    /// File with one `Cookie` header a line
    #[arg(long)]
    cookies: PathBuf,
    /// Number of calls with each cookie, one after the other in the list of calls
    #[arg(long, default_value_t = 1)]
    each: usize,
    /// Number of calls at the same time
    #[arg(long, default_value_t = 64)]
    width: usize,
    /// Sends POST, and expects 200 or 204
    #[arg(long)]
    post: bool,
}

/// Sends the calls, and prints the tally. A call fails unless it is answered as it should be.
///
/// # Errors
/// [`Failure`](crate::failure::Failure) when the cookies cannot be read.
pub async fn run(settings: &Settings) -> Outcome<()> {
    let cookies = fs::read_to_string(&settings.cookies)?;
    let url = format!("http://127.0.0.1:{}{}", settings.port, settings.path);
    let (client, watch) = (client()?, Stopwatch::start());
    let (client, url) = (&client, &url);
    let calls = cookies
        .lines()
        .flat_map(|cookie| std::iter::repeat_n(cookie, settings.each));
    let results = stream::iter(calls).map(|cookie| async move {
        let one = Stopwatch::start();
        let response = if settings.post {
            post(client, url, cookie).await?
        } else {
            get(client, url, cookie).await?
        };
        let status = response.status();
        response.bytes().await.map_err(|error| error.to_string())?;
        if status != 200 && !(settings.post && status == 204) {
            return Err(format!("status {status}"));
        }
        Ok(one.seconds())
    });
    let results: Vec<Result<f64, String>> =
        results.buffer_unordered(settings.width).collect().await;
    Tally::new(results, watch).print()
}
