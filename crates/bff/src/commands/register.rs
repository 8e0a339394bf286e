//! `register`: registers this app at its provider and writes its credentials to `.env`. Prints no secret.

use std::fs;
use std::io::{self, BufRead as _, ErrorKind, IsTerminal as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, fchown};
use std::path::{Path, PathBuf};

use crate::app::App;
use crate::config::ExactUrl;
use crate::domain::provider::{NewClient, Registration};
use crate::provider::{ProviderError, Registered, Registrar};
use clap::Command;
use secrecy::{ExposeSecret as _, SecretString};
use tempfile::NamedTempFile;
use url::Url;

use super::error::CliError;
use super::output::{print, print_to_stderr};

const FILE: &str = ".env";

/// Options of `register`. The developer token is not one of them, because other users of the machine can read command lines.
#[derive(clap::Args)]
pub struct Options {
    /// The app's name, as users see it on the consent page
    #[arg(long)]
    name: String,
    /// The exact URL to which the provider redirects users after sign-in: the public address of /oauth/callback
    #[arg(long)]
    redirect_uri: ExactUrl,
    /// One sentence about the app
    #[arg(long, default_value = "")]
    description: String,
    /// The address of the API that registers apps
    #[arg(long)]
    api: Option<Url>,
}

/// Adds what depends on the provider to the help: where the developer token comes from, and the address of the API.
pub fn describe(app: &App, command: Command) -> Command {
    let definition = app.provider_definition();
    let Some((name, registration)) = definition
        .ok()
        .and_then(|definition| Some((definition.name, definition.registration?)))
    else {
        return command;
    };
    let variable = registration.token_variable;
    let about = format!(
        "Register this app at {name} and write its credentials to .env (the developer token comes from `{variable}` or standard input)"
    );
    command.about(about).mut_arg("api", |argument| {
        argument.help(format!(
            "The address of the API that registers apps [default: {}]",
            registration.api
        ))
    })
}

/// Registers the app and writes its credentials to `.env`.
pub async fn run(app: &App, options: Options) -> Result<(), CliError> {
    let definition = app.provider_definition()?;
    let registration = definition.registration.ok_or_else(|| {
        let name = definition.name;
        usage_error(&format!(
            "{name} registers no apps by command; register at {name} and set OAUTH_CLIENT_ID, OAUTH_CLIENT_SECRET and OAUTH_REDIRECT_URI"
        ))
    })?;
    let api = api_address(options.api, &registration)?;
    let token = developer_token(registration.token_variable)?;
    // Opened before the registration, because the provider returns the secret only once.
    let file = EnvFile::open(Path::new(FILE)).map_err(|error| {
        CliError::Running(format!(
            "not registered: {FILE} cannot be written ({error}); let the user of this command read and write it and its folder"
        ))
    })?;
    let registrar = Registrar {
        definition,
        registration,
        api: &api,
        identity: app.identity()?,
    };
    let client = NewClient {
        name: &options.name,
        description: &options.description,
        redirect_uri: options.redirect_uri.as_str(),
    };
    let made = registrar
        .register(&client, &token)
        .await
        .map_err(|error| CliError::Running(not_registered(&error, registration.token_variable)))?;
    file.write(&made).map_err(|error| {
        CliError::Running(format!(
            "registered as {}, but {FILE} cannot be written ({error}); make the folder writable and register again",
            made.client_id
        ))
    })?;
    let outcome = format!(
        "Registered as {}; the credentials are in {FILE} (readable by you only).",
        made.client_id
    );
    // Printed to standard error when standard output fails, because the user would otherwise retry and register a second app.
    print(&outcome).inspect_err(|_| print_to_stderr(&outcome))?;
    print(&format!(
        "Next: set OAUTH_AUTH_SERVER to the provider's address and run {}.",
        app.name
    ))
}

