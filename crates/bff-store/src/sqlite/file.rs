//! Opens the database file: sets file permissions and settings, and checks that this program made the file.

use std::fs::{DirBuilder, OpenOptions, Permissions};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};

/// Marks the file as made by this program (`PRAGMA application_id`): the letters `aBFF`.
const APPLICATION_ID: i32 = 0x6142_4646;
/// The schema migrations. Each makes a version of the tables out of the one before; the first starts from an empty file. `PRAGMA user_version`
/// holds the number of applied migrations. A released migration is never changed; later changes are new migrations.
const STEPS: &[&str] = &[
    include_str!("schema.sql"),
    include_str!("schema_2.sql"),
    include_str!("schema_3.sql"),
    include_str!("schema_4.sql"),
];
/// Reads both ends of the table and of each index, so that a damaged file stops the start. Reading all of it would take ten seconds for 100,000
/// sessions on a cold disk.
const LOOK: &str = "SELECT key FROM session ORDER BY key LIMIT 1; SELECT key FROM session ORDER BY key DESC LIMIT 1; \
    SELECT user FROM session WHERE user IS NOT NULL AND ended IS NULL ORDER BY user LIMIT 1; \
    SELECT absolute_expires_at FROM session ORDER BY absolute_expires_at LIMIT 1; \
    SELECT last_seen_at FROM session ORDER BY last_seen_at LIMIT 1; \
    SELECT key FROM lease LIMIT 1; SELECT key FROM spending LIMIT 1; SELECT tag FROM spent_attempt LIMIT 1; SELECT id FROM replica LIMIT 1;";
/// Longest wait for another process (such as the command line) to finish writing: 900 ms, half of the time within which a caller is answered.
const BUSY_TIMEOUT: Duration = Duration::from_millis(900);
/// Capacity of the cache of parsed statements, more than there are statements.
const STATEMENTS: usize = 64;
/// Memory of the page cache of a connection that reads: 512 KiB instead of 2 MB, because each thread can have such a connection. What is read often
/// is in the memory of opened sessions, and the rest is in the page cache of the kernel.
const READING_CACHE: &str = "PRAGMA cache_size = -512";
/// The same of the connection that writes: 1 MiB, which holds the pages that a transaction of many changes writes.
const WRITING_CACHE: &str = "PRAGMA cache_size = -1024";
/// Number of retries where SQLite does not wait by itself: when several processes switch a new file to WAL at the same time.
const TRIES: u32 = 40;
const BETWEEN_TRIES: Duration = Duration::from_millis(50);

/// Why the session file cannot be used. The message tells the operator what to do.
#[derive(Debug, thiserror::Error)]
pub enum OpenFileError {
    /// The folder or file cannot be created or written.
    #[error("cannot create or write {}: {source}; give the program a folder it may write to", path.display())]
    Unwritable {
        /// The folder or file.
        path: PathBuf,
        /// The operating system's error.
        source: std::io::Error,
    },
    /// The file exists but is not a session database of this program.
    #[error("{} is not a session database of this program; name another file or move this one away", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// The file was written by a newer release.
    #[error("{} was written by a newer release (schema {found}, this one knows {known}); run that release, or name another file", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its schema version.
        found: i32,
        /// The newest schema version that this program knows.
        known: usize,
    },
    /// The file is a session database of this program, but is damaged.
    #[error("{} is damaged, and was left as it is; put a backup in its place, or save what can be read: sqlite3 FILE .recover | sqlite3 NEW_FILE", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
    },
    /// SQLite returned an error.
    #[error("cannot open {}: SQLite: {source}", path.display())]
    Database {
        /// The file.
        path: PathBuf,
        /// SQLite's error.
        source: rusqlite::Error,
    },
}

impl OpenFileError {
    fn new(path: &Path, source: rusqlite::Error) -> Self {
        let path = path.to_owned();
        match source.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => Self::Foreign { path },
            Some(ErrorCode::DatabaseCorrupt) => Self::Damaged { path },
            Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly) => Self::Unwritable {
                path,
                source: std::io::Error::other(
                    "its -wal and -shm files cannot be created beside it",
                ),
            },
            _ => Self::Database { path, source },
        }
    }

    fn is_busy(&self) -> bool {
        let Self::Database { source, .. } = self else {
            return false;
        };
        source.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
    }
}

/// Opens the writing connection. Creates folder, file and tables if they are missing.
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
    // Creates the file here, because SQLite would create it with the permissions of the umask. Its -wal and -shm files get the file's permissions.
    OpenOptions::new()
        .read(true)
        .append(true)
        .create(true)
        .mode(0o600)
        .open(path)
        .map_err(unwritable(path))?;
    let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let mut tries = TRIES;
    loop {
        tries -= 1;
        match prepare(&connection, path, STEPS) {
            Err(error) if error.is_busy() && tries > 0 => wait(),
            Err(error) => return Err(error),
            Ok(()) => {
                close_to_others(path);
                return with_cache(connection, path, WRITING_CACHE);
            }
        }
    }
}

