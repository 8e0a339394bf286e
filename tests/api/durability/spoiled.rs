//! A session file that was cut, damaged or replaced while the program was stopped: the start refuses an unusable file and leaves it unchanged. A
//! partly damaged file serves the sessions that can be read, and ends none of the others.

use std::fs;
use std::path::PathBuf;

use crate::support::*;
use rusqlite::Connection;

const PAGE: usize = 4_096;

fn file(program: &Program) -> PathBuf {
    program.folder.path().join("data/sessions.db")
}

/// A program that was stopped in order, so that all is in its one file; and the browsers that are signed in there.
async fn stopped(browsers: usize) -> (Program, Vec<Browser>) {
    let mut program = BINARY.start().await;
    let mut signed_in = Vec::new();
    for _ in 0..browsers {
        let browser = program.browser();
        browser.sign_in().await;
        signed_in.push(browser);
    }
    assert_eq!(program.stop().code(), Some(0));
    (program, signed_in)
}

/// Puts these bytes in the file's place: the program must not start, must say this, and must leave them alone.
fn is_refused(program: &Program, bytes: &[u8], says: &str) {
    fs::write(file(program), bytes).unwrap();
    let output = program.run(&["serve"], "");
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert!(told.contains("session.store: "), "{told}");
    assert!(told.contains(says), "{told}");
    assert!(fs::read(file(program)).unwrap() == bytes, "it was changed");
}

/// The file after this SQL.
fn changed(program: &Program, sql: &str) -> Vec<u8> {
    let connection = Connection::open(file(program)).unwrap();
    let whole = format!("PRAGMA journal_mode = DELETE; {sql}; PRAGMA journal_mode = WAL;");
    connection.execute_batch(&whole).unwrap();
    drop(connection);
    fs::read(file(program)).unwrap()
}

#[tokio::test]
async fn an_unusable_file_is_refused_and_left_unchanged_and_used_again_when_it_is_whole() {
    let (mut program, browsers) = stopped(1).await;
    let whole = fs::read(file(&program)).unwrap();
    is_refused(
        &program,
        &whole[..whole.len() / 2],
        "is damaged, and was left as it is",
    );
    let mut flipped = whole.clone();
    for byte in &mut flipped[PAGE..2 * PAGE] {
        *byte ^= 0xff;
    }
    is_refused(&program, &flipped, "is damaged, and was left as it is");
    for (sql, says) in [
        ("PRAGMA user_version = 99", "was written by a newer release"),
        ("PRAGMA user_version = 0", "is not a session database"),
        ("PRAGMA application_id = 1", "is not a session database"),
    ] {
        fs::write(file(&program), &whole).unwrap();
        let bytes = changed(&program, sql);
        is_refused(&program, &bytes, says);
    }
    fs::remove_file(file(&program)).unwrap();
    let foreign = changed(&program, "CREATE TABLE orders (id)");
    is_refused(&program, &foreign, "is not a session database");

    fs::write(file(&program), &whole).unwrap();
    program.start_again(&[]).await;
    assert!(browsers[0].is_signed_in().await);
}

/// The pages that hold the sessions, in the order of their keys.
fn leaves(program: &Program) -> Vec<usize> {
    let connection = Connection::open(file(program)).unwrap();
    let pages =
        "SELECT pageno FROM dbstat WHERE name = 'session' AND pagetype = 'leaf' ORDER BY path";
    let mut pages = connection.prepare(pages).unwrap();
    let pages = pages.query_map([], |row| row.get(0)).unwrap();
    pages.map(Result::unwrap).collect()
}

/// Whether the newest session can be read.
fn has_newest(program: &Program) -> bool {
    let connection = Connection::open(file(program)).unwrap();
    let newest = "SELECT version FROM session INDEXED BY session_newest WHERE user IS NOT NULL AND ended IS NULL LIMIT 1";
    connection.query_row(newest, [], |_| Ok(())).is_ok()
}

#[tokio::test]
async fn a_damaged_database_page_makes_its_own_sessions_unavailable_and_ends_none() {
    let (mut program, browsers) = stopped(24).await;
    let whole = fs::read(file(&program)).unwrap();
    let leaves = leaves(&program);
    assert!(leaves.len() >= 4, "{leaves:?}");
    // The start reads the first, the last and the newest session, so their leaves stay whole.
    let damaged = leaves[1..leaves.len() - 1].iter().any(|leaf| {
        let mut damaged = whole.clone();
        let page = (leaf - 1) * PAGE;
        for byte in &mut damaged[page..page + 16] {
            *byte ^= 0xff;
        }
        fs::write(file(&program), &damaged).unwrap();
        has_newest(&program)
    });
    assert!(damaged, "every leaf holds the newest session");

    program.start_again(&[]).await;
    let mut cut_off = 0;
    for browser in &browsers {
        let answer = browser.fetch("GET", "/api/user/info").await;
        if answer.status != 200 {
            answer.is_problem(503, "store_unavailable");
            assert!(answer.all("set-cookie").is_empty(), "the cookie stays");
            cut_off += 1;
        }
    }
    assert!(
        (1..browsers.len()).contains(&cut_off),
        "{cut_off} were cut off"
    );
    assert!(program.log().contains("database disk image is malformed"));

    program.kill();
    for companion in ["data/sessions.db-wal", "data/sessions.db-shm"] {
        drop(fs::remove_file(program.folder.path().join(companion)));
    }
    fs::write(file(&program), &whole).unwrap();
    program.start_again(&[]).await;
    for browser in &browsers {
        assert!(browser.is_signed_in().await);
    }
}

#[tokio::test]
async fn a_record_in_which_one_byte_was_changed_is_no_session_and_no_failure() {
    let (mut program, browsers) = stopped(2).await;
    let mut bytes = fs::read(file(&program)).unwrap();
    let connection = Connection::open(file(&program)).unwrap();
    let sealed: Vec<u8> = connection
        .query_row("SELECT profile FROM session LIMIT 1", [], |row| row.get(0))
        .unwrap();
    drop(connection);
    let sealed = bytes
        .windows(sealed.len())
        .position(|window| window == sealed);
    bytes[sealed.unwrap() + 20] ^= 1;
    fs::write(file(&program), &bytes).unwrap();

    program.start_again(&[]).await;
    let mut signed_in = 0;
    for browser in &browsers {
        signed_in += usize::from(browser.is_signed_in().await);
    }
    assert_eq!(signed_in, 1);
    assert!(program.log().contains("session_record_unreadable"));
}

#[tokio::test]
async fn an_invalid_row_does_not_hide_the_users_other_sessions() {
    let (mut program, browsers) = stopped(2).await;
    let spoil = "UPDATE session SET version = -1 WHERE key = (SELECT key FROM session LIMIT 1)";
    drop(changed(&program, spoil));
    program.start_again(&[]).await;
    let mut signed_in = Vec::new();
    for browser in &browsers {
        if browser.is_signed_in().await {
            signed_in.push(browser);
        }
    }
    assert_eq!(signed_in.len(), 1);
    let answer = signed_in[0].fetch("GET", "/api/sessions").await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json()["sessions"].as_array().unwrap().len(), 1);
    assert!(program.log().contains("session_record_unreadable"));
    assert_eq!(
        program.run(&["sessions", "list"], "").status.code(),
        Some(0)
    );
}
