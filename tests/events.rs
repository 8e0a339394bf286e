//! Compares the table of log events in `docs/operations.md` with the `event = "…"` of the code: an
//! operator must find every event there, and no event that is gone. Makes `docs/audit-events.md` of the table
//! of security events, and fails when that page is not what the table says. Compares the sections of `docs/errors.md` with the error codes. It never
//! runs the program.
#![cfg(test)]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use bff::audit::{EVENTS, FORM, Form, Kind};
use bff::domain::{ErrorCode, LoginError};

const TABLE: &str = "docs/operations.md";

#[test]
fn every_event_of_the_log_is_explained_and_none_that_is_gone() {
    let top = Path::new(env!("CARGO_MANIFEST_DIR"));
    let table = fs::read_to_string(top.join(TABLE)).unwrap();
    let (explained, mut logged) = (explained(&table), logged(&top.join("crates")));
    // A macro makes the functions that log these events.
    logged.extend(EVENTS.iter().map(|kind| kind.name.to_owned()));
    assert!(logged.len() > 20, "the code was not read: {logged:?}");
    let missing: Vec<_> = logged.difference(&explained).collect();
    let gone: Vec<_> = explained.difference(&logged).collect();
    assert!(missing.is_empty(), "{TABLE} does not explain {missing:?}");
    assert!(gone.is_empty(), "{TABLE} explains what is gone: {gone:?}");
}

/// The first cell of each row of the table.
fn explained(text: &str) -> BTreeSet<String> {
    text.lines()
        .skip_while(|line| !line.starts_with("| event |"))
        .take_while(|line| line.starts_with('|'))
        .filter_map(|line| line.strip_prefix("| `")?.split_once('`'))
        .map(|(event, _)| event.to_owned())
        .collect()
}

/// Every `event = "…"` in the folder.
fn logged(folder: &Path) -> BTreeSet<String> {
    let mut events = BTreeSet::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            events.extend(logged(&path));
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let code = fs::read_to_string(&path).unwrap();
            events.extend(
                code.split("event = \"")
                    .skip(1)
                    .filter_map(|rest| Some(rest.split_once('"')?.0.to_owned())),
            );
        }
    }
    events
}

#[test]
fn every_error_code_has_a_section_that_says_why_and_who_can_mend_it() {
    let page = include_str!("../docs/errors.md");
    let sections: Vec<&str> = page.split("\n### ").skip(1).collect();
    for section in &sections {
        let (code, text) = section.split_once('\n').unwrap();
        assert!(
            text.contains("**Why:**") && text.contains("**Who:**"),
            "{code}"
        );
    }
    let explained: Vec<&str> = sections
        .iter()
        .filter_map(|text| text.lines().next())
        .collect();
    let of_login = LoginError::ALL.iter().map(|error| error.code());
    let codes: BTreeSet<&str> = ErrorCode::ALL
        .iter()
        .map(|code| code.code())
        .chain(of_login)
        .collect();
    assert_eq!(explained.iter().copied().collect::<BTreeSet<_>>(), codes);
    assert_eq!(
        explained.len(),
        codes.len(),
        "a code has one section: {explained:?}"
    );
    for code in ErrorCode::ALL {
        let status = format!("### {}\n\n{}", code.code(), code.status());
        assert!(page.contains(&status), "{status}");
    }
}

const PAGE: &str = "docs/audit-events.md";

#[test]
fn the_page_of_security_events_says_what_their_table_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(PAGE);
    let made = page();
    #[expect(
        clippy::disallowed_methods,
        reason = "a switch of this test, not a setting of the program"
    )]
    let is_update = std::env::var_os("UPDATE_DOCS").is_some();
    if is_update {
        fs::write(&path, &made).unwrap();
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == made,
        "{PAGE} is not what crates/bff-core/src/audit.rs says; write it anew: UPDATE_DOCS=1 cargo test --test events"
    );
}