/// Returns the path of a file that SQLite keeps beside the database.
pub fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Removes the permissions of other users from an existing file, such as a restored backup. A file of another owner stays as it is, because
/// only its owner can change its permissions.
fn close_to_others(path: &Path) {
    for suffix in ["", "-wal", "-shm"] {
        let name = &beside(path, suffix);
        let mode = name
            .metadata()
            .map_or(0, |found| found.permissions().mode());
        if mode & 0o077 != 0 {
            drop(std::fs::set_permissions(
                name,
                Permissions::from_mode(0o600),
            ));
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the program starts, and serves no request yet"
)]
fn wait() {
    std::thread::sleep(BETWEEN_TRIES);
}

/// Opens the reading connection to a file that [`open_for_writing`] prepared.
pub fn open_for_reading(path: &Path) -> Result<Connection, OpenFileError> {
    let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    with_cache(connection, path, READING_CACHE)
}

/// Opens a connection that reads and never waits for a lock of another process.
pub fn open_for_quick_reading(path: &Path) -> Result<Connection, OpenFileError> {
    let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    connection
        .busy_timeout(Duration::ZERO)
        .map_err(|source| OpenFileError::new(path, source))?;
    with_cache(connection, path, READING_CACHE)
}

/// Sets the page cache. SQLite reads the schema for it, so it can wait for a lock.
fn with_cache(
    connection: Connection,
    path: &Path,
    cache: &str,
) -> Result<Connection, OpenFileError> {
    connection
        .execute_batch(cache)
        .map_err(|source| OpenFileError::new(path, source))?;
    Ok(connection)
}

/// Copies the write-ahead log into the database file.
pub fn checkpoint(path: &Path) -> rusqlite::Result<()> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
}

fn connect(path: &Path, access: OpenFlags) -> Result<Connection, OpenFileError> {
    let connect = || {
        let flags = access | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        // Without it SQLite plans a query that uses a partial index again for every new value, which takes ten times as long as the query.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        // With this setting SQLite reports a damaged page as an error instead of reading it as empty.
        connection.execute_batch("PRAGMA cell_size_check = ON")?;
        Ok(connection)
    };
    connect().map_err(|source| OpenFileError::new(path, source))
}

/// Applies the missing migrations in one transaction, so that a failed migration leaves the file unchanged.
fn prepare(connection: &Connection, path: &Path, steps: &[&str]) -> Result<(), OpenFileError> {
    let run = |sql: &str| {
        let outcome = connection.execute_batch(sql);
        outcome.map_err(|source| OpenFileError::new(path, source))
    };
    // The check and the migrations run in one transaction, because another process may be creating the tables at this time.
    run("BEGIN")?;
    let seen = steps_seen(connection, path, steps.len());
    run("ROLLBACK")?;
    seen?;
    run("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON;")?;
    run("BEGIN IMMEDIATE")?;
    let outcome = steps_seen(connection, path, steps.len()).and_then(|seen| {
        for step in &steps[seen..] {
            run(step)?;
        }
        if seen < steps.len() {
            let version = steps.len();
            run(&format!(
                "PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {version};"
            ))?;
        }
        run(LOOK)?;
        run("COMMIT")
    });
    if outcome.is_err() {
        // Rolls back, so that no table is half made and a retry finds no open transaction. The caller gets the first error, not that of the rollback.
        drop(connection.execute_batch("ROLLBACK"));
    }
    outcome
}

/// Returns the number of migrations applied to the file; zero for an empty file.
///
/// # Errors
/// When the file is not of this program, or has more migrations than this program knows.
fn steps_seen(connection: &Connection, path: &Path, known: usize) -> Result<usize, OpenFileError> {
    let look = || {
        let number =
            |pragma: &str| connection.pragma_query_value(None, pragma, |row| row.get::<_, i32>(0));
        let tables: i64 =
            connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
        Ok((tables, number("application_id")?, number("user_version")?))
    };
    let (tables, application, version) =
        look().map_err(|source| OpenFileError::new(path, source))?;
    match (application, usize::try_from(version)) {
        (0 | APPLICATION_ID, Ok(0)) if tables == 0 => Ok(0),
        (APPLICATION_ID, Ok(seen @ 1..)) if seen <= known => Ok(seen),
        (APPLICATION_ID, Ok(1..)) => Err(OpenFileError::Newer {
            path: path.to_owned(),
            found: version,
            known,
        }),
        _ => Err(OpenFileError::Foreign {
            path: path.to_owned(),
        }),
    }
}

#[cfg(test)]
mod tests;
