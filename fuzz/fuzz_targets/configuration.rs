//! Configuration: a file, an environment and a `.env`, by the real reader.
//!
//! An input is three parts between lines of `---`: TOML, variables, `.env`. `{secret}` stands for a secret, `{key}` for a sealing key. A fault names a
//! key and shows no value; what is accepted is printed without secrets, and what is printed is read as the same again.
#![no_main]

use std::fs;

use aihubmix_bff_fuzz::message::messages;
use aihubmix_bff_fuzz::{fill_in, folder};
use bff::config::{Config, Sources};
use libfuzzer_sys::{Corpus, fuzz_target};
use tempfile::TempDir;
use toml::{Table, Value};

const SECRET: &str = "kwzqSecret0kwzqSecret1";
const KEY: &str = "9uaXvHbbJqWVS7OjnMsO5C8aMO5p3bW2xMuIKJu6sCQ=";

thread_local! {
    static FOLDER: TempDir = {
        let folder = folder();
        fs::create_dir(folder.path().join("config")).expect("a new folder is empty");
        fs::write(folder.path().join("secret"), SECRET).expect("a file");
        folder
    };
}

fuzz_target!(|input: &[u8]| -> Corpus {
    let filled = fill_in(input, &[("secret", SECRET), ("key", KEY)]);
    let Ok(text) = std::str::from_utf8(&filled) else {
        return Corpus::Reject;
    };
    let mut parts = messages(text.as_bytes(), 3)
        .into_iter()
        .map(|part| std::str::from_utf8(part).unwrap_or_default());
    let (file, variables, dot_env) = (
        parts.next().unwrap_or_default(),
        parts.next().unwrap_or_default(),
        parts.next().unwrap_or_default(),
    );
    FOLDER.with(|folder| {
        let mut sources = Sources::new(folder.path());
        for (name, value) in variables.lines().filter_map(|line| line.split_once('=')) {
            // Files elsewhere are the machine's, and not this input's.
            if name.ends_with("_FILE") && (value.contains('/') || value.contains("..")) {
                continue;
            }
            sources = sources.with(name, value);
        }
        fs::write(folder.path().join(".env"), dot_env).expect("a file");
        check(&sources, file, dot_env);
    });
    Corpus::Keep
});

fn check(sources: &Sources, file: &str, dot_env: &str) {
    let path = sources.directory.join("config/development.toml");
    fs::write(&path, file).expect("a file");
    let production = sources.directory.join("config/production.toml");
    fs::write(&production, file).expect("a file");
    match Config::load(sources) {
        Err(faults) => {
            assert!(faults.iter().next().is_some());
            assert!(faults.iter().all(|fault| !fault.key().is_empty()));
            let text = faults.to_string();
            assert_eq!(text.lines().count(), faults.iter().count(), "{text:?}");
            for line in text.lines() {
                assert!(!line.chars().any(char::is_control), "{line:?}");
            }
            if !names_hold_it(sources, file, dot_env) {
                assert!(!is_secret(&text), "{text}");
                assert!(!is_secret(&format!("{faults:?}")), "{faults:?}");
            }
        }
        Ok(loaded) => {
            let shown = loaded.config.effective();
            let warnings: String = loaded.warnings.iter().map(ToString::to_string).collect();
            let debug = format!("{:?}", loaded.config);
            // A secret that stands in one place only, and that place is for secrets.
            for (name, secret) in [("OAUTH_CLIENT_SECRET", SECRET), ("SESSION_KEYS", KEY)] {
                let is_elsewhere = file.contains(secret)
                    || dot_env.contains(secret)
                    || sources.environment.iter().any(|(other, value)| {
                        other.contains(secret) || (other != name && value.contains(secret))
                    });
                if is_elsewhere || !sources.environment.contains_key(name) {
                    continue;
                }
                for shown in [&shown, &warnings, &debug] {
                    assert!(!shown.contains(secret), "{name} is shown:\n{shown}");
                }
            }
            reads_itself(sources, dot_env, &shown);
        }
    }
}

/// Whether one of the secrets, or most of it, stands in this text.
fn is_secret(text: &str) -> bool {
    text.contains("kwzq") || text.contains(&KEY[..12])
}

/// Whether the secret stands where names stand, which may be told.
fn names_hold_it(sources: &Sources, file: &str, dot_env: &str) -> bool {
    let by_variables = sources.environment.iter().any(|(name, value)| {
        let is_name = name.ends_with("_FILE") || name == "BFF_PROFILE";
        is_secret(name) || (is_name && is_secret(value))
    });
    let by_file = file
        .parse::<Table>()
        .is_ok_and(|table| has_key(&Value::Table(table)));
    let by_dot_env = dot_env.lines().any(|line| {
        let (name, value) = line.split_once('=').unwrap_or((line, ""));
        is_secret(name) || (name.contains("_FILE") && is_secret(value))
    });
    by_variables || by_file || by_dot_env
}

fn has_key(value: &Value) -> bool {
    match value {
        Value::Table(table) => table
            .iter()
            .any(|(name, value)| is_secret(name) || has_key(value)),
        Value::Array(values) => values.iter().any(has_key),
        _ => false,
    }
}

/// What the `config` command prints is a file that means the same: but for what it hides.
fn reads_itself(sources: &Sources, dot_env: &str, shown: &str) {
    let printed: Table = shown.parse().expect("what is printed is TOML");
    let mut file = printed.clone();
    let hidden = [
        ("session", "keys"),
        ("session", "store"),
        ("oauth", "client_secret"),
        ("oauth", "client_id"),
    ];
    for (section, name) in hidden {
        let section = file.get_mut(section).and_then(Value::as_table_mut);
        section.expect("every section is printed").remove(name);
    }
    // Only what is hidden still comes from where it came from; and everything, where `.env` would come up again from under a variable.
    let mut again = Sources::new(&sources.directory);
    again.environment = sources
        .environment
        .iter()
        .filter(|(name, _)| {
            let kept = [
                "SESSION_KEYS",
                "SESSION__KEYS",
                "SESSION_STORE",
                "SESSION__STORE",
                "CLIENT_SECRET",
                "CLIENT_ID",
                "BFF_PROFILE",
            ];
            !dot_env.is_empty() || kept.iter().any(|kept| name.contains(kept))
        })
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    let profile = sources
        .environment
        .get("BFF_PROFILE")
        .map_or("", |name| name.trim());
    let name = if profile.is_empty() {
        "development"
    } else {
        profile
    };
    let path = sources.directory.join(format!("config/{name}.toml"));
    let before = fs::read_to_string(&path).unwrap_or_default();
    let only_hidden = before.parse::<Table>().unwrap_or_default();
    for (section, name) in hidden {
        let value = only_hidden
            .get(section)
            .and_then(|section| section.get(name));
        if let Some(value) = value {
            let section = file.get_mut(section).and_then(Value::as_table_mut);
            section
                .expect("every section is printed")
                .insert(name.to_owned(), value.clone());
        }
    }
    fs::write(&path, file.to_string()).expect("a file");
    let loaded = Config::load(&again)
        .unwrap_or_else(|faults| panic!("what was printed is refused:\n{faults}\n{shown}"));
    let twice: Table = loaded
        .config
        .effective()
        .parse()
        .expect("what is printed is TOML");
    assert_eq!(twice, printed, "what was printed is read as something else");
}
