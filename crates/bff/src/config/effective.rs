//! Output of the `config` command: the effective values as TOML with masked secrets, and the source of each
//! value that is not the default.

use toml::{Table, Value};

use super::definition::{Key, PROXY};
use super::fault::{Origin, one_line};
use super::load::Config;

impl Config {
    /// Returns the effective values as TOML, in the order of the defaults. Secrets are `***`. A comment
    /// names the source of each value that is not the default.
    #[must_use]
    pub fn effective(&self) -> String {
        // Serialization cannot fail because every field is a string, a number, a list or a table of these.
        let values = Table::try_from(self).unwrap_or_default();
        let mut lines = vec![format!("# profile: {}", self.profile)];
        let mut open_section = "";
        for key in &self.keys {
            let (section, name) = key.parts();
            let of_engine = values.get(section).and_then(|table| table.get(name));
            let Some(value) = self.app_values.get(&key.name).or(of_engine) else {
                continue;
            };
            if section != open_section {
                lines.push(format!("\n[{section}]"));
                open_section = section;
            }
            lines.push(format!("{name} = {value}{}", self.source(key, value)));
        }
        // All tables have the same source, because a layer sets the whole list.
        let source = self.origins.get(PROXY).map(from).unwrap_or_default();
        let proxies = values.get(PROXY).and_then(Value::as_array);
        for proxy in proxies.into_iter().flatten().filter_map(Value::as_table) {
            lines.push(format!("\n[[{PROXY}]]{source}"));
            lines.extend(
                proxy
                    .iter()
                    .map(|(name, value)| format!("{name} = {value}")),
            );
        }
        lines.join("\n") + "\n"
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
