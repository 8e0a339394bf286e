//! Database files of other programs, older, newer and damaged files, and files that several processes open at once.

use std::os::unix::fs::PermissionsExt as _;

use super::*;

/// Makes a database file with one session in it.
fn made(folder: &Path) -> PathBuf {
    let path = folder.join("sessions.db");
    let connection = open_for_writing(&path).unwrap();
    let one = "INSERT INTO session VALUES (x'01', '7', 1, 1, 2, 1, NULL, x'02', x'03', x'')";
    connection.execute_batch(one).unwrap();
    path
}

fn sessions(connection: &Connection) -> u32 {
    let counted = connection.query_row("SELECT count(*) FROM session", [], |row| row.get(0));
    counted.unwrap()
}

#[test]
fn the_file_and_its_folder_are_for_their_owner_only() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data/sessions.db");
    let connection = open_for_writing(&path).unwrap();
    connection
        .execute_batch("INSERT INTO spent_attempt VALUES ('x', 1)")
        .unwrap();
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(path.parent().unwrap()), 0o700);
    for name in ["sessions.db", "sessions.db-wal", "sessions.db-shm"] {
        assert_eq!(mode(&path.with_file_name(name)), 0o600, "{name}");
    }
}

#[test]
fn a_file_of_another_program_is_not_changed() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("notes.txt");
    std::fs::write(&text, "shopping list\n".repeat(100)).unwrap();
    std::fs::set_permissions(&text, Permissions::from_mode(0o644)).unwrap();
    assert!(matches!(
        open_for_writing(&text),
        Err(OpenFileError::Foreign { .. })
    ));
    assert_eq!(
        std::fs::read_to_string(&text).unwrap(),
        "shopping list\n".repeat(100)
    );

    let mode = text.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o644);

    let other = folder.path().join("other.db");
    Connection::open(&other)
        .unwrap()
        .execute_batch("CREATE TABLE orders (id)")
        .unwrap();
    assert!(matches!(
        open_for_writing(&other),
        Err(OpenFileError::Foreign { .. })
    ));
}

#[test]
fn a_file_of_a_newer_release_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sessions.db");
    open_for_writing(&path)
        .unwrap()
        .execute_batch("PRAGMA user_version = 99")
        .unwrap();
    let error = open_for_writing(&path).unwrap_err();
    assert!(
        matches!(error, OpenFileError::Newer { found: 99, .. }),
        "{error}"
    );
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("data"), "a file, not a folder").unwrap();
    let error = open_for_writing(&folder.path().join("data/sessions.db")).unwrap_err();
    assert!(matches!(error, OpenFileError::Unwritable { .. }), "{error}");
    assert!(error.to_string().contains("data"), "{error}");
}

#[test]
fn many_may_open_a_new_file_at_once() {
    for _ in 0..5 {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sessions.db");
        let all: Vec<_> = (0..8)
            .map(|_| {
                let path = path.clone();
                std::thread::spawn(move || open_for_writing(&path).map(drop))
            })
            .collect();
        for one in all {
            one.join().unwrap().unwrap();
        }
    }
}

#[test]
fn a_file_that_says_of_itself_what_cannot_be_is_left_alone() {
    for lie in [
        "PRAGMA user_version = 0",
        "PRAGMA user_version = -1",
        "PRAGMA application_id = 0",
        "PRAGMA application_id = 7",
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = made(folder.path());
        Connection::open(&path).unwrap().execute_batch(lie).unwrap();
        let before = std::fs::read(&path).unwrap();
        let error = open_for_writing(&path).unwrap_err();
        assert!(
            matches!(error, OpenFileError::Foreign { .. }),
            "{lie}: {error}"
        );
        assert_eq!(std::fs::read(&path).unwrap(), before, "{lie}");
    }
}

#[test]
fn a_commit_waits_for_the_disk_and_what_is_deleted_is_wiped() {
    let folder = tempfile::tempdir().unwrap();
    let connection = open_for_writing(&folder.path().join("sessions.db")).unwrap();
    let settings = "SELECT journal_mode, synchronous, secure_delete FROM pragma_journal_mode, pragma_synchronous, pragma_secure_delete";
    let settings: (String, u32, u32) = connection
        .query_row(settings, [], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .unwrap();
    assert_eq!(settings, ("wal".to_owned(), 2, 1), "2 is FULL");
}

#[test]
fn an_empty_file_is_made_into_a_session_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sessions.db");
    std::fs::write(&path, "").unwrap();
    assert_eq!(sessions(&open_for_writing(&path).unwrap()), 0);
}

