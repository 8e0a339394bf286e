//! `register`: makes this app known to AIHubMix and keeps its credentials in `.env`. Prints no secret.

use std::fs::OpenOptions;
use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use crate::config::ExactUrl;
use crate::provider::{ProviderError, Registered, register};
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

use super::{Trouble, complain, say};

const DEVELOPER_TOKEN: &str = "AIHUBMIX_DEVELOPER_TOKEN";
const FILE: &str = ".env";

/// What can be said on the command line. Never the developer token: other users of the machine can read command lines.
#[derive(clap::Args)]
pub struct Options {
    /// The app's name, as people see it when they consent
    #[arg(long)]
    name: String,
    /// Where the provider sends people back to, exactly: the public address of /oauth/callback
    #[arg(long)]
    redirect_uri: ExactUrl,
    /// One sentence about the app
    #[arg(long, default_value = "")]
    description: String,
    /// Where apps are registered
    #[arg(long, default_value = "https://api.aihubmix.com")]
    api: Url,
}

/// Registers and writes the credentials.
pub async fn run(options: Options) -> Result<(), Trouble> {
    let is_loopback = match options.api.host() {
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost",
        None => false,
    };
    if options.api.scheme() != "https" && !is_loopback {
        return Err(unusable(
            "--api: must be an https address; the developer token would travel in clear",
        ));
    }
    let token = developer_token()?;
    let made = register(
        &options.api,
        &token,
        &options.name,
        &options.description,
        options.redirect_uri.as_str(),
    )
    .await
    .map_err(|error| Trouble::Running(not_registered(&error)))?;
    write(Path::new(FILE), &made).map_err(|error| {
        Trouble::Running(format!(
            "registered as {}, but {FILE} cannot be written ({error}); make the folder writable and register again",
            made.client_id
        ))
    })?;
    say(&format!(
        "Registered as {}; the credentials are in {FILE} (readable by you only).",
        made.client_id
    ));
    say("Next: set OAUTH_AUTH_SERVER to the provider's address and run aihubmix-bff.");
    Ok(())
}

/// Why nothing was registered, in our own words where the operator can act.
fn not_registered(error: &ProviderError) -> String {
    match error {
        ProviderError::TokenRefused(_) | ProviderError::Forbidden(_) => {
            format!("not registered: the developer token is not accepted; check {DEVELOPER_TOKEN}")
        }
        other => format!("not registered: {other}"),
    }
}

fn developer_token() -> Result<SecretString, Trouble> {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one value that is not configuration: used once, by this command"
    )]
    let given = std::env::var(DEVELOPER_TOKEN).ok();
    let token = match given.filter(|token| !token.trim().is_empty()) {
        Some(token) => token,
        None => {
            if std::io::stdin().is_terminal() {
                complain(
                    "Developer token (it will be shown as you type; or set AIHUBMIX_DEVELOPER_TOKEN):",
                );
            }
            let mut line = String::new();
            std::io::stdin()
                .lock()
                .read_line(&mut line)
                .map_err(|_| unusable("the developer token cannot be read from standard input"))?;
            line
        }
    };
    let token = token.trim();
    if token.is_empty() || token.contains(char::is_control) {
        return Err(unusable(
            "no developer token: set AIHUBMIX_DEVELOPER_TOKEN or give it on standard input",
        ));
    }
    Ok(SecretString::from(token.to_owned()))
}

/// Puts the credentials into the file: lines of its own are replaced, all others stay as they are.
fn write(path: &Path, made: &Registered) -> std::io::Result<()> {
    let before = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(error),
    };
    let after = with_credentials(&before, made);
    let draft = path.with_extension("env.new");
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&draft)?;
    file.write_all(after.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(&draft, path)
}

fn with_credentials(before: &str, made: &Registered) -> String {
    let values = [
        ("OAUTH_CLIENT_ID", made.client_id.as_str()),
        ("OAUTH_CLIENT_SECRET", made.client_secret.expose_secret()),
        ("OAUTH_REDIRECT_URI", made.redirect_uri.as_str()),
    ];
    let names = |line: &str| {
        let line = line.trim_start();
        let line = line.strip_prefix("export ").unwrap_or(line);
        line.split('=').next().map(|name| name.trim().to_owned())
    };
    let kept = before
        .lines()
        .filter(|line| {
            !values
                .iter()
                .any(|(name, _)| names(line).as_deref() == Some(name))
        })
        .map(str::to_owned);
    let ours = values
        .iter()
        .map(|(name, value)| format!("{name}={}", quoted(value)));
    kept.chain(ours).map(|line| line + "\n").collect()
}

/// A value as `.env` and a shell read it back: single quotes keep everything but themselves.
fn quoted(value: &str) -> String {
    if value.contains('\'') {
        let escaped = value.replace('\\', r"\\").replace('"', r#"\""#);
        format!("\"{}\"", escaped.replace('$', r"\$"))
    } else {
        format!("'{value}'")
    }
}

fn unusable(text: &str) -> Trouble {
    Trouble::Unusable(format!("aihubmix-bff: {text}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_lines_stay_and_old_credentials_go() {
        let made = Registered {
            client_id: "client_1".to_owned(),
            client_secret: "secret_1".to_owned().into(),
            redirect_uri: "https://app.test/oauth/callback?a='$\\".to_owned(),
        };
        let before = "# mine\nRUST_LOG=debug\nexport OAUTH_CLIENT_ID=old\nOAUTH_CLIENT_SECRET=old\n\nOAUTH_SCOPE_NOTE=x";
        assert_eq!(
            with_credentials(before, &made),
            "# mine\nRUST_LOG=debug\n\nOAUTH_SCOPE_NOTE=x\nOAUTH_CLIENT_ID='client_1'\nOAUTH_CLIENT_SECRET='secret_1'\n\
             OAUTH_REDIRECT_URI=\"https://app.test/oauth/callback?a='\\$\\\\\"\n"
        );
    }
}