#[test]
fn a_security_event_and_its_fields_have_names_of_their_own() {
    let names: BTreeSet<&str> = EVENTS.iter().map(|kind| kind.name).collect();
    assert_eq!(names.len(), EVENTS.len());
    for kind in EVENTS {
        let mut taken = BTreeSet::from(COMMON.map(|(name, ..)| name));
        for field in kind.fields {
            assert!(taken.insert(field.name), "{}: {}", kind.name, field.name);
        }
    }
}

/// What every line begins with.
const COMMON: [(&str, &str, &str); 7] = [
    (
        "audit",
        "number",
        "version of the form; it distinguishes these lines from others in one stream",
    ),
    ("time", "text", "RFC 3339, UTC, to the millisecond"),
    ("level", "text", "`info`, `warn` or `error`"),
    ("event", "text", "name of the event"),
    (
        "request_id",
        "text or null",
        "id of the request that caused it, as in the log, in the response's `X-Request-Id` and in calls to the provider; `null` without a request",
    ),
    (
        "client",
        "text or null",
        "address of the client that sent that request: the right-most address that is not a trusted proxy (`server.trusted_proxies`)",
    ),
    (
        "session",
        "text or null",
        "keyed hash of the session; `null` if the event concerns none",
    ),
];

const INTRODUCTION: &str = "\
# Security events

<!-- Made from crates/bff-core/src/audit.rs by a test; change that file, then run: UPDATE_DOCS=1 cargo test --test events -->

`log.audit` sets their output: `none` (the default in development), `stdout` (in production), or `file:PATH`. Each event is one line, and each line is one JSON
object in plain ASCII, whatever `log.format` and `log.filter` say. The log has the same events, with the target `audit`.

The line of an event has exactly the fields in its table, in this order. An unknown value is `null`. A new release may add events, and fields at the end of an event.
If a field is removed or changes its meaning, `audit` is raised. No field holds a secret, a name, an address of a page, or text from a client, the provider or an upstream.
All texts are codes, words and hashes of this program, except `public_origin` and `profile`, which the operator sets.

**The session** is not named by its handle here. Its name is `HMAC-SHA256` of its record's key, cut to 128 bits, in base64url. The key of the HMAC is derived (HKDF) from the sealing
key that sealed the session's profile at the login. So a session has one name from its login to its end, on every replica, also when keys rotate.
A reader who has the session store and this log, but no sealing key, cannot match lines with sessions. The log has both names, `session` and `session_hash`, in each line of these events.

**A file** is only appended to. To rotate it, copy and truncate it (`copytruncate` of logrotate). If a line cannot be written, the log says `audit_not_written` once, and the program continues.
Such lines wait in a queue of 2 MiB. When it is full, further lines are dropped, and `log_lines_dropped` says how many ([operations.md](operations.md#outputs-that-are-not-read)).

`aihubmix-bff sessions revoke` writes the sessions that it ends to the same file, or to its own standard output. Its lines have no request.

## Every event has

";

fn page() -> String {
    let mut page = format!("{INTRODUCTION}| field | type | meaning |\n|---|---|---|\n");
    for (name, holds, meaning) in COMMON {
        let meaning = match name {
            "audit" => format!("{meaning}: {FORM}"),
            _ => meaning.to_owned(),
        };
        writeln!(page, "| `{name}` | {holds} | {meaning} |").unwrap();
    }
    page += "\n## The events\n";
    EVENTS.iter().for_each(|kind| page += &section(kind));
    page
}

fn section(kind: &Kind) -> String {
    let session = if kind.has_session {
        "With `session`."
    } else {
        "`session` is `null`."
    };
    let mut text = format!(
        "\n### {}\n\n`{}`. {} {session}\n",
        kind.name, kind.level, kind.meaning
    );
    if !kind.fields.is_empty() {
        text += "\n| field | type | meaning |\n|---|---|---|\n";
    }
    for field in kind.fields {
        let holds = match field.form {
            Form::Text => "text",
            Form::MaybeText => "text or null",
            Form::Number => "number",
        };
        writeln!(text, "| `{}` | {holds} | {} |", field.name, field.meaning).unwrap();
    }
    text
}
