//! Sends or receives bodies of one size.

use std::time::Duration;

use bytes::Bytes;
use clap::Args;
use futures_util::{StreamExt as _, future, stream};
use reqwest::header::{CONTENT_TYPE, COOKIE};
use reqwest::{Client, RequestBuilder};

use super::client::client;
use super::tally::Tally;
use crate::clock::Stopwatch;
use crate::failure::Outcome;

/// The settings.
#[derive(Args)]
pub struct Settings {
    /// Port of the server
    #[arg(long)]
    port: u16,
    /// Size of a body in bytes
    #[arg(long)]
    size: usize,
    /// Sends bodies instead of receiving them
    #[arg(long)]
    up: bool,
    /// Seconds after which no transfer begins
    #[arg(long)]
    seconds: u64,
    /// Number of transfers at the same time
    #[arg(long)]
    width: usize,
    /// The `Cookie` header
    #[arg(long, default_value = "")]
    cookie: String,
}

/// Transfers the bodies, and prints the tally.
///
/// # Errors
/// [`Failure`](crate::failure::Failure) when the tally cannot be printed.
pub async fn run(settings: &Settings) -> Outcome<()> {
    let (client, body) = (client()?, Bytes::from(vec![b'x'; settings.size]));
    let (watch, limit) = (Stopwatch::start(), Duration::from_secs(settings.seconds));
    let until_limit = stream::repeat(()).take_while(|()| future::ready(watch.elapsed() < limit));
    let transfers = until_limit.map(|()| {
        let (request, expected) = if settings.up {
            (up(&client, settings, body.clone()), None)
        } else {
            (down(&client, settings), Some(settings.size))
        };
        transfer(request.header(COOKIE, &settings.cookie), expected)
    });
    let results: Vec<Result<f64, String>> =
        transfers.buffer_unordered(settings.width).collect().await;
    Tally::new(results, watch).print()
}

fn up(client: &Client, settings: &Settings, body: Bytes) -> RequestBuilder {
    let url = format!("http://127.0.0.1:{}/api/proxy/bench/sink", settings.port);
    // The header is what a script of the page sends with an unsafe method.
    client
        .post(url)
        .header("X-CSRF", "1")
        .header(CONTENT_TYPE, "application/octet-stream")
        .body(body)
}

fn down(client: &Client, settings: &Settings) -> RequestBuilder {
    let (port, size) = (settings.port, settings.size);
    client.get(format!(
        "http://127.0.0.1:{port}/api/proxy/bench/bytes/{size}"
    ))
}

/// Sends a request and reads the answer, of which the body must have the expected length.
async fn transfer(request: RequestBuilder, expected: Option<usize>) -> Result<f64, String> {
    let one = Stopwatch::start();
    let mut response = request.send().await.map_err(|error| format!("{error:?}"))?;
    let status = response.status();
    let mut length = 0;
    while let Some(piece) = response
        .chunk()
        .await
        .map_err(|error| format!("{error:?}"))?
    {
        length += piece.len();
    }
    if status != 200 || expected.is_some_and(|expected| expected != length) {
        return Err(format!("status {status}, {length} bytes"));
    }
    Ok(one.seconds())
}
