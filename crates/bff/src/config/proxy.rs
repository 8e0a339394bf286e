//! The upstreams that `/api/proxy/{name}/…` may call with the user's access token: a strict allow
//! list, written as `[[proxy]]` tables in files.

use std::fmt;
use std::time::Duration;

use serde::Serialize;
use toml::{Table, Value};
use url::Url;

use super::address;
use super::duration;
use super::fault::Wrong;
use super::layers::Raw;
use super::reader::{Checked, Reader, texts};
use super::show;

/// One `[[proxy]]` table.
#[derive(Debug, Clone, Serialize)]
pub struct Proxy {
    /// The `{name}` in the path: a-z, 0-9 and `-`. Unique.
    pub name: String,
    /// The base URL of the upstream. Its path prefix is kept.
    #[serde(serialize_with = "show::text")]
    pub upstream: Url,
    /// The allowed HTTP methods in capitals, at least one. Never CONNECT or TRACE.
    pub methods: Vec<String>,
    /// The allowed paths, at least one.
    #[serde(serialize_with = "show::list")]
    pub paths: Vec<PathPattern>,
    /// Whether `%2F` in a path is forwarded unchanged. Otherwise the request is refused.
    pub encoded_slash: bool,
    /// Maximum size of a request body, in bytes.
    pub max_body: u64,
    /// Maximum number of concurrent calls of all users together.
    pub max_calls: u64,
    /// Maximum number of concurrent calls of one session.
    pub max_session_calls: u64,
    /// Timeout for the start of the response, measured from the end of the request.
    #[serde(serialize_with = "show::duration")]
    pub answer_timeout: Duration,
    /// Maximum time without data within a response or a request, for the browser and for the upstream.
    #[serde(serialize_with = "show::duration")]
    pub idle_timeout: Duration,
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

const KEY: &str = "proxy";
const FIELDS: [&str; 10] = [
    "name",
    "upstream",
    "methods",
    "paths",
    "encoded_slash",
    "max_body",
    "max_calls",
    "max_session_calls",
    "answer_timeout",
    "idle_timeout",
];
/// Default of `max_body`, in bytes. 10 MiB is enough for a few pictures.
const MAX_BODY: u64 = 10 * 1024 * 1024;
const MAX_CALLS: u64 = 256;
const MAX_SESSION_CALLS: u64 = 32;
/// Default of `answer_timeout`. One minute, because a language model may take that long before its first token.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(60);
const IDLE_TIMEOUT: Duration = Duration::from_secs(60);
const METHODS: [&str; 6] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];

impl Proxy {
    pub(super) fn read_all(reader: &mut Reader) -> Checked<Vec<Self>> {
        let not_tables = || Wrong::new("is not a list of tables", "write [[proxy]] above each");
        let entries = match reader.raw(KEY)? {
            None => return Ok(Vec::new()),
            Some(Raw::Toml(Value::Array(entries))) => entries,
            Some(_) => return reader.fault(KEY, not_tables()),
        };
        let mut names: Vec<String> = Vec::new();
        let mut proxies = Vec::new();
        for (index, entry) in entries.iter().enumerate() {
            let Some(table) = entry.as_table() else {
                let _: Checked<()> = reader.fault(KEY, not_tables().in_entry(index + 1));
                continue;
            };
            let mut entry = Entry {
                reader,
                table,
                number: index + 1,
            };
            let proxy = entry.read();
            if let Some(name) = table.get("name").and_then(Value::as_str) {
                if names.iter().any(|other| other == name) {
                    entry
                        .fault::<()>("name", "is there twice", "give each proxy its own")
                        .ok();
                }
                names.push(name.to_owned());
            }
            proxies.push(proxy);
        }
        proxies.into_iter().collect()
    }
}

/// One `[[proxy]]` table, and the reader that records its faults.
struct Entry<'a> {
    reader: &'a mut Reader,
    table: &'a Table,
    number: usize,
}

