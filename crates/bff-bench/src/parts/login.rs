//! Signs users in as a browser does: the login's start, the provider's redirect, the callback.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use futures_util::{StreamExt as _, future, stream};
use reqwest::Client;

use super::client::{Jar, client, get, location};
use super::tally::Tally;
use crate::clock::Stopwatch;
use crate::failure::Outcome;

/// The settings.
#[derive(Args)]
pub struct Settings {
    /// Port of the server
    #[arg(long)]
    port: u16,
    /// Number of logins
    #[arg(long, default_value_t = usize::MAX)]
    count: usize,
    /// Seconds after which no login begins
    #[arg(long, default_value_t = 3_600)]
    seconds: u64,
    /// Number of users that sign in at the same time
    #[arg(long, default_value_t = 16)]
    width: usize,
    /// File for the cookies, one `Cookie` header a line
    #[arg(long)]
    cookies: Option<PathBuf>,
}

/// Signs users in, and prints the tally.
///
/// # Errors
/// [`Failure`](crate::failure::Failure) when the cookies cannot be written.
pub async fn run(settings: &Settings) -> Outcome<()> {
    let (client, watch) = (client()?, Stopwatch::start());
    let origin = format!("http://127.0.0.1:{}", settings.port);
    let limit = Duration::from_secs(settings.seconds);
    let (client, origin) = (&client, &origin);
    let logins = stream::repeat(())
        .take(settings.count)
        .take_while(|()| future::ready(watch.elapsed() < limit))
        .map(|()| async move {
            let one = Stopwatch::start();
            let cookie = sign_in(client, origin).await?;
            Ok((one.seconds(), cookie))
        });
    let results: Vec<Result<(f64, String), String>> =
        logins.buffer_unordered(settings.width).collect().await;
    if let Some(file) = &settings.cookies {
        let cookies = results
            .iter()
            .flatten()
            .map(|(_, cookie)| format!("{cookie}\n"));
        fs::write(file, cookies.collect::<String>())?;
    }
    let durations = results
        .into_iter()
        .map(|result| result.map(|(seconds, _)| seconds));
    Tally::new(durations, watch).print()
}

/// Signs one user in, and returns the `Cookie` header of the session.
///
/// # Errors
/// The step that failed, as text.
pub async fn sign_in(client: &Client, origin: &str) -> Result<String, String> {
    let mut jar = Jar::default();
    let start = get(client, &format!("{origin}/auth/oauth/start"), "").await?;
    jar.take(start.headers());
    let authorize = get(client, &location(&start)?, "").await?;
    let callback = get(client, &location(&authorize)?, &jar.header()).await?;
    let end = location(&callback)?;
    if end.contains("error=") {
        return Err(format!("the login ends at {end}"));
    }
    jar.take(callback.headers());
    Ok(jar.header())
}
