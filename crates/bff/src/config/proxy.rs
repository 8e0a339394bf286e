//! The upstreams that `/api/proxy/{name}/…` may call with the user's access token: a strict allow
//! list, written as `[[proxy]]` tables in files.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize};
use toml::Table;
use url::Url;

use super::definition::PROXY;
use super::duration;
use super::fault::{Wrong, ensure};
use super::field::{self, Setting, checked, parsed, some_entries, texts, whole};
use super::reader::Reader;

/// Limit of the numbers below.
const MOST: u64 = 1 << 40;

/// One `[[proxy]]` table.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proxy {
    /// The `{name}` in the path: a-z, 0-9 and `-`. Unique.
    #[serde(deserialize_with = "name")]
    pub name: String,
    /// The base URL of the upstream. Its path prefix is kept.
    #[serde(with = "field")]
    pub upstream: Url,
    /// The allowed HTTP methods in capitals, at least one. Never CONNECT or TRACE.
    #[serde(deserialize_with = "methods")]
    pub methods: Vec<String>,
    /// The allowed paths, at least one.
    #[serde(serialize_with = "texts", deserialize_with = "some_entries")]
    pub paths: Vec<PathPattern>,
    /// Whether `%2F` in a path is forwarded unchanged. Otherwise the request is refused.
    #[serde(default)]
    pub encoded_slash: bool,
    /// Maximum size of a request body, in bytes. The default of 10 MiB is enough for a few pictures.
    #[serde(
        default = "number::<10_485_760>",
        deserialize_with = "whole::<_, _, 1, MOST>"
    )]
    pub max_body: u64,
    /// Maximum number of concurrent calls of all users together.
    #[serde(default = "number::<256>", deserialize_with = "whole::<_, _, 1, MOST>")]
    pub max_calls: u64,
    /// Maximum number of concurrent calls of one session.
    #[serde(default = "number::<32>", deserialize_with = "whole::<_, _, 1, MOST>")]
    pub max_session_calls: u64,
    /// Timeout for the start of the response, measured from the end of the request.
    #[serde(default = "one_minute", with = "duration")]
    pub answer_timeout: Duration,
    /// Maximum time without data within a response or a request, for the browser and for the upstream.
    #[serde(default = "one_minute", with = "duration")]
    pub idle_timeout: Duration,
}

const fn number<const N: u64>() -> u64 {
    N
}

/// Default of the timeouts. One minute, because a language model may take that long before its first token.
const fn one_minute() -> Duration {
    Duration::from_secs(60)
}

/// A path that the browser may request, written as it follows `/api/proxy/{name}`. It is compared with the path as the browser sent it, without
/// decoding, so an encoded slash is part of a segment and not a separator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PathPattern {
    /// Exactly this path.
    Exact(String),
    /// Every path below a prefix. `/v1/*` is stored as `/v1/`.
    Below(String),
}

impl PathPattern {
    /// Returns true when the pattern matches this path, taken as the browser sent it.
    #[must_use]
    pub fn allows(&self, path: &str) -> bool {
        match self {
            Self::Exact(exact) => path == exact,
            Self::Below(prefix) => path.starts_with(prefix.as_str()),
        }
    }
}

impl fmt::Display for PathPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact(path) => f.write_str(path),
            Self::Below(prefix) => write!(f, "{prefix}*"),
        }
    }
}

/// Valid values for the fields that must be there. They take the place of a refused or missing value, so that the other fields are read too.
const STAND_INS: &str = r#"
    name = "stand-in"
    upstream = "https://stand-in.invalid"
    methods = ["GET"]
    paths = ["/"]
"#;

impl Proxy {
    pub(super) fn read_all(reader: &mut Reader) -> Vec<Self> {
        let stand_ins: Table = STAND_INS.parse().unwrap_or_default();
        let proxies: Vec<Self> = reader.tables(PROXY, &stand_ins);
        if !reader.is_faulty(PROXY) {
            for (index, proxy) in proxies.iter().enumerate() {
                let mut before = proxies[..index].iter();
                if before.any(|other| other.name == proxy.name) {
                    let wrong = Wrong::from("is there twice; give each proxy its own");
                    reader.fault(PROXY, wrong.in_field(index + 1, "name"));
                }
            }
        }
        proxies
    }
}

fn name<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    const WRONG: &str = "is not a name; write 1 to 32 characters of a-z, 0-9 and -";
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    parsed(from, |text| {
        checked(text, text.len() <= 32 && text.chars().all(is_plain), WRONG)
    })
}

/// An HTTP method that is passed on.
struct Method(String);

impl Setting for Method {
    fn parse(text: &str) -> Result<Self, Wrong> {
        const METHODS: [&str; 6] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];
        let wrong =
            "has a method that is not passed on; write GET, HEAD, POST, PUT, PATCH or DELETE";
        checked(text, METHODS.contains(&text), wrong).map(Self)
    }
}

fn methods<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
    let methods = some_entries(from)?.into_iter();
    Ok(methods.map(|Method(name)| name).collect())
}

impl Setting for PathPattern {
    fn parse(text: &str) -> Result<Self, Wrong> {
        let (path, is_prefix) = match text.strip_suffix('*') {
            Some(prefix) => (prefix, true),
            None => (text, false),
        };
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "/-._~:@!$&'()+,;=".contains(c);
        let climbs = path.split('/').any(|part| part == "." || part == "..");
        let is_good = path.starts_with('/')
            && !path.contains("//")
            && path.chars().all(is_plain)
            && !climbs
            && (!is_prefix || path.ends_with('/'));
        ensure(
            is_good,
            "has a path that is not plain; write /v1/models, or /v1/* for everything below",
        )?;
        let kind = if is_prefix { Self::Below } else { Self::Exact };
        Ok(kind(path.to_owned()))
    }
}
