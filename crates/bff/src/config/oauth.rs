//! This program as an OAuth2 client: its credentials, the provider's endpoints and the requested scope.

use std::fmt;

use percent_encoding::percent_decode_str;
use secrecy::SecretString;
use serde::{Deserialize, Deserializer, Serialize};
use url::Url;

use super::address::{self, ExactUrl};
use super::fault::{Wrong, ensure};
use super::field::{
    self, Setting, checked, entries, if_set, masked, or_empty, parsed, parsed_if_set, texts,
};
use super::reader::Reader;
use super::sandbox::{self, Sandbox};

/// `[oauth]`. Client id and client secret are both set or both unset.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Oauth {
    /// The client identifier (RFC 6749 §2.2). `None` only when the sandbox is on.
    #[serde(serialize_with = "or_empty", deserialize_with = "client_id")]
    pub client_id: Option<String>,
    /// The client secret (RFC 6749 §2.3.1). `None` only when the sandbox is on.
    #[serde(serialize_with = "masked", deserialize_with = "client_secret")]
    pub client_secret: Option<SecretString>,
    /// The redirect URI (RFC 6749 §3.1.2), sent as written.
    #[serde(with = "field")]
    pub redirect_uri: ExactUrl,
    /// The base URL that browsers are redirected to, without `/api/oauth2/…`. `None` means the sandbox.
    #[serde(serialize_with = "or_empty", deserialize_with = "if_set")]
    pub auth_server: Option<Url>,
    /// The base URL that this program calls. The default is `auth_server`. `None` means the sandbox.
    #[serde(serialize_with = "or_empty", deserialize_with = "if_set")]
    pub api_server: Option<Url>,
    /// The requested scopes, space separated, sent as written (RFC 6749 §3.3).
    #[serde(deserialize_with = "scope")]
    pub scope: String,
    /// Whether the provider skips the consent page for a signed-in user.
    pub auto_authorize: bool,
    /// Whether logins use PKCE with S256 (RFC 7636).
    pub pkce: bool,
    /// How the client authenticates at the token endpoint.
    pub client_auth: ClientAuth,
    /// Path of the authorization endpoint (RFC 6749 §3.1) below `auth_server`, in place of that of the provider's definition. It begins with `/`.
    #[serde(serialize_with = "or_empty", deserialize_with = "path")]
    pub authorize_path: Option<String>,
    /// Path of the token endpoint (RFC 6749 §3.2) below `api_server`, in place of that of the definition.
    #[serde(serialize_with = "or_empty", deserialize_with = "path")]
    pub token_path: Option<String>,
    /// Path of the userinfo endpoint below `api_server`, in place of that of the definition.
    #[serde(serialize_with = "or_empty", deserialize_with = "path")]
    pub userinfo_path: Option<String>,
    /// Members of the userinfo response that this provider names differently.
    #[serde(serialize_with = "texts", deserialize_with = "entries")]
    pub userinfo_fields: Vec<FieldName>,
    /// Path of the revocation endpoint (RFC 7009) below `api_server`. It begins with `/`.
    #[serde(serialize_with = "or_empty", deserialize_with = "path")]
    pub revocation_path: Option<String>,
    /// The expected `iss` of a callback, compared character by character (RFC 9207).
    #[serde(serialize_with = "or_empty", deserialize_with = "issuer")]
    pub issuer: Option<ExactUrl>,
}

/// A member of the userinfo response, `name=its-name`: the name that the app reads, and the provider's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldName {
    /// The name that the app reads.
    pub ours: String,
    /// The provider's name.
    pub theirs: String,
}

impl Setting for FieldName {
    fn parse(text: &str) -> Result<Self, Wrong> {
        const WRONG: &str = "is not name=its-name; write for example id=sub";
        let (ours, theirs) = text.split_once('=').ok_or(WRONG)?;
        let (ours, theirs) = (ours.trim(), theirs.trim());
        let is_name = |name: &str| !name.is_empty() && !name.contains(['=', ' ', '"']);
        ensure(is_name(ours) && is_name(theirs), WRONG)?;
        Ok(Self {
            ours: ours.to_owned(),
            theirs: theirs.to_owned(),
        })
    }
}

impl fmt::Display for FieldName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.ours, self.theirs)
    }
}

/// Method of client authentication (RFC 6749 §2.3.1). Each request uses one, never both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ClientAuth {
    /// `client_id` and `client_secret` in the form body.
    Body,
    /// HTTP Basic authentication, with both parts form-encoded first.
    Basic,
}

const CLIENT_ID: &str = "oauth.client_id";
pub(super) const CLIENT_SECRET: &str = "oauth.client_secret";
const REDIRECT_URI: &str = "oauth.redirect_uri";
const AUTH_SERVER: &str = "oauth.auth_server";

impl Oauth {
    /// Returns the client's credentials, if they are set.
    #[must_use]
    pub fn credentials(&self) -> Option<(&str, &SecretString)> {
        self.client_id.as_deref().zip(self.client_secret.as_ref())
    }

