//! Property test: for arbitrary files and environments, loading returns settings or faults.

use proptest::prelude::*;

use crate::config::{Config, definition, dotenv};

use super::{Place, entries};

/// Known names, misspelt names and arbitrary names.
fn name() -> impl Strategy<Value = String> {
    let known: Vec<String> = entries()
        .iter()
        .flat_map(|entry| definition::variables(&entry.key))
        .flat_map(|name| [format!("{name}_FILE"), name])
        .chain(["BFF_PROFILE".to_owned(), "BFF_PROXY__0__NAME".to_owned()])
        .collect();
    prop_oneof![
        4 => proptest::sample::select(known),
        1 => "BFF_[A-Z_]{0,20}",
        1 => any::<String>(),
    ]
}

fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[0-9]{1,22}[smhd€]",
        "(redis|rediss|https?|sqlite|redis\\+sentinel)://?[a-z@:/,\\[\\]#?%.0-9]{0,30}",
        "[A-Za-z0-9+/=_-]{0,64}",
        "[0-9.:/*,]{0,30}",
    ]
}

fn toml_value() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<i64>().prop_map(|number| number.to_string()),
        any::<bool>().prop_map(|truth| truth.to_string()),
        value().prop_map(|text| toml::Value::String(text).to_string()),
        proptest::collection::vec(value(), 0..4)
            .prop_map(|texts| toml::Value::from(texts).to_string()),
        Just("{ a = [[1], {}] }".to_owned()),
        Just("1979-05-27T07:32:00Z".to_owned()),
        Just("nan".to_owned()),
        any::<String>(),
    ]
}

fn toml_text() -> impl Strategy<Value = String> {
    let keys: Vec<String> = entries()
        .into_iter()
        .map(|entry| entry.key)
        .chain(["proxy", "oauth", "a.b.c", "[[proxy]]\nname"].map(str::to_owned))
        .collect();
    let line = (proptest::sample::select(keys), toml_value());
    prop_oneof![
        any::<String>(),
        proptest::collection::vec(line, 0..6).prop_map(|lines| {
            lines
                .into_iter()
                .map(|(key, value)| format!("{key} = {value}\n"))
                .collect()
        }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_environment_is_answered(variables in proptest::collection::btree_map(name(), value(), 0..12)) {
        let place = Place::new();
        let mut sources = place.sources(&[]);
        sources.environment = variables;
        match Config::load(&sources) {
            Ok(loaded) => prop_assert!(loaded.config.effective().parse::<toml::Table>().is_ok()),
            Err(faults) => {
                prop_assert!(faults.iter().next().is_some());
                let text = faults.to_string();
                prop_assert_eq!(text.lines().count(), faults.iter().count(), "{}", text);
            }
        }
    }

    #[test]
    fn any_file_is_answered(text in toml_text(), dot_env in any::<String>()) {
        let place = Place::new();
        place.write("config/development.toml", &text).write(".env", &dot_env);
        match Config::load(&place.sources(&[])) {
            Ok(loaded) => prop_assert!(loaded.config.effective().parse::<toml::Table>().is_ok()),
            Err(faults) => prop_assert!(faults.iter().next().is_some()),
        }
    }

    #[test]
    fn any_dot_env_is_read(text in any::<String>()) {
        let _ = dotenv::parse(&text);
    }

    #[test]
    fn a_quoted_value_comes_back_from_dot_env(text in "[^'\n\r]{0,40}") {
        let (variables, bad_lines) = dotenv::parse(&format!("NAME='{text}' # comment"));
        prop_assert_eq!(variables.get("NAME"), Some(&text));
        prop_assert!(bad_lines.is_empty());
    }
}