#[test]
fn an_older_file_is_brought_up_to_date_and_keeps_its_sessions() {
    let folder = tempfile::tempdir().unwrap();
    let connection = Connection::open(made(folder.path())).unwrap();
    let steps = [STEPS, &["ALTER TABLE session ADD COLUMN colour TEXT"]].concat();
    for _ in 0..2 {
        prepare(&connection, folder.path(), &steps).unwrap();
        let (version, colours): (u32, u32) = connection
            .query_row(
                "SELECT user_version, (SELECT count(*) - count(colour) FROM session) FROM pragma_user_version",
                [],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
            .unwrap();
        assert_eq!((version, colours), (5, 1));
    }
}

/// Database files of each earlier release, with one session and one lease in each.
#[test]
fn the_file_of_any_earlier_release_is_opened_with_its_sessions() {
    for seen in 1..STEPS.len() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sessions.db");
        let older = Connection::open(&path).unwrap();
        older.pragma_update(None, "journal_mode", "WAL").unwrap();
        let steps = STEPS[..seen].concat();
        let rest = format!(
            "PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {seen}; \
             INSERT INTO session VALUES (x'01', '7', 1, 1, 2, 1, NULL, x'02', x'03', x''); \
             INSERT INTO lease (key, holder, until) VALUES (x'01', 'one', 9);"
        );
        older.execute_batch(&steps).unwrap();
        older.execute_batch(&rest).unwrap();
        // The older program still has the file open, as in an update without downtime, and continues to work.
        let newer = open_for_writing(&path).unwrap();
        assert_eq!(sessions(&newer), 1, "{seen}");
        let lease = "INSERT INTO lease (key, holder, until) VALUES (x'01', 'two', 9) ON CONFLICT (key) DO UPDATE SET holder = 'two'";
        older.execute_batch(lease).unwrap();
        let insert = "INSERT INTO session VALUES (x'02', '7', 1, 1, 2, 1, NULL, x'02', x'03', x'')";
        older.execute_batch(insert).unwrap();
        assert_eq!(sessions(&newer), 2, "{seen}");
    }
}

/// Lists and sweeps use an index, so that the sessions of one user do not slow down requests of another.
#[test]
fn no_list_and_no_sweep_reads_the_whole_table() {
    let folder = tempfile::tempdir().unwrap();
    let connection = open_for_writing(&folder.path().join("sessions.db")).unwrap();
    for (query, index) in [
        (
            "SELECT rowid FROM session WHERE user = '7' AND ended IS NULL ORDER BY created_at DESC, key LIMIT 10 OFFSET 50",
            "session_newest",
        ),
        (
            "SELECT rowid FROM session WHERE last_seen_at <= 7 LIMIT 500",
            "session_unused",
        ),
        (
            "SELECT rowid FROM session WHERE absolute_expires_at <= 7 LIMIT 500",
            "session_end",
        ),
    ] {
        let mut plan = connection
            .prepare(&format!("EXPLAIN QUERY PLAN {query}"))
            .unwrap();
        let steps: Vec<String> = plan
            .query_map([], |row| row.get(3))
            .unwrap()
            .map(Result::unwrap)
            .collect();
        let plan = steps.join("; ");
        assert!(plan.contains(index), "{query}: {plan}");
        assert!(!plan.contains("TEMP B-TREE"), "{query} is sorted: {plan}");
    }
}

#[test]
fn a_step_that_fails_leaves_the_older_file_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let path = made(folder.path());
    let connection = Connection::open(&path).unwrap();
    let steps = [STEPS, &["DELETE FROM session", "no SQL at all"]].concat();
    prepare(&connection, &path, &steps).unwrap_err();
    assert_eq!(sessions(&connection), 1);
    drop(connection);
    assert_eq!(sessions(&open_for_writing(&path).unwrap()), 1);
}

#[test]
fn a_file_that_is_truncated_or_unreadable_is_reported_and_not_changed() {
    let folder = tempfile::tempdir().unwrap();
    let whole = std::fs::read(made(folder.path())).unwrap();
    const PAGE: usize = 4_096;
    let mut cut = whole.clone();
    cut.truncate(whole.len() / 2 / PAGE * PAGE);
    let mut flipped = whole;
    // The sessions begin on the second page.
    flipped[PAGE..PAGE + 100]
        .iter_mut()
        .for_each(|byte| *byte ^= 0xff);
    for (what, bytes) in [("cut", cut), ("flipped", flipped)] {
        let path = folder.path().join(what);
        std::fs::write(&path, &bytes).unwrap();
        let error = open_for_writing(&path).unwrap_err();
        assert!(
            matches!(error, OpenFileError::Damaged { .. }),
            "{what}: {error}"
        );
        assert!(std::fs::read(&path).unwrap() == bytes, "{what} was changed");
    }
}