/// Returns the address of the API: the given one, or that of the provider. The developer token is sent only over https or to loopback.
fn api_address(given: Option<Url>, registration: &Registration) -> Result<Url, CliError> {
    let api = match given {
        Some(api) => api,
        None => Url::parse(registration.api)
            .map_err(|_| usage_error("--api: missing; the provider's own address is not valid"))?,
    };
    let is_loopback = match api.host() {
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost",
        None => false,
    };
    if api.scheme() == "https" || is_loopback {
        Ok(api)
    } else {
        Err(usage_error(
            "--api: must be an https address; the developer token would travel in clear",
        ))
    }
}

/// Describes why the registration failed. For a refused developer token it names the variable to check.
fn not_registered(error: &ProviderError, variable: &str) -> String {
    match error {
        ProviderError::TokenRefused(_) | ProviderError::Forbidden(_) => {
            format!("not registered: the developer token is not accepted; check {variable}")
        }
        other => format!("not registered: {other}"),
    }
}

fn developer_token(variable: &str) -> Result<SecretString, CliError> {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one value that is not configuration: used once, by this command"
    )]
    let given = std::env::var(variable).ok();
    let token = match given.filter(|token| !token.trim().is_empty()) {
        Some(token) => token,
        None => {
            if std::io::stdin().is_terminal() {
                print_to_stderr(&format!(
                    "Developer token (it will be shown as you type; or set {variable}):"
                ));
            }
            let mut line = String::new();
            std::io::stdin().lock().read_line(&mut line).map_err(|_| {
                usage_error("the developer token cannot be read from standard input")
            })?;
            line
        }
    };
    let token = token.trim();
    if token.is_empty() || token.contains(char::is_control) {
        return Err(usage_error(&format!(
            "no developer token: set {variable} or give it on standard input"
        )));
    }
    Ok(SecretString::from(token.to_owned()))
}

/// The `.env` file, and the temporary file that will replace it. From its creation only its owner can read or write the temporary file.
struct EnvFile {
    path: PathBuf,
    before: Vec<u8>,
    new: NamedTempFile,
}

impl EnvFile {
    /// Reads the file, if it exists, and creates the temporary file in the same folder, with the same owner. Symbolic links are followed: the target
    /// is replaced and the link stays.
    fn open(path: &Path) -> io::Result<Self> {
        let (path, found) = match path.canonicalize() {
            Ok(path) => {
                let found = path.metadata()?;
                (path, Some(found))
            }
            Err(error) if error.kind() == ErrorKind::NotFound && !path.is_symlink() => {
                (path.to_owned(), None)
            }
            Err(error) => return Err(error),
        };
        if found.as_ref().is_some_and(|found| !found.is_file()) {
            return Err(io::Error::other("it is not a file"));
        }
        let folder = path.parent().filter(|path| !path.as_os_str().is_empty());
        let new = NamedTempFile::with_prefix_in(".env.", folder.unwrap_or(Path::new(".")))?;
        let mut before = Vec::new();
        if let Some(found) = found {
            before = fs::read(&path)?;
            if found.uid() != new.as_file().metadata()?.uid() {
                fchown(&new, Some(found.uid()), Some(found.gid()))?;
            }
        }
        Ok(Self { path, before, new })
    }

    /// Replaces the file atomically by one that contains the credentials.
    fn write(mut self, made: &Registered) -> io::Result<()> {
        self.new.write_all(&with_credentials(&self.before, made))?;
        self.new.as_file().sync_all()?;
        self.new.persist(&self.path)?;
        Ok(())
    }
}

/// Removes the lines that set the same names and appends the credentials. All other lines stay unchanged, byte by byte.
fn with_credentials(before: &[u8], made: &Registered) -> Vec<u8> {
    let values = [
        ("OAUTH_CLIENT_ID", made.client_id.as_str()),
        ("OAUTH_CLIENT_SECRET", made.client_secret.expose_secret()),
        ("OAUTH_REDIRECT_URI", made.redirect_uri.as_str()),
    ];
    let sets_one = |line: &[u8]| {
        let line = String::from_utf8_lossy(line);
        let line = line.trim_start_matches('\u{feff}').trim_start();
        let line = line.strip_prefix("export ").unwrap_or(line);
        let set = line.split_once('=').map(|(name, _)| name.trim());
        values.iter().any(|(name, _)| set == Some(*name))
    };
    let lines = before.split_inclusive(|byte| *byte == b'\n');
    let mut after: Vec<u8> = lines
        .filter(|line| !sets_one(line))
        .flatten()
        .copied()
        .collect();
    if !after.is_empty() && !after.ends_with(b"\n") {
        after.push(b'\n');
    }
    for (name, value) in values {
        after.extend(format!("{name}={}\n", quoted(value)).into_bytes());
    }
    after
}

