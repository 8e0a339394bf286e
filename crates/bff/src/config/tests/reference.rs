//! Generates `docs/config.md` from the engine's defaults and fails when the file differs.
//!
//! `UPDATE_DOCS=1 cargo test -p bff --lib config` rewrites it.

use std::fmt::Write as _;
use std::path::Path;

use crate::config::definition::{DEFAULT_TOML, Keys, variables};

use super::{Place, entries};

const INTRODUCTION: &str = "\
# Configuration

<!-- Made from crates/bff/config/default.toml by a test; change that file, then run: UPDATE_DOCS=1 cargo test -p bff --lib config -->

Nothing needs to be set to try the program. In production `OAUTH_CLIENT_ID`, `OAUTH_CLIENT_SECRET`,
`OAUTH_REDIRECT_URI`, `OAUTH_AUTH_SERVER` and `SESSION_KEYS` do.

## Where values come from

A later source wins over an earlier one:

1. the engine's defaults, which hold every key of this page (`crates/bff/config/default.toml`, built in);
2. the app's `config/default.toml`, built in too; it may change these defaults and add keys, which the command `config` prints;
3. `config/default.toml` in the working directory, when it is there;
4. `config/<profile>.toml` in the working directory, when it is there; for `production` a built-in one takes its place;
5. `.env` in the working directory, in development only;
6. environment variables.

The profile is the variable `BFF_PROFILE`: `development` (the default), `production`, or a name of your own, which
needs its file. Every profile but `development` is held to the rules that say \"production\".

- A variable with `_FILE` at its end names a file that holds the value: `OAUTH_CLIENT_SECRET_FILE=/run/secrets/client`.
- A key may be set by one variable only: not by its long and its short name, not by a value and a file.
- Lists are written with commas between the entries (in a file also one entry a line); durations are `90s`, `15m`, `12h`, `7d`.
- An empty variable counts as not set.
- An unknown key, and a variable that begins with `BFF_` and names no key, stop the start.
- Every fault is told at once, one line each: the key, what is wrong, what to do, where the value came from. Values are not shown.
- The command `config` prints the values in force and their sources, secrets as `***`.
- `config schema` prints a JSON schema of the files in `config/` ([config.schema.json](config.schema.json)); an editor with Taplo checks
  a file that begins with `#:schema ../docs/config.schema.json`.
";

fn reference() -> String {
    let mut text = INTRODUCTION.to_owned();
    let mut open_section = String::new();
    for entry in entries() {
        let (section, _) = entry.key.split_once('.').expect("a section");
        if section != open_section {
            write!(
                text,
                "\n## {section}\n\n| key | default | variables | meaning and rule |\n|---|---|---|---|\n"
            )
            .expect("text");
            section.clone_into(&mut open_section);
        }
        let default = match entry.default {
            "\"\"" | "[]" => "none".to_owned(),
            default => format!("`{}`", default.trim_matches('"')),
        };
        let names: Vec<String> = variables(&entry.key)
            .iter()
            .map(|name| format!("`{name}`"))
            .collect();
        writeln!(
            text,
            "| `{}` | {default} | {} | {} |",
            entry.key,
            names.join(", "),
            entry.comment.replace('<', "\\<").replace('*', "\\*")
        )
        .expect("text");
    }
    let (comment, example) = proxy();
    write!(text, "\n## proxy\n\n{comment}\n\n```toml\n{example}\n```\n").expect("text");
    text
}

/// The end of the file: the comment in front of the example, and the example without its `#`.
fn proxy() -> (String, String) {
    let lines: Vec<&str> = DEFAULT_TOML.lines().collect();
    let first = lines
        .iter()
        .position(|line| *line == "#[[proxy]]")
        .expect("an example");
    let before: Vec<&str> = lines[..first]
        .iter()
        .rev()
        .take_while(|line| line.starts_with('#'))
        .map(|line| line[1..].trim_start())
        .collect();
    let comment: Vec<&str> = before.into_iter().rev().collect();
    let example: Vec<&str> = lines[first..].iter().map(|line| &line[1..]).collect();
    (comment.join("\n").trim().to_owned(), example.join("\n"))
}

/// Covers: ASVS-7.1.1
#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "the developer's switch, not a setting of the program"
)]
fn the_reference_says_what_the_program_does() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/config.md");
    let made = reference();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &made).expect("docs/config.md is written");
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == made,
        "docs/config.md is not what crates/bff/config/default.toml says; run: UPDATE_DOCS=1 cargo test -p bff --lib config"
    );
}

#[test]
fn the_example_of_a_proxy_works_when_it_is_uncommented() {
    let place = Place::new();
    place.write("config/development.toml", &proxy().1);
    assert_eq!(place.config(&[]).proxy.len(), 1);
    let (text, example) = (DEFAULT_TOML, proxy().1);
    let commented: String = example.lines().map(|line| format!("#{line}\n")).collect();
    let uncommented = text.replace(&commented, &format!("{example}\n"));
    assert_ne!(uncommented, text);
    place
        .write("config/development.toml", "")
        .write("config/default.toml", &uncommented);
    assert_eq!(place.config(&[]).proxy.len(), 1);
}

#[test]
fn the_example_of_a_dot_env_is_lawful_as_it_is_and_uncommented() {
    let example = include_str!("../../../../../.env.example");
    let place = Place::new();
    place.write(".env", example);
    place.config(&[]);
    let uncommented: String = example
        .lines()
        .map(|line| match line.strip_prefix('#') {
            Some(setting) if !setting.starts_with(' ') => format!("{setting}\n"),
            _ => format!("{line}\n"),
        })
        .collect();
    let (variables, bad_lines) = crate::config::dotenv::parse(&uncommented);
    assert!(bad_lines.is_empty());
    assert!(!variables.is_empty());
    let known = Keys::new(None);
    for name in variables.keys() {
        assert!(known.key_of(name).is_some(), "{name}");
    }
}
