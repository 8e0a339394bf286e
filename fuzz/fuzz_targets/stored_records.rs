//! Records in the store, as an attacker left them who can write to it: into the real loading path, by a real SQLite file.
//!
//! An input is a list of changes to the one row that a browser's cookie leads to. Each is four bytes and what follows them: the column, what to do
//! with it, where, how many bytes. Without the sealing key no writer can make a session say anything that it did not say before.
#![no_main]

use std::mem::ManuallyDrop;
use std::sync::Arc;

use actix_web::http::Method;
use aihubmix_bff_fuzz::program::{Asked, Program};
use aihubmix_bff_fuzz::{folder, holds, rules};
use bff::domain::{Purpose, SystemEntropy};
use bff::store::{Loaded, SessionStore, SqliteStore};
use libfuzzer_sys::fuzz_target;
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, params};
use tempfile::TempDir;

/// The columns that an input can name; the last three are sealed.
const COLUMNS: [&str; 9] = [
    "user",
    "created_at",
    "last_seen_at",
    "absolute_expires_at",
    "version",
    "ended",
    "profile",
    "tokens",
    "app_data",
];
const SEALED: usize = 6;

struct World {
    program: Program,
    store: Arc<SqliteStore>,
    raw: Connection,
    _folder: TempDir,
}

thread_local! {
    // Not dropped at the end, when what the framework keeps for this thread is gone already.
    static WORLD: ManuallyDrop<World> = ManuallyDrop::new(World::new());
}

impl World {
    fn new() -> Self {
        let program = Program::start(rules::ORIGINS[0]);
        let folder = folder();
        let path = folder.path().join("sessions.db");
        let store = Arc::new(SqliteStore::open(&path).expect("a new file"));
        let raw = Connection::open(&path).expect("the same file");
        // These need not last.
        raw.execute_batch("PRAGMA synchronous = OFF")
            .expect("a setting");
        program.run(async {
            for record in &program.records {
                store
                    .create(record.clone())
                    .await
                    .expect("a new file is empty");
            }
        });
        program.store.replace(Arc::clone(&store) as _);
        raw.execute_batch("CREATE TABLE whole AS SELECT * FROM session")
            .expect("a copy");
        Self {
            program,
            store,
            raw,
            _folder: folder,
        }
    }

    /// Puts both rows back.
    fn reset(&self) {
        self.raw
            .execute_batch("BEGIN IMMEDIATE; DELETE FROM session; DELETE FROM lease; INSERT INTO session SELECT * FROM whole; COMMIT")
            .expect("the copy is whole");
        self.program.store.take_counts();
        self.program.provider.recover();
    }

    fn value(&self, column: &str, record: usize) -> Value {
        let key = self.program.records[record].key;
        self.raw
            .query_row(
                &format!("SELECT {column} FROM session WHERE key = ?1"),
                params![key.as_bytes()],
                |row| {
                    // A text may be none by now.
                    Ok(match row.get_ref(0)? {
                        ValueRef::Text(text) => Value::Text(String::from_utf8_lossy(text).into()),
                        other => other.try_into().expect("no text"),
                    })
                },
            )
            .expect("the row is there")
    }

    /// Makes one change; what the table does not take is no change. Whether it needed the sealing key.
    fn change(&self, change: &Change<'_>) -> bool {
        let column = COLUMNS[change.column];
        let own = self.value(column, 0);
        let is_sealed = change.column >= SEALED;
        let mut used_the_key = false;
        let value = match (change.what, own) {
            (0, Value::Blob(_)) => Value::Blob(change.bytes.to_vec()),
            (0, Value::Integer(_)) => Value::Integer(integer(change.bytes)),
            (0, _) => Value::Text(String::from_utf8_lossy(change.bytes).into_owned()),
            (1, Value::Blob(mut own)) => {
                for (at, byte) in change.bytes.iter().enumerate() {
                    if let Some(place) = own.get_mut(change.at + at) {
                        *place ^= byte;
                    }
                }
                Value::Blob(own)
            }
            (1, Value::Integer(own)) => Value::Integer(own.wrapping_add(integer(change.bytes))),
            (2, Value::Blob(mut own)) => {
                own.truncate(change.at);
                Value::Blob(own)
            }
            (3, Value::Blob(mut own)) => {
                own.extend_from_slice(change.bytes);
                Value::Blob(own)
            }
            (4, _) => self.value(column, 1),
            // Another part of the same record in its place.
            (5, _) if is_sealed => self.value(COLUMNS[SEALED + change.at % 3], 0),
            // The secrets of these tests would be shown for what they are: names.
            (6, own) if is_sealed && holds(change.bytes, b"canary") => own,
            (6, _) if is_sealed => {
                used_the_key = true;
                Value::Blob(self.seal(change))
            }
            (7, _) => Value::Null,
            // What no text of Rust can hold.
            (8, _) => {
                let sql = format!("UPDATE session SET {column} = CAST(?1 AS TEXT) WHERE key = ?2");
                let key = self.program.records[0].key;
                drop(
                    self.raw
                        .execute(&sql, params![change.bytes, key.as_bytes()]),
                );
                return false;
            }
            (_, own) => own,
        };
        let sql = format!("UPDATE session SET {column} = ?1 WHERE key = ?2");
        let key = self.program.records[0].key;
        let done = self.raw.execute(&sql, params![value, key.as_bytes()]);
        used_the_key && done.is_ok()
    }