/// Quotes a value for `.env`: in single quotes, which need no escapes, or in double quotes when it contains a single quote or a line break.
fn quoted(value: &str) -> String {
    if !value.contains(['\'', '\n']) {
        return format!("'{value}'");
    }
    let value = value.replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{}\"", value.replace('$', "\\$").replace('\n', "\\n"))
}

fn usage_error(text: &str) -> CliError {
    CliError::Usage(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(client_secret: &str) -> Registered {
        Registered {
            client_id: "client_1".to_owned(),
            client_secret: client_secret.to_owned().into(),
            redirect_uri: "https://app.test/oauth/callback".to_owned(),
        }
    }

    #[tokio::test]
    async fn a_provider_without_registration_makes_the_command_say_so() {
        let endpoints = crate::domain::provider::Endpoints {
            authorize: "/a",
            token: "/t",
            userinfo: "/u",
            revocation: None,
        };
        let app = App::new("my-app").provider(|| crate::provider::standard("Example", endpoints));
        let options = Options {
            name: "n".to_owned(),
            redirect_uri: "https://app.test/oauth/callback".parse().unwrap(),
            description: String::new(),
            api: None,
        };
        let Err(CliError::Usage(text)) = run(&app, options).await else {
            panic!("registered");
        };
        assert!(text.contains("Example registers no apps"), "{text}");
    }

    #[test]
    fn other_lines_stay_and_old_credentials_go() {
        let ours = "OAUTH_CLIENT_ID='client_1'\nOAUTH_CLIENT_SECRET='secret_1'\n\
             OAUTH_REDIRECT_URI='https://app.test/oauth/callback'\n";
        for (before, kept) in [
            (&b""[..], &b""[..]),
            (
                b"# mine\nRUST_LOG=debug\nexport OAUTH_CLIENT_ID=old\nOAUTH_CLIENT_SECRET=old\n\nOAUTH_SCOPE_NOTE=x",
                b"# mine\nRUST_LOG=debug\n\nOAUTH_SCOPE_NOTE=x\n",
            ),
            (
                b"\xef\xbb\xbfOAUTH_CLIENT_ID = old\r\nA=1\r\n # OAUTH_CLIENT_SECRET=old\r\n",
                b"A=1\r\n # OAUTH_CLIENT_SECRET=old\r\n",
            ),
            (b"A=\xe9\n\tOAUTH_REDIRECT_URI=old", b"A=\xe9\n"),
        ] {
            let after = with_credentials(before, &made("secret_1"));
            assert_eq!(after, [kept, ours.as_bytes()].concat());
        }
    }

    #[test]
    fn a_redirect_uri_is_read_back_as_it_was_registered() {
        let made = Registered {
            redirect_uri: "https://app.test/oauth/callback?a='$\\".to_owned(),
            ..made("secret_1")
        };
        let after = String::from_utf8(with_credentials(b"", &made)).unwrap();
        let line = r#"OAUTH_REDIRECT_URI="https://app.test/oauth/callback?a='\$\\""#;
        assert_eq!(after.lines().nth(2), Some(line));
    }

    #[test]
    fn a_secret_cannot_end_its_line() {
        let after = with_credentials(b"", &made("a'b\"c\\d\ne$f"));
        let after = String::from_utf8(after).unwrap();
        let line = r#"OAUTH_CLIENT_SECRET="a'b\"c\\d\ne\$f""#;
        assert_eq!(after.lines().nth(1), Some(line));
    }
}