    /// Returns true when client id, client secret and `auth_server` are all unset, so that no real provider is configured.
    pub(super) fn is_untouched(reader: &Reader) -> bool {
        let mut keys = [CLIENT_ID, CLIENT_SECRET, AUTH_SERVER].iter();
        !keys.any(|key| reader.is_set(key))
    }

    pub(super) fn read(reader: &mut Reader, sandbox: &Sandbox) -> Option<Self> {
        let mut oauth: Self = reader.section("oauth")?;
        check_presence(reader, sandbox);
        oauth.warn(reader);
        if oauth.api_server.is_none() {
            oauth.api_server.clone_from(&oauth.auth_server);
        }
        Some(oauth)
    }

    fn warn(&self, reader: &mut Reader) {
        let uri = self.redirect_uri.url();
        let path = percent_decode_str(uri.path()).collect::<Vec<u8>>();
        if !matches!(&path[..], b"/oauth/callback" | b"/oauth/callback.html") {
            let what = "is not a path of this program; its page must pass code and state to /api/oauth/exchange-token";
            reader.warn(REDIRECT_URI, what);
        }
        if reader.is_strict() && address::is_loopback(uri) {
            let what = "is on loopback; only browsers on this machine can sign in";
            reader.warn(REDIRECT_URI, what);
        }
        if !self.pkce {
            let what = "is off; a stolen authorization code is easier to use";
            reader.warn("oauth.pkce", what);
        }
    }
}

/// Checks which keys require other keys. It checks only whether keys are set, so that a bad value does not hide a missing key.
fn check_presence(reader: &mut Reader, sandbox: &Sandbox) {
    const NEEDED_ALONE: &str = if cfg!(feature = "sandbox") {
        "is needed when the sandbox is off; set it, or set sandbox.enabled to true"
    } else {
        "is needed when the sandbox is off; set it (this build has no sandbox)"
    };
    const REGISTER: &str = "(the command register makes both)";
    let is_alone = !sandbox.enabled && !reader.is_faulty(sandbox::ENABLED);
    for (key, other) in [
        (CLIENT_ID, CLIENT_SECRET),
        (CLIENT_SECRET, CLIENT_ID),
        (AUTH_SERVER, "oauth.api_server"),
    ] {
        let how = if key == AUTH_SERVER {
            "to the provider's address"
        } else {
            REGISTER
        };
        if reader.is_set(key) {
            continue;
        } else if reader.is_strict() {
            let wrong = format!("is needed in every profile but development; set it {how}");
            reader.fault(key, wrong);
        } else if reader.is_set(other) {
            let wrong = format!("is missing beside {other}; set it {how}, or remove both");
            reader.fault(key, wrong);
        } else if is_alone {
            reader.fault(key, NEEDED_ALONE);
        }
    }
}

fn client_id<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    parsed_if_set(from, |text| {
        check_credential(text).map(|()| text.to_owned())
    })
}

fn client_secret<'de, D: Deserializer<'de>>(from: D) -> Result<Option<SecretString>, D::Error> {
    parsed_if_set(from, |text| {
        let lower = text.to_ascii_lowercase();
        ensure(!EXAMPLES.split(' ').any(|word| word == lower), IS_EXAMPLE)?;
        check_credential(text).map(|()| text.into())
    })
}

const IS_EXAMPLE: &str =
    "is an example, not a value; write what the provider gave you (see the command register)";
/// Words that are no secret.
const EXAMPLES: &str =
    "secret password client_secret client-secret secret_example example test 12345678";
/// Words that are part of no credential.
const PLACEHOLDERS: &str = "changeme change-me change_me your- your_ ... … <";

/// Checks the character set of a credential (`VSCHAR`, RFC 6749 appendix A.1 and A.2), and refuses placeholder words.
fn check_credential(text: &str) -> Result<(), Wrong> {
    const LONGEST: usize = 1024;
    let lower = text.to_ascii_lowercase();
    ensure(
        !PLACEHOLDERS.split(' ').any(|word| lower.contains(word)),
        IS_EXAMPLE,
    )?;
    ensure(
        text.len() <= LONGEST && text.bytes().all(|byte| (b' '..=b'~').contains(&byte)),
        "has characters that no client credential has; copy it again from the provider",
    )
}

fn scope<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    const WRONG: &str =
        "is not a list of scopes; write words with one space between, such as \"profile balance\"";
    let is_allowed = |byte| matches!(byte, b'!' | b'#'..=b'[' | b']'..=b'~');
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(is_allowed);
    parsed(from, |text| {
        checked(text, text.split(' ').all(is_word), WRONG)
    })
}

fn issuer<'de, D: Deserializer<'de>>(from: D) -> Result<Option<ExactUrl>, D::Error> {
    parsed_if_set(from, address::issuer)
}

fn path<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    const WRONG: &str =
        "is not a path; begin it with / as in /api/oauth2/revoke, without host and query";
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/-._~".contains(c);
    parsed_if_set(from, |text| {
        let climbs = text.split('/').any(|part| part == "." || part == "..");
        let is_absolute = text.starts_with('/') && !text.starts_with("//");
        checked(
            text,
            is_absolute && text.chars().all(is_plain) && !climbs,
            WRONG,
        )
    })
}