    /// These bytes, sealed as the part that they are put in place of.
    fn seal(&self, change: &Change<'_>) -> Vec<u8> {
        let key = self.program.records[0].key;
        let mut place = key.as_bytes().to_vec();
        let purpose = match change.column - SEALED {
            0 => Purpose::Profile,
            1 => {
                let version = match self.value("version", 0) {
                    Value::Integer(version) => version,
                    _ => 0,
                };
                place.extend_from_slice(&version.to_be_bytes());
                Purpose::Tokens
            }
            _ => Purpose::AppData,
        };
        self.program
            .keys
            .seal(purpose, &place, change.bytes, &SystemEntropy)
    }
}

struct Change<'a> {
    column: usize,
    what: u8,
    at: usize,
    bytes: &'a [u8],
}

/// The changes of an input, at most eight.
fn changes(mut input: &[u8]) -> Vec<Change<'_>> {
    let mut found = Vec::new();
    while let ([column, what, at, length, rest @ ..], true) = (input, found.len() < 8) {
        let (bytes, after) = rest.split_at(usize::from(*length).min(rest.len()));
        found.push(Change {
            column: usize::from(*column) % COLUMNS.len(),
            what: what % 9,
            at: usize::from(*at),
            bytes,
        });
        input = after;
    }
    found
}

fn integer(bytes: &[u8]) -> i64 {
    let mut eight = [0; 8];
    let length = bytes.len().min(8);
    eight[8 - length..].copy_from_slice(&bytes[..length]);
    i64::from_be_bytes(eight)
}

fuzz_target!(|input: &[u8]| {
    WORLD.with(|world| {
        world.reset();
        let mut used_the_key = false;
        for change in changes(input) {
            used_the_key |= world.change(&change);
        }
        opens_only_as_it_was(world, used_the_key);
        serves_or_says_why_not(world);
    });
});

/// A session that opens is the one that was stored.
fn opens_only_as_it_was(world: &World, used_the_key: bool) {
    let program = &world.program;
    let before = &program.records[0];
    // A row that makes no sense is no session. It is not an outage of the store.
    let loaded = program.run(program.sealed.load(&before.key));
    let Loaded::Live(session) = loaded.expect("a row is not an outage") else {
        return;
    };
    assert_eq!(session.key, before.key);
    if used_the_key {
        return;
    }
    assert_eq!(session.user.username.as_deref(), Some("demo"));
    assert_eq!(session.user.id.as_ref(), before.user.as_ref());
    assert_eq!(session.version, before.version);
    assert!(session.app_data.is_empty());
    let record = program.run(world.store.load(&before.key));
    let record = record.expect("it was just read").expect("it is there");
    assert!(record.profile == before.profile && record.tokens == before.tokens);
}

/// Whatever stands there, the service answers in order, and others are served as before.
fn serves_or_says_why_not(world: &World) {
    let program = &world.program;
    let session = program.session.as_str();
    for (method, target) in [
        (Method::GET, "/api/session"),
        (Method::GET, "/api/sessions"),
        (Method::GET, "/"),
        (Method::POST, "/auth/logout"),
    ] {
        let headers = [
            ("cookie", session),
            ("accept", "text/html"),
            ("x-csrf", "1"),
        ];
        let asked = Asked::new(method.clone(), target, &headers);
        let answered = program.send(Asked::new(method, target, &headers));
        rules::check(program, &asked, &answered);
        assert_ne!(answered.status, 503, "a row is not an outage");
    }
    let other = program.run(program.sealed.load(&program.records[1].key));
    assert!(
        !matches!(other, Err(_) | Ok(Loaded::Ended(_))),
        "the neighbour is gone"
    );
}
