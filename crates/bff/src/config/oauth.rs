//! This program as an OAuth2 client: its credentials, the provider's endpoints and the requested scope.

use std::fmt;

use percent_encoding::percent_decode_str;
use secrecy::SecretString;
use serde::{Deserialize, Deserializer, Serialize};
use url::Url;

use super::address::{self, ExactUrl};
use super::fault::Wrong;
use super::field::{Setting, masked, optional, parsed, parsed_if_set, text};
use super::reader::{Checked, Reader};
use super::sandbox::{self, Sandbox};

/// `[oauth]`. Client id and client secret are both set or both unset.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Oauth {
    /// The client identifier (RFC 6749 §2.2). `None` only when the sandbox is on.
    #[serde(serialize_with = "optional::serialize", deserialize_with = "client_id")]
    pub client_id: Option<String>,
    /// The client secret (RFC 6749 §2.3.1). `None` only when the sandbox is on.
    #[serde(serialize_with = "masked", deserialize_with = "client_secret")]
    pub client_secret: Option<SecretString>,
    /// The redirect URI (RFC 6749 §3.1.2), sent as written.
    #[serde(with = "text")]
    pub redirect_uri: ExactUrl,
    /// The base URL that browsers are redirected to, without `/api/oauth2/…`. `None` means the sandbox.
    #[serde(with = "optional")]
    pub auth_server: Option<Url>,
    /// The base URL that this program calls. The default is `auth_server`. `None` means the sandbox.
    #[serde(with = "optional")]
    pub api_server: Option<Url>,
    /// The requested scopes, space separated, sent as written (RFC 6749 §3.3).
    #[serde(deserialize_with = "scope")]
    pub scope: String,
    /// Whether the provider skips the consent page for a signed-in user.
    pub auto_authorize: bool,
    /// Whether logins use PKCE with S256 (RFC 7636).
    pub pkce: bool,
    /// How the client authenticates at the token endpoint.
    #[serde(with = "text")]
    pub client_auth: ClientAuth,
    /// Path of the revocation endpoint (RFC 7009) below `api_server`. It begins with `/`.
    #[serde(serialize_with = "optional::serialize", deserialize_with = "path")]
    pub revocation_path: Option<String>,
    /// The expected `iss` of a callback, compared character by character (RFC 9207).
    #[serde(serialize_with = "optional::serialize", deserialize_with = "issuer")]
    pub issuer: Option<ExactUrl>,
}

/// Method of client authentication (RFC 6749 §2.3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientAuth {
    /// `client_id` and `client_secret` in the form body.
    Body,
    /// HTTP Basic authentication.
    Basic,
}

impl fmt::Display for ClientAuth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Body => "body",
            Self::Basic => "basic",
        })
    }
}

const CLIENT_ID: &str = "oauth.client_id";
const CLIENT_SECRET: &str = "oauth.client_secret";
const AUTH_SERVER: &str = "oauth.auth_server";
const API_SERVER: &str = "oauth.api_server";

impl Oauth {
    /// Returns the client's credentials, if they are set.
    #[must_use]
    pub fn credentials(&self) -> Option<(&str, &SecretString)> {
        self.client_id.as_deref().zip(self.client_secret.as_ref())
    }

    /// Returns true when client id, client secret and `auth_server` are all unset, so that no real provider is configured.
    pub(super) fn is_untouched(reader: &Reader) -> bool {
        ![CLIENT_ID, CLIENT_SECRET, AUTH_SERVER]
            .iter()
            .any(|key| reader.is_set(key))
    }

    pub(super) fn read(reader: &mut Reader, sandbox: &Sandbox) -> Checked<Self> {
        let mut oauth: Self = reader.section("oauth")?;
        check_presence(reader, sandbox);
        warn_about_redirect_uri(reader, &oauth.redirect_uri);
        if !oauth.pkce {
            reader.warn(
                "oauth.pkce",
                "is off; a stolen authorization code is easier to use",
            );
        }
        if oauth.api_server.is_none() {
            oauth.api_server.clone_from(&oauth.auth_server);
        }
        Ok(oauth)
    }
}

/// Checks which keys require other keys. It checks only whether keys are set, so that a bad value does not hide a missing key.
fn check_presence(reader: &mut Reader, sandbox: &Sandbox) {
    const REGISTER: &str = "set it (the command register makes both), or remove both";
    let is_strict = reader.is_strict();
    let is_alone = !is_strict && !sandbox.enabled && !reader.is_faulty(sandbox::ENABLED);
    for (key, other) in [(CLIENT_ID, CLIENT_SECRET), (CLIENT_SECRET, CLIENT_ID)] {
        if reader.is_set(key) {
            continue;
        }
        if is_strict {
            reader.fault(key, needed_here("set it (the command register makes it)"));
        } else if reader.is_set(other) {
            let wrong = Wrong::new(format!("is missing beside {other}"), REGISTER);
            reader.fault(key, wrong);
        } else if is_alone {
            reader.fault(key, needed_without_sandbox());
        }
    }
    if !reader.is_set(AUTH_SERVER) {
        if is_strict {
            reader.fault(AUTH_SERVER, needed_here("set it to the provider's address"));
        } else if is_alone {
            reader.fault(AUTH_SERVER, needed_without_sandbox());
        } else if reader.is_set(API_SERVER) {
            let wrong = Wrong::new("is missing beside oauth.api_server", "set both or neither");
            reader.fault(AUTH_SERVER, wrong);
        }
    }
}

