//! Tests of the settings of an app: its defaults over the engine's, and its sections.

use std::net::IpAddr;
use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{Place, keys};
use crate::config::{
    AppSettings, AppValues, Config, ExactUrl, Faults, HostName, Loaded, Secret, Sources,
};

const DEFAULTS: &str = r#"
[session]
idle_ttl = "12h"

[notes]

# The most characters of a note.
max_length = 500

# Who may write.
roles = ["editor"]

# How long a note is kept.
lifetime = "7d"

# Where notes come from. None: anywhere.
from = ""

# The password of the note service.
password = ""

# The address of the note service, with its credentials.
service = ""

# The color of a note.
color = "yellow"

[provider]

# The tariff of calls.
tariff = "basic"
"#;

#[derive(Debug, Deserialize)]
struct Notes {
    max_length: u16,
    roles: Vec<String>,
    #[serde(with = "crate::config::duration")]
    lifetime: Duration,
    from: Option<IpAddr>,
    password: Option<Secret>,
    service: Option<Secret>,
    color: Color,
}

#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Color {
    Yellow,
    Green,
}

#[derive(Debug, Deserialize)]
pub(super) struct Tariff {
    tariff: String,
}

/// An app with these defaults and one section.
pub(super) fn with<T: DeserializeOwned + Send + Sync + 'static>(
    defaults: &'static str,
    section: &'static str,
) -> AppSettings {
    let mut app = AppSettings::default();
    app.set_defaults(defaults);
    app.add_section::<T>(section);
    app
}

fn app() -> AppSettings {
    let mut app = with::<Notes>(DEFAULTS, "notes");
    app.add_section::<Tariff>("provider");
    app
}

pub(super) fn load(
    app: AppSettings,
    place: &Place,
    variables: &[(&str, &str)],
) -> Result<Loaded, Faults> {
    let sources = place.sources(variables);
    Config::load(&Sources { app, ..sources })
}

fn loaded(place: &Place, variables: &[(&str, &str)]) -> Config {
    match load(app(), place, variables) {
        Ok(loaded) => loaded.config,
        Err(faults) => panic!("{faults}"),
    }
}

fn notes(values: &AppValues) -> &Notes {
    values.get().expect("the section is read")
}

#[test]
fn a_section_of_the_app_is_read_from_its_defaults() {
    let config = loaded(&Place::new(), &[]);
    let notes = notes(&config.app);
    assert_eq!(notes.max_length, 500);
    assert_eq!(notes.roles, ["editor"]);
    assert_eq!(notes.lifetime, Duration::from_secs(7 * 86_400));
    assert!(notes.from.is_none() && notes.password.is_none() && notes.service.is_none());
    assert_eq!(notes.color, Color::Yellow);
    let tariff: &Tariff = config.app.get().unwrap();
    assert_eq!(tariff.tariff, "basic");
    assert_eq!(config.session.idle_ttl, Duration::from_secs(12 * 3_600));
}

#[test]
fn files_and_variables_override_the_apps_defaults() {
    let place = Place::new();
    place
        .write(
            "config/development.toml",
            "[notes]\nmax_length = 9\nroles = ['a']\ncolor = 'green'\n",
        )
        .write("password", "123\n");
    let config = loaded(
        &place,
        &[
            ("BFF_NOTES__ROLES", "a, b"),
            ("BFF_NOTES__FROM", "127.0.0.1"),
            ("BFF_NOTES__PASSWORD_FILE", "password"),
            ("BFF_PROVIDER__TARIFF", "12"),
        ],
    );
    let notes = notes(&config.app);
    assert_eq!((notes.max_length, &notes.color), (9, &Color::Green));
    assert_eq!(notes.roles, ["a", "b"]);
    assert!(notes.from.is_some_and(|address| address.is_loopback()));
    assert_eq!(notes.password.as_ref().unwrap().reveal(), "123");
    assert_eq!(config.app.get::<Tariff>().unwrap().tariff, "12");
}

