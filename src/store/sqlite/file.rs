//! Opening the database file: rights, settings, and whether it is ours to open at all.

use std::fs::{DirBuilder, OpenOptions};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

/// Marks the file as ours (`PRAGMA application_id`): the letters `aBFF`.
const APPLICATION_ID: i32 = 0x6142_4646;
/// The version of `schema.sql` (`PRAGMA user_version`).
const SCHEMA_VERSION: i32 = 1;
const SCHEMA: &str = include_str!("schema.sql");
/// How long to wait for another process (the command line beside the program) to finish writing.
const BUSY_TIMEOUT: Duration = Duration::from_secs(2);

/// Why the session file cannot be used. The message is for the operator and says what to do.
#[derive(Debug, thiserror::Error)]
pub enum OpenFileError {
    /// The folder or file cannot be made or written.
    #[error("cannot create or write {}: {source}; give the program a folder it may write to", path.display())]
    Unwritable {
        /// The folder or file.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// It exists and is something else.
    #[error("{} is not a session database of this program; name another file or move this one away", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// A newer release made it.
    #[error("{} was written by a newer release (schema {found}, this one knows {known}); run that release, or name another file", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its schema version.
        found: i32,
        /// The newest that this program knows.
        known: i32,
    },
    /// SQLite refused.
    #[error("cannot open {}: SQLite: {source}", path.display())]
    Database {
        /// The file.
        path: PathBuf,
        /// SQLite's reason.
        source: rusqlite::Error,
    },
}

/// The writing connection; makes folder, file and tables where they are missing.
pub fn open_for_writing(path: &Path) -> Result<Connection, OpenFileError> {
    let unwritable = |path: &Path| {
        let path = path.to_owned();
        move |source| OpenFileError::Unwritable { path, source }
    };
    if let Some(folder) = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
    {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .map_err(unwritable(folder))?;
    }
    // Made here first, because SQLite would make it with the rights of the umask; its -wal and -shm files follow the file's rights.
    OpenOptions::new()
        .read(true)
        .append(true)
        .create(true)
        .mode(0o600)
        .open(path)
        .map_err(unwritable(path))?;
    let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    prepare(&connection, path)?;
    Ok(connection)
}

/// The reading connection to a file that [`open_for_writing`] prepared.
pub fn open_for_reading(path: &Path) -> Result<Connection, OpenFileError> {
    connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY)
}

fn connect(path: &Path, access: OpenFlags) -> Result<Connection, OpenFileError> {
    let database = |source| OpenFileError::Database {
        path: path.to_owned(),
        source,
    };
    let connection = Connection::open_with_flags(path, access | OpenFlags::SQLITE_OPEN_NO_MUTEX)
        .map_err(database)?;
    connection.busy_timeout(BUSY_TIMEOUT).map_err(database)?;
    Ok(connection)
}

fn prepare(connection: &Connection, path: &Path) -> Result<(), OpenFileError> {
    let database = |source| OpenFileError::Database {
        path: path.to_owned(),
        source,
    };
    let run = |sql: &str| connection.execute_batch(sql).map_err(database);
    // Looked at in one piece: another process may be making the tables at this moment.
    run("BEGIN")?;
    let is_made = is_made(connection, path);
    run("ROLLBACK")?;
    is_made?;
    run("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON;")?;
    run("BEGIN IMMEDIATE")?;
    let outcome = match self::is_made(connection, path) {
        Ok(false) => run(&format!(
            "{SCHEMA} PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {SCHEMA_VERSION};"
        )),
        Ok(true) => Ok(()),
        Err(error) => Err(error),
    };
    run(if outcome.is_ok() {
        "COMMIT"
    } else {
        "ROLLBACK"
    })?;
    outcome
}

/// Whether the tables are there; an empty file has none yet.
///
/// # Errors
/// When the file is something else, or of a newer release.
fn is_made(connection: &Connection, path: &Path) -> Result<bool, OpenFileError> {
    let path = || path.to_owned();
    let database = |source: rusqlite::Error| match source.sqlite_error_code() {
        Some(rusqlite::ErrorCode::NotADatabase) => OpenFileError::Foreign { path: path() },
        _ => OpenFileError::Database {
            path: path(),
            source,
        },
    };
    let number = |pragma: &str| {
        connection
            .pragma_query_value(None, pragma, |row| row.get::<_, i32>(0))
            .map_err(database)
    };
    let tables: i64 = connection
        .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
        .map_err(database)?;
    let (application, version) = (number("application_id")?, number("user_version")?);
    if application != APPLICATION_ID && (tables > 0 || application != 0) {
        return Err(OpenFileError::Foreign { path: path() });
    }
    if version > SCHEMA_VERSION {
        return Err(OpenFileError::Newer {
            path: path(),
            found: version,
            known: SCHEMA_VERSION,
        });
    }
    Ok(version == SCHEMA_VERSION)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

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
    fn what_is_not_ours_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let text = folder.path().join("notes.txt");
        std::fs::write(&text, "shopping list\n".repeat(100)).unwrap();
        assert!(matches!(
            open_for_writing(&text),
            Err(OpenFileError::Foreign { .. })
        ));
        assert_eq!(
            std::fs::read_to_string(&text).unwrap(),
            "shopping list\n".repeat(100)
        );

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
}
