//! Output of the `config` command: the effective values as TOML with masked secrets, and the source of each
//! value that is not the default.

use toml::{Table, Value};

use super::Config;
use super::definition;
use super::fault::one_line;
use super::known::PROXY;
use super::origin::Origin;

impl Config {
    /// Returns the effective values as TOML, in the order of `config/default.toml`. Secrets are `***`. A comment
    /// names the source of each value that is not the default.
    #[must_use]
    pub fn effective(&self) -> String {
        // Serialization cannot fail because every field is a string, a number, a list or a table of these.
        let values = Table::try_from(self).unwrap_or_default();
        let mut text = format!("# profile: {}\n", self.profile);
        let mut open_section = String::new();
        for entry in definition::entries() {
            let Some((section, name)) = entry.key.split_once('.') else {
                continue;
            };
            let Some(value) = values.get(section).and_then(|table| table.get(name)) else {
                continue;
            };
            if section != open_section {
                push_line(&mut text, &format!("\n[{section}]"));
                section.clone_into(&mut open_section);
            }
            let comment = self.source(&entry.key, value, entry.default);
            push_line(&mut text, &format!("{name} = {value}{comment}"));
        }
        self.push_proxies(&mut text, &values);
        text
    }

    /// Appends the `[[proxy]]` tables. All of them have the same source, because a layer sets the whole list.
    fn push_proxies(&self, text: &mut String, values: &Table) {
        let proxies = values.get(PROXY).and_then(Value::as_array);
        for proxy in proxies.into_iter().flatten().filter_map(Value::as_table) {
            let comment = self.source(PROXY, &Value::Boolean(true), "");
            push_line(text, &format!("\n[[{PROXY}]]{comment}"));
            for (name, value) in proxy {
                push_line(text, &format!("{name} = {value}"));
            }
        }
    }

    fn source(&self, key: &str, value: &Value, default: &str) -> String {
        match self.origins.get(key) {
            None | Some(Origin::Default) if value.to_string() == default => String::new(),
            None | Some(Origin::Default) => "  # by default".to_owned(),
            Some(given) => format!("  # from {}", one_line(&given.to_string())),
        }
    }
}

fn push_line(text: &mut String, line: &str) {
    text.push_str(line);
    text.push('\n');
}
