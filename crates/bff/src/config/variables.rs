//! The layers of variables: `.env` and, overriding it, the environment.
//!
//! Only one variable may set a key; a second variable for the same key is a fault. An empty variable counts as unset,
//! because compose files pass on unset variables as empty ones. Called by [`super::layers`].

use std::collections::BTreeMap;
use std::io;

use toml::Value;

use super::definition::{PREFIX, PROFILE_VARIABLE, PROXY};
use super::dotenv;
use super::fault::Origin;
use super::reader::Reader;
use super::small_file::{self, unreadable};
use super::sources::Sources;

/// A variable that sets a key: its name, its text, and whether the text is the path of a file that contains the value.
type Setter = (Origin, String, bool);

impl Reader {
    /// Merges `.env`, in development only, and the environment.
    pub(super) fn lay_variables(&mut self, sources: &Sources) {
        let mut setters = BTreeMap::new();
        if self.profile.is_development() {
            let variables = self.read_dot_env();
            setters = self.setters(&variables, Origin::DotEnv);
        }
        setters.extend(self.setters(&sources.environment, Origin::Variable));
        for (key, several) in setters {
            self.lay_variable(&key, several);
        }
        for name in &sources.not_utf8 {
            if name.starts_with(PREFIX) || self.keys.key_of(name).is_some() {
                let origin = Origin::Variable(name.clone());
                self.fault_from(name, &origin, "is not UTF-8; write it in UTF-8");
            }
        }
    }

    fn read_dot_env(&mut self) -> BTreeMap<String, String> {
        let path = self.directory.join(".env");
        let read = small_file::read(&path);
        let file = Origin::File(path);
        let (mut variables, bad_lines) = match read {
            Ok(text) => dotenv::parse(&text),
            Err(error) => {
                if error.kind() != io::ErrorKind::NotFound {
                    self.fault_from(".env", &file, unreadable(&error));
                }
                return BTreeMap::new();
            }
        };
        for line in bad_lines {
            let remedy = "write NAME=value, in quotes when the value has spaces or #";
            let wrong = format!("cannot be read at line {line}; {remedy}");
            self.fault_from(".env", &file, wrong);
        }
        if variables.remove(PROFILE_VARIABLE).is_some() {
            let wrong = "has no effect there: .env is read in development only; set it in the real environment";
            let origin = Origin::DotEnv(PROFILE_VARIABLE.to_owned());
            self.fault_from(PROFILE_VARIABLE, &origin, wrong);
        }
        variables
    }

    /// Returns the variables that set each key. Refuses variables that look like ours and set none.
    fn setters(
        &mut self,
        variables: &BTreeMap<String, String>,
        origin: fn(String) -> Origin,
    ) -> BTreeMap<String, Vec<Setter>> {
        let mut setters: BTreeMap<String, Vec<Setter>> = BTreeMap::new();
        for (name, text) in variables {
            let origin = origin(name.clone());
            let Some((key, is_file)) = self.keys.key_of(name) else {
                self.refuse_unknown_variable(name, &origin);
                continue;
            };
            let key = key.to_owned();
            if !text.trim().is_empty()
                && let Some(key) = self.resolve(&key)
            {
                let setter = (origin, text.clone(), is_file);
                setters.entry(key).or_default().push(setter);
            }
        }
        setters
    }

    fn lay_variable(&mut self, key: &str, several: Vec<Setter>) {
        match several.as_slice() {
            [(origin, text, false)] => self.lay_text(key, text, origin.clone()),
            [(origin, path, true)] => self.lay_named_file(key, path, origin),
            several => {
                let names: Vec<String> = several.iter().map(|it| it.0.to_string()).collect();
                let names = names.join(" and ");
                let wrong = format!("is set more than once, by {names}; keep one of them");
                self.refuse(key, Origin::Default, wrong);
            }
        }
    }

    fn lay_named_file(&mut self, key: &str, path: &str, variable: &Origin) {
        let path = self.directory.join(path);
        let text = match small_file::read(&path) {
            Ok(text) => text,
            // The path is not printed because it may be the secret itself, set in the wrong variable.
            Err(error) => return self.refuse(key, variable.clone(), unreadable(&error)),
        };
        let origin = Origin::NamedFile {
            variable: variable.to_string(),
            path,
        };
        if text.trim().is_empty() {
            let wrong = "is to be read from an empty file; write it into the file";
            return self.refuse(key, origin, wrong);
        }
        self.lay_text(key, &text, origin);
    }

    fn lay_text(&mut self, key: &str, text: &str, origin: Origin) {
        let default = self.keys.get(key).map(|key| &key.default);
        self.lay(key, Some(typed(text.trim(), default)), true, origin);
    }

    fn refuse_unknown_variable(&mut self, name: &str, origin: &Origin) {
        if name == PROFILE_VARIABLE || !name.starts_with(PREFIX) {
            return;
        }
        let of_proxy = format!("{PREFIX}{PROXY}").to_ascii_uppercase();
        let remedy = if name.starts_with(&of_proxy) {
            "write [[proxy]] tables in config/<profile>.toml".to_owned()
        } else if let Some(near) = self.keys.nearest_variable(name) {
            format!("did you mean {near}?")
        } else {
            "remove it (docs/config.md lists every variable)".to_owned()
        };
        let wrong = format!("names no key of this program; {remedy}");
        self.fault_from(name, origin, wrong);
    }
}

/// Reads a text by the type of the key's default. A list has commas or line breaks between its entries. A text of another form stays a text,
/// and the section that reads it reports it.
fn typed(text: &str, default: Option<&Value>) -> Value {
    let typed = match default {
        Some(Value::Integer(_)) => text.parse().ok().map(Value::Integer),
        Some(Value::Float(_)) => text.parse().ok().map(Value::Float),
        Some(Value::Boolean(_)) => text.parse().ok().map(Value::Boolean),
        Some(Value::Array(_)) => {
            let entries = text.split([',', '\n']).map(str::trim);
            let entries = entries.filter(|entry| !entry.is_empty());
            Some(Value::from(entries.collect::<Vec<_>>()))
        }
        _ => None,
    };
    typed.unwrap_or_else(|| Value::from(text))
}