fn needed_here(remedy: &'static str) -> Wrong {
    Wrong::new("is needed in every profile but development", remedy)
}

fn needed_without_sandbox() -> Wrong {
    let remedy = if cfg!(feature = "sandbox") {
        "set it, or set sandbox.enabled to true"
    } else {
        "set it (this build has no sandbox)"
    };
    Wrong::new("is needed when the sandbox is off", remedy)
}

fn warn_about_redirect_uri(reader: &mut Reader, uri: &ExactUrl) {
    const KEY: &str = "oauth.redirect_uri";
    let path = percent_decode_str(uri.url().path()).collect::<Vec<u8>>();
    if !matches!(&path[..], b"/oauth/callback" | b"/oauth/callback.html") {
        reader.warn(
            KEY,
            "is not a path of this program; its page must pass code and state to /api/oauth/exchange-token",
        );
    }
    if reader.is_strict() && address::is_loopback(uri.url()) {
        reader.warn(
            KEY,
            "is on loopback; only browsers on this machine can sign in",
        );
    }
}

fn client_id<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    parsed_if_set(from, |text| visible(text).map(|()| text.to_owned()))
}

fn client_secret<'de, D: Deserializer<'de>>(from: D) -> Result<Option<SecretString>, D::Error> {
    parsed_if_set(from, not_an_example)
}

fn not_an_example(text: &str) -> Result<SecretString, Wrong> {
    const EXAMPLES: [&str; 8] = [
        "secret",
        "password",
        "client_secret",
        "client-secret",
        "secret_example",
        "example",
        "test",
        "12345678",
    ];
    visible(text)?;
    if EXAMPLES
        .iter()
        .any(|example| text.eq_ignore_ascii_case(example))
    {
        return Err(placeholder());
    }
    Ok(SecretString::from(text))
}

/// Checks the character set of a credential (`VSCHAR`, RFC 6749 appendix A.1 and A.2) and refuses placeholder words.
fn visible(text: &str) -> Result<(), Wrong> {
    const LONGEST: usize = 1024;
    const STAND_INS: [&str; 7] = [
        "changeme",
        "change-me",
        "change_me",
        "your-",
        "your_",
        "...",
        "<",
    ];
    let lower = text.to_ascii_lowercase();
    if STAND_INS.iter().any(|word| lower.contains(word)) || text.contains('…') {
        return Err(placeholder());
    }
    if text.len() > LONGEST || !text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        return Err(Wrong::new(
            "has characters that no client credential has",
            "copy it again from the provider",
        ));
    }
    Ok(())
}

fn placeholder() -> Wrong {
    Wrong::new(
        "is an example, not a value",
        "write what the provider gave you (see the command register)",
    )
}

fn scope<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    parsed(from, |text| {
        let token = |word: &str| {
            !word.is_empty()
                && word
                    .bytes()
                    .all(|byte| matches!(byte, b'!' | b'#'..=b'[' | b']'..=b'~'))
        };
        if text.split(' ').all(token) {
            Ok(text.to_owned())
        } else {
            Err(Wrong::new(
                "is not a list of scopes",
                "write words with one space between, such as \"profile balance\"",
            ))
        }
    })
}

impl Setting for ClientAuth {
    fn parse(text: &str) -> Result<Self, Wrong> {
        match text {
            "body" => Ok(Self::Body),
            "basic" => Ok(Self::Basic),
            _ => Err(Wrong::new(
                "is neither body nor basic",
                "write body or basic",
            )),
        }
    }
}

fn issuer<'de, D: Deserializer<'de>>(from: D) -> Result<Option<ExactUrl>, D::Error> {
    parsed_if_set(from, address::issuer)
}

fn path<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    parsed_if_set(from, |text| {
        let plain = |c: char| c.is_ascii_alphanumeric() || "/-._~".contains(c);
        let climbs = text.split('/').any(|part| part == "." || part == "..");
        if text.starts_with('/') && !text.starts_with("//") && text.chars().all(plain) && !climbs {
            Ok(text.to_owned())
        } else {
            Err(Wrong::new(
                "is not a path",
                "begin it with / as in /api/oauth2/revoke, without host and query",
            ))
        }
    })
}