#[test]
fn faults_of_the_app_and_of_the_engine_are_reported_together() {
    let place = Place::new();
    place.write("config/development.toml", "[notes]\nmax_lenght = 3\n");
    let faults = load(
        app(),
        &place,
        &[
            ("BFF_SESSION__IDLE_TTL", "soon"),
            ("BFF_NOTES__MAX_LENGTH", "65536"),
            ("BFF_NOTES__LIFETIME", "soon"),
            ("BFF_NOTES__COLOR", "blue"),
            ("BFF_NOTES__FROM", "somewhere"),
            ("BFF_NOTES__ROLE", "x"),
        ],
    )
    .expect_err("faults");
    let mut found = keys(&faults);
    found.sort_unstable();
    assert_eq!(
        found,
        [
            "BFF_NOTES__ROLE",
            "notes.color",
            "notes.from",
            "notes.lifetime",
            "notes.max_lenght",
            "notes.max_length",
            "session.idle_ttl",
        ]
    );
    let text = faults.to_string();
    for line in [
        "notes.color: is unknown; write yellow or green (from BFF_NOTES__COLOR)",
        "notes.lifetime: is not a duration; write 90s, 15m, 12h or 7d (from BFF_NOTES__LIFETIME)",
        "notes.from: is not valid: invalid IP address syntax; correct the value (from BFF_NOTES__FROM)",
        "notes.max_length: is not valid; write a whole number from 0 to 65535 (from BFF_NOTES__MAX_LENGTH)",
        "BFF_NOTES__ROLE: names no key of this program; did you mean BFF_NOTES__ROLES?",
    ] {
        assert!(text.contains(line), "{line} in:\n{text}");
    }
    assert!(text.contains("did you mean notes.max_length?"), "{text}");
    for value in ["65536", "soon", "blue", "somewhere"] {
        assert!(!text.contains(value), "{value} in:\n{text}");
    }
}

#[test]
fn hosts_and_addresses_of_an_app_have_the_rules_of_the_engines() {
    #[derive(Debug, Deserialize)]
    struct Links {
        hosts: Vec<HostName>,
        link: Option<ExactUrl>,
    }
    let defaults = "[links]\nhosts = ['Example.com']\nlink = ''\n";
    let place = Place::new();
    let sound = [("BFF_LINKS__LINK", "https://example.com/a?b=c")];
    let config = load(with::<Links>(defaults, "links"), &place, &sound)
        .unwrap()
        .config;
    let links: &Links = config.app.get().unwrap();
    assert_eq!(links.hosts[0].as_str(), "example.com");
    assert_eq!(links.link.as_ref().unwrap().as_str(), sound[0].1);

    let bad = [
        ("BFF_LINKS__HOSTS", "*,com"),
        ("BFF_LINKS__LINK", "http://example.com"),
    ];
    let faults = load(with::<Links>(defaults, "links"), &place, &bad).expect_err("faults");
    assert_eq!(keys(&faults), ["links.hosts", "links.hosts", "links.link"]);
    assert!(
        faults
            .to_string()
            .contains("links.hosts: entry 2 is not a host name; write names")
    );
}

#[test]
fn the_apps_keys_are_printed_with_their_sources_and_without_secrets() {
    let canary = "cAnArY7319";
    let place = Place::new();
    let config = loaded(
        &place,
        &[
            ("BFF_NOTES__MAX_LENGTH", "9"),
            ("BFF_NOTES__ROLES", "a,b"),
            ("BFF_NOTES__SERVICE", canary),
            ("BFF_PROVIDER__TARIFF", "gold"),
        ],
    );
    let printed = config.effective();
    assert!(printed.parse::<toml::Table>().is_ok(), "{printed}");
    for line in [
        "idle_ttl = \"12h\"  # from the app's built-in config/default.toml",
        "max_length = 9  # from BFF_NOTES__MAX_LENGTH",
        "roles = [\"a\", \"b\"]  # from BFF_NOTES__ROLES",
        "lifetime = \"7d\"",
        "password = \"\"",
        "service = \"***\"  # from BFF_NOTES__SERVICE",
        "tariff = \"gold\"  # from BFF_PROVIDER__TARIFF",
    ] {
        assert!(
            printed.lines().any(|found| found == line),
            "{line} in:\n{printed}"
        );
    }
    assert_eq!(printed.matches("[provider]").count(), 1, "{printed}");
    assert!(!printed.contains(canary) && !format!("{config:?}").contains(canary));
}