impl Entry<'_> {
    fn read(&mut self) -> Checked<Proxy> {
        let table = self.table;
        for field in table
            .keys()
            .filter(|field| !FIELDS.contains(&field.as_str()))
        {
            self.fault::<()>(
                field,
                "is no key of a proxy",
                "write name, upstream, methods, paths, encoded_slash, max_body, max_calls, max_session_calls, answer_timeout or idle_timeout",
            )
            .ok();
        }
        let name = self.text("name", name);
        let upstream = self.text("upstream", address::base);
        let methods = self.list("methods", method);
        let paths = self.list("paths", path_pattern);
        let encoded_slash = self.flag("encoded_slash");
        let max_body = self.number("max_body", MAX_BODY);
        let max_calls = self.number("max_calls", MAX_CALLS);
        let max_session_calls = self.number("max_session_calls", MAX_SESSION_CALLS);
        let answer_timeout = self.duration("answer_timeout", ANSWER_TIMEOUT);
        let idle_timeout = self.duration("idle_timeout", IDLE_TIMEOUT);
        Ok(Proxy {
            name: name?,
            upstream: upstream?,
            methods: methods?,
            paths: paths?,
            encoded_slash: encoded_slash?,
            max_body: max_body?,
            max_calls: max_calls?,
            max_session_calls: max_session_calls?,
            answer_timeout: answer_timeout?,
            idle_timeout: idle_timeout?,
        })
    }

    fn fault<T>(&mut self, field: &str, what: &'static str, remedy: &'static str) -> Checked<T> {
        self.refuse(field, Wrong::new(what, remedy))
    }

    fn refuse<T>(&mut self, field: &str, wrong: Wrong) -> Checked<T> {
        let wrong = Wrong::in_field(wrong, self.number, field);
        self.reader.fault(KEY, wrong)
    }

    fn text<T>(
        &mut self,
        field: &'static str,
        parse: impl FnOnce(&str) -> Result<T, Wrong>,
    ) -> Checked<T> {
        match self.table.get(field).and_then(Value::as_str) {
            Some(text) => parse(text).or_else(|wrong| self.refuse(field, wrong)),
            None => self.fault(field, "is missing or not a text", "write it in quotes"),
        }
    }

    /// Reads an optional boolean. The default is false.
    fn flag(&mut self, field: &'static str) -> Checked<bool> {
        match self.table.get(field) {
            None => Ok(false),
            Some(Value::Boolean(flag)) => Ok(*flag),
            Some(_) => self.fault(
                field,
                "is neither true nor false",
                "write true or false, without quotes",
            ),
        }
    }

    /// Reads an optional whole number of 1 or more.
    fn number(&mut self, field: &'static str, default: u64) -> Checked<u64> {
        const MOST: u64 = 1 << 40;
        match self.table.get(field) {
            None => Ok(default),
            Some(Value::Integer(number)) if let Ok(number @ 1..=MOST) = u64::try_from(*number) => {
                Ok(number)
            }
            Some(_) => self.fault(
                field,
                "is not a whole number of 1 or more",
                "write digits only",
            ),
        }
    }

    /// Reads an optional duration.
    fn duration(&mut self, field: &'static str, default: Duration) -> Checked<Duration> {
        match self.table.get(field) {
            None => Ok(default),
            Some(_) => self.text(field, duration::parse),
        }
    }

    fn list<T>(
        &mut self,
        field: &'static str,
        parse: impl Fn(&str) -> Result<T, Wrong>,
    ) -> Checked<Vec<T>> {
        match self.table.get(field).and_then(texts) {
            Some(entries) if !entries.is_empty() => entries
                .iter()
                .map(|entry| parse(entry).or_else(|wrong| self.refuse(field, wrong)))
                .collect(),
            _ => self.fault(field, "is not a list of texts", "write [\"one\", \"two\"]"),
        }
    }
}

fn name(text: &str) -> Result<String, Wrong> {
    const LONGEST: usize = 32;
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if text.is_empty() || text.len() > LONGEST || !text.chars().all(plain) {
        return Err(Wrong::new(
            "is not a name",
            "write 1 to 32 characters of a-z, 0-9 and -",
        ));
    }
    Ok(text.to_owned())
}

fn method(text: &str) -> Result<String, Wrong> {
    if METHODS.contains(&text) {
        Ok(text.to_owned())
    } else {
        Err(Wrong::new(
            "has a method that is not passed on",
            "write GET, HEAD, POST, PUT, PATCH or DELETE",
        ))
    }
}

fn path_pattern(text: &str) -> Result<PathPattern, Wrong> {
    let (path, is_prefix) = match text.strip_suffix('*') {
        Some(prefix) => (prefix, true),
        None => (text, false),
    };
    let plain = |c: char| c.is_ascii_alphanumeric() || "/-._~:@!$&'()+,;=".contains(c);
    let climbs = path.split('/').any(|part| part == "." || part == "..");
    if !path.starts_with('/')
        || path.contains("//")
        || !path.chars().all(plain)
        || climbs
        || (is_prefix && !path.ends_with('/'))
    {
        return Err(Wrong::new(
            "has a path that is not plain",
            "write /v1/models, or /v1/* for everything below",
        ));
    }
    let path = path.to_owned();
    Ok(if is_prefix {
        PathPattern::Below(path)
    } else {
        PathPattern::Exact(path)
    })
}
