//! Output of the `config` command: the effective values as TOML with masked secrets, and the source of each
//! value that is not the default.

use toml::{Table, Value};

use super::definition::{Key, PROXY};
use super::fault::one_line;
use super::load::Config;
use super::origin::Origin;

impl Config {
    /// Returns the effective values as TOML, in the order of the defaults. Secrets are `***`. A comment
    /// names the source of each value that is not the default.
    #[must_use]
    pub fn effective(&self) -> String {
        // Serialization cannot fail because every field is a string, a number, a list or a table of these.
        let values = Table::try_from(self).unwrap_or_default();
        let mut text = format!("# profile: {}\n", self.profile);
        let mut open_section = String::new();
        for key in &self.keys {
            let (section, name) = key.parts();
            let of_engine = values.get(section).and_then(|table| table.get(name));
            let Some(value) = self.app_values.get(&key.name).or(of_engine) else {
                continue;
            };
            if section != open_section {
                push_line(&mut text, &format!("\n[{section}]"));
                section.clone_into(&mut open_section);
            }
            let comment = self.source(key, value);
            push_line(&mut text, &format!("{name} = {value}{comment}"));
        }
        self.push_proxies(&mut text, &values);
        text
    }

    /// Appends the `[[proxy]]` tables. All of them have the same source, because a layer sets the whole list.
    fn push_proxies(&self, text: &mut String, values: &Table) {
        let proxies = values.get(PROXY).and_then(Value::as_array);
        for proxy in proxies.into_iter().flatten().filter_map(Value::as_table) {
            let comment = self.origins.get(PROXY).map(from).unwrap_or_default();
            push_line(text, &format!("\n[[{PROXY}]]{comment}"));
            for (name, value) in proxy {
                push_line(text, &format!("{name} = {value}"));
            }
        }
    }

    fn source(&self, key: &Key, value: &Value) -> String {
        match self.origins.get(&key.name) {
            // An app's value is printed as it is in the defaults, or masked.
            None | Some(Origin::Default) if *value == key.default || key.is_apps => String::new(),
            None | Some(Origin::Default) => "  # by default".to_owned(),
            Some(given) => from(given),
        }
    }
}

fn from(origin: &Origin) -> String {
    format!("  # from {}", one_line(&origin.to_string()))
}

fn push_line(text: &mut String, line: &str) {
    text.push_str(line);
    text.push('\n');
}
