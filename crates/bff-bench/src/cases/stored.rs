//! Sessions that are stored before a server starts.

use std::fs;
use std::path::{Path, PathBuf};

use crate::bench::Bench;
use crate::failure::{Outcome, fail};
use crate::http;
use crate::parts::tally::Tally;
use crate::running::Running;
use crate::servers::SESSIONS;

/// Most cookies that a client rotates over.
const KEPT: usize = 10_000;

/// Where sessions are stored.
pub enum Target<'a> {
    /// In the SQLite file of this folder.
    Folder(&'a Path),
    /// In this Redis server; the cookies are in the folder.
    Redis(&'a Running, &'a Path),
    /// In this PostgreSQL server; the cookies are in the folder.
    Postgres(&'a Running, &'a Path),
}

impl Target<'_> {
    /// Stores so many sessions, and returns the file with their cookies.
    ///
    /// # Errors
    /// [`Failure`](crate::failure::Failure) when the store does not take them.
    pub fn fill(&self, bench: &Bench, count: usize, are_expired: bool) -> Outcome<PathBuf> {
        let mut part = bench.part(&bench.cpus(1).load, "fill");
        let folder = match self {
            Self::Folder(folder) => {
                part.arg("--sqlite").arg(folder.join(SESSIONS));
                folder
            }
            Self::Redis(redis, folder) => {
                part.args(["--redis", &redis.port.to_string()]);
                folder
            }
            Self::Postgres(postgres, folder) => {
                part.args(["--postgres", &postgres.port.to_string()]);
                folder
            }
        };
        let cookies = cookies_of(folder);
        part.args(["--count", &count.to_string()])
            .args(["--kept", &KEPT.to_string()])
            .arg("--cookies")
            .arg(&cookies);
        if are_expired {
            part.arg("--expired");
        }
        bench.finish::<Tally>(part)?.without_failures()?;
        Ok(cookies)
    }
}

/// Returns a folder in which so many sessions are stored. It is filled once in a run.
///
/// # Errors
/// [`Failure`](crate::failure::Failure) when it cannot be filled.
pub fn folder_with(bench: &Bench, count: usize) -> Outcome<PathBuf> {
    let (folder, is_new) = bench.folder(&format!("filled-{count}"))?;
    if is_new {
        Target::Folder(&folder).fill(bench, count, false)?;
    }
    Ok(folder)
}

/// Returns the file with the cookies of the sessions in a filled folder.
pub fn cookies_of(folder: &Path) -> PathBuf {
    folder.join("filled-cookies")
}

/// Checks that the server knows a stored session, and returns its cookie.
///
/// # Errors
/// [`Failure`](crate::failure::Failure) when it does not.
pub fn check(server: &Running, cookies: &Path) -> Outcome<String> {
    let text = fs::read_to_string(cookies)?;
    let cookie = text.lines().next_back().unwrap_or_default();
    let status = http::get(server.port, "/api/user/info", Some(cookie))?.status;
    if status != 200 {
        return fail(format!("a stored session is answered with {status}"));
    }
    Ok(cookie.to_owned())
}
