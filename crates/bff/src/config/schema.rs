//! The JSON schema (draft 7) of the files in `config/`, made from the defaults and the comments above them. Editors complete and check with it.

use serde_json::{Map, Value as Json, json};
use toml::{Table, Value};

use super::app_settings::AppSettings;
use super::definition::{DEFAULT_TOML, Keys, PROXY};
use super::duration;

/// The schema of a `[[proxy]]` table.
const PROXY_SCHEMA: &str = include_str!("proxy.schema.json");

impl AppSettings {
    /// Returns the JSON schema of the engine's settings and those of the app.
    #[must_use]
    pub fn schema(&self, app: &str) -> Json {
        let apps = self.defaults.unwrap_or_default();
        let mut comments = comments(DEFAULT_TOML);
        comments.extend(self::comments(apps));
        let changed: Table = apps.parse().unwrap_or_default();
        let mut sections = Map::new();
        for key in Keys::new(self.defaults).list {
            let (section, name) = key.parts();
            let changed = changed.get(section).and_then(|section| section.get(name));
            let comment = comments.iter().rfind(|(of, _)| *of == key.name);
            let comment = comment.map_or("", |(_, comment)| comment.as_str());
            let field = field(changed.unwrap_or(&key.default), comment);
            let section = sections
                .entry(section)
                .or_insert_with(|| object(Map::new()));
            section["properties"][name] = field;
        }
        sections.insert(
            PROXY.to_owned(),
            json!({ "type": "array", "items": proxy_schema() }),
        );
        let mut whole = object(sections);
        whole["$schema"] = json!("http://json-schema.org/draft-07/schema#");
        whole["title"] = json!(format!("The settings of {app}"));
        whole
    }
}

fn object(properties: Map<String, Json>) -> Json {
    json!({ "type": "object", "additionalProperties": false, "properties": properties })
}

/// Describes a key by its default. A list may also be one text with commas, and a switch with a third state is a text.
fn field(default: &Value, comment: &str) -> Json {
    let mut field = match default {
        Value::String(text) if duration::parse(text).is_ok() => {
            json!({ "type": "string", "pattern": "^[0-9]+[smhd]$" })
        }
        Value::String(text) if text == "auto" => json!({ "type": ["string", "boolean"] }),
        Value::String(_) | Value::Datetime(_) => json!({ "type": "string" }),
        Value::Integer(_) => json!({ "type": "integer", "minimum": 0 }),
        Value::Float(_) => json!({ "type": "number" }),
        Value::Boolean(_) => json!({ "type": "boolean" }),
        Value::Array(_) => json!({ "type": ["array", "string"], "items": { "type": "string" } }),
        Value::Table(_) => json!({ "type": "object" }),
    };
    field["default"] = serde_json::to_value(default).unwrap_or_default();
    field["description"] = json!(comment);
    field
}

fn proxy_schema() -> Json {
    serde_json::from_str(PROXY_SCHEMA).unwrap_or_default()
}

/// Returns each key of a text with the comment above it.
fn comments(text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let (mut section, mut comment) = ("", Vec::new());
    for line in text.lines() {
        if let Some(words) = line.strip_prefix("# ") {
            comment.push(words.trim());
            continue;
        }
        if let Some(name) = line.strip_prefix('[') {
            section = name.trim_end_matches(']');
        } else if let Some((name, _)) = line.split_once(" = ") {
            found.push((format!("{section}.{name}"), comment.join(" ")));
        }
        comment.clear();
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, Sources};

    #[test]
    fn every_key_has_its_default_and_its_comment() {
        let schema = AppSettings::default().schema("test");
        for key in Keys::new(None).list {
            let (section, name) = key.parts();
            let field = &schema["properties"][section]["properties"][name];
            assert_eq!(
                field["default"],
                serde_json::to_value(&key.default).unwrap()
            );
            let comment = field["description"].as_str().unwrap();
            assert!(comment.len() > 10, "{}: {comment:?}", key.name);
        }
    }

    #[test]
    fn a_table_of_an_upstream_has_the_fields_of_its_struct() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("config")).unwrap();
        let table = "[[proxy]]\nname = 'a'\nupstream = 'https://a.test'\nmethods = ['GET']\npaths = ['/a']\n";
        std::fs::write(folder.path().join("config/development.toml"), table).unwrap();
        let config = Config::load(&Sources::new(folder.path())).unwrap().config;
        let fields = Table::try_from(&config.proxy[0]).unwrap();
        let schema = proxy_schema();
        let described = schema["properties"].as_object().unwrap();
        let mut described: Vec<&String> = described.keys().collect();
        described.sort_unstable();
        let mut known: Vec<&String> = fields.keys().collect();
        known.sort_unstable();
        assert_eq!(known, described);
    }
}