#[test]
fn the_type_of_the_field_decides_how_a_text_is_read() {
    #[derive(Debug, Deserialize)]
    struct Typed {
        number: Option<u16>,
        flag: Option<bool>,
        ratio: f64,
        ports: Vec<u16>,
        code: String,
        note: String,
    }
    let defaults =
        "[typed]\nnumber = ''\nflag = ''\nratio = 0.5\nports = []\ncode = ''\nnote = 'x'\n";
    let place = Place::new();
    place.write("config/development.toml", "[typed]\nnote = ' '\n");
    let variables = [
        ("BFF_TYPED__NUMBER", "7"),
        ("BFF_TYPED__FLAG", "true"),
        ("BFF_TYPED__RATIO", "2"),
        ("BFF_TYPED__PORTS", "80, 443"),
        ("BFF_TYPED__CODE", "123"),
    ];
    let config = load(with::<Typed>(defaults, "typed"), &place, &variables).unwrap();
    let typed: &Typed = config.config.app.get().unwrap();
    assert_eq!((typed.number, typed.flag), (Some(7), Some(true)));
    assert_eq!((typed.ratio, &typed.ports[..]), (2.0, &[80, 443][..]));
    assert_eq!((&*typed.code, &*typed.note), ("123", ""));

    place.write(
        "config/development.toml",
        "[typed]\nflag = 'true'\ncode = nan\n",
    );
    let bad = [("BFF_TYPED__NUMBER", "x"), ("BFF_TYPED__PORTS", "80,x,y")];
    let faults = load(with::<Typed>(defaults, "typed"), &place, &bad).expect_err("faults");
    let faults = faults.to_string();
    for line in [
        "typed.number: is not valid; write a whole number from 0 to 65535 (from BFF_TYPED__NUMBER)",
        "typed.flag: is neither true nor false; write true or false (from ",
        "typed.ports: entry 2 is not valid; write a whole number from 0 to 65535 (from BFF_TYPED__PORTS)",
        "typed.ports: entry 3 is not valid; ",
        "typed.code: is not a text; write it in quotes (from ",
    ] {
        assert!(faults.contains(line), "{line} in:\n{faults}");
    }
    assert_eq!(faults.lines().count(), 5, "{faults}");
}

#[test]
fn a_secret_inside_a_list_or_a_table_is_masked() {
    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only what is printed matters")]
    struct Service {
        name: String,
        login: Secret,
    }
    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only what is printed matters")]
    struct Services {
        main: Service,
        codes: Vec<Secret>,
        names: Vec<String>,
    }
    let defaults =
        "[services]\nmain = { name = 'a', login = 'cAnArY' }\ncodes = ['cAnArY']\nnames = ['a']\n";
    let loaded = load(with::<Services>(defaults, "services"), &Place::new(), &[]).unwrap();
    let printed = loaded.config.effective();
    for line in ["main = \"***\"", "codes = \"***\"", "names = [\"a\"]"] {
        assert!(printed.contains(line), "{line} in:\n{printed}");
    }
    assert!(!printed.contains("cAnArY"), "{printed}");
}

#[test]
fn a_key_whose_name_means_a_secret_is_masked_whatever_its_type() {
    #[derive(Deserialize)]
    struct Own {
        #[expect(dead_code, reason = "only what is printed matters")]
        api_key: String,
    }
    let app = with::<Own>("[own]\napi_key = \"\"\n", "own");
    let place = Place::new();
    let config = load(app, &place, &[("BFF_OWN__API_KEY", "abc")])
        .unwrap()
        .config;
    assert!(
        config
            .effective()
            .contains("api_key = \"***\"  # from BFF_OWN__API_KEY")
    );
}

#[test]
fn an_app_without_settings_has_no_values() {
    let config = Place::new().config(&[]);
    let error = config.app.get::<Tariff>().unwrap_err().to_string();
    assert!(
        error.contains("Tariff") && error.contains("App::settings"),
        "{error}"
    );
}
