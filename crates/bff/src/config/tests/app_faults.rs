//! Tests of the faults in the settings of an app: in its defaults, its sections and the messages of its types.

use serde::Deserialize;

use super::app::{Tariff, load, with};
use super::{Place, keys};

#[test]
fn a_message_of_a_foreign_type_that_quotes_the_value_is_not_shown() {
    #[derive(Debug)]
    struct Picky;
    impl<'de> Deserialize<'de> for Picky {
        fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
            let text = String::deserialize(from)?;
            Err(serde::de::Error::custom(format!(
                "{text} is bad; write no {text}"
            )))
        }
    }
    #[derive(Debug, Deserialize)]
    struct Section {
        #[expect(dead_code, reason = "only its type matters")]
        word: Picky,
    }
    let app = with::<Section>("[own]\nword = \"abcdef\"\n", "own");
    let place = Place::new();
    let faults = load(app, &place, &[("BFF_OWN__WORD", "cAnArY")]).expect_err("a fault");
    let text = faults.to_string();
    assert_eq!(
        text,
        "own.word: is not valid; correct the value (from BFF_OWN__WORD)"
    );
}

#[test]
fn a_check_of_the_whole_section_is_a_fault_of_the_section_and_shows_no_value() {
    #[derive(Debug, Deserialize)]
    struct Written {
        word: String,
        note: String,
    }
    #[derive(Debug, Deserialize)]
    #[serde(try_from = "Written")]
    struct Section;
    impl TryFrom<Written> for Section {
        type Error = String;

        fn try_from(section: Written) -> Result<Self, String> {
            match section.note.as_str() {
                "told" => Err(format!(
                    "does not like {}; write another word",
                    section.word
                )),
                _ => Err("has no good word; write another word".to_owned()),
            }
        }
    }
    for (note, told) in [
        ("told", "is not valid; correct the value"),
        ("", "has no good word; write another word"),
    ] {
        let app = with::<Section>("[own]\nword = \"abcdef\"\nnote = \"\"\n", "own");
        let variables = [("BFF_OWN__WORD", "cAnArY"), ("BFF_OWN__NOTE", note)];
        let faults = load(app, &Place::new(), &variables).expect_err("a fault");
        assert_eq!(faults.to_string(), format!("own: {told}"));
    }
}

#[test]
fn a_section_that_no_feature_reads_has_no_effect() {
    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only read")]
    struct Section {
        word: String,
    }
    let place = Place::new();
    let app = with::<Section>("[own]\nword = 'x'\n[other]\nx = 1\n", "own");
    assert!(load(app, &place, &[("BFF_OTHER__X", "many")]).is_ok());
}

#[test]
fn a_key_needs_a_field_and_a_field_needs_a_key() {
    let place = Place::new();
    for (defaults, expected) in [
        ("[notes]\nmax = 1\n", "notes.tariff: is missing; write it"),
        (
            "[notes]\ntariff = 'x'\nmax = 1\n",
            "notes.max: is read by no field of the section's struct; add the field, or remove the key from the defaults",
        ),
        (
            "[other]\ntariff = 'x'\n",
            "notes: has no defaults; write [notes] with a line for each key into the text of App::defaults",
        ),
        (
            "[notes]\ntariff = 'x'\n[session]\nidle_tll = '1d'\n",
            "session.idle_tll: is in the app's defaults, and the app does not read it; did you mean session.idle_ttl?",
        ),
        (
            "[notes]\ntariff = 3\n",
            "notes.tariff: is not a text; write it in quotes",
        ),
        (
            "[notes]\ntariff = 'x'\na-b = 1\n",
            "notes.a-b: is not a name of a key; write a-z, 0-9 and _, without _file at the end",
        ),
        (
            "[notes\n",
            "the app's built-in config/default.toml: is not valid TOML at line 1",
        ),
        (
            "x = 1\n[notes]\ntariff = 'x'\n",
            "x: is not a key of this program;",
        ),
        (
            "[notes]\ntariff = 'x'\n[limits]\nclient_rate = -1\n",
            "limits.client_rate: is not a whole number; write digits only (from the app's built-in config/default.toml)",
        ),
    ] {
        let app = with::<Tariff>(defaults, "notes");
        let faults = load(app, &place, &[]).expect_err(defaults).to_string();
        let count = faults
            .lines()
            .filter(|found| found.starts_with(expected))
            .count();
        assert_eq!(count, 1, "{defaults}{expected}\nin:\n{faults}");
    }
}

#[test]
fn each_section_has_a_type_of_its_own() {
    let mut app = with::<Tariff>("[one]\ntariff = 'x'\n[two]\ntariff = 'x'\n", "one");
    app.add_section::<Tariff>("two");
    let faults = load(app, &Place::new(), &[]).expect_err("a fault");
    assert_eq!(keys(&faults), ["two"]);
}
