//! Finds the password of a server in a file of the form of `.pgpass`: lines `host:port:database:user:password`, in which `*` matches any value and a
//! backslash keeps the meaning of a colon or backslash. Called by `dial`.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use secrecy::SecretString;
use zeroize::Zeroizing;

use super::fault::Fault;
use crate::postgres_servers::{PostgresNode, PostgresServers};

/// Reads the file and returns the password of its first line that matches.
///
/// # Errors
/// [`Fault::NoConnection`] when the file cannot be read, or when other users can read it.
pub async fn password(
    path: &Path,
    node: &PostgresNode,
    servers: &PostgresServers,
) -> Result<Option<SecretString>, Fault> {
    let unreadable = |_| Fault::NoConnection("the passfile of PostgreSQL cannot be read");
    let found = tokio::fs::metadata(path).await.map_err(unreadable)?;
    if found.permissions().mode() & 0o077 != 0 {
        return Err(Fault::NoConnection(
            "other users can read the passfile of PostgreSQL; set its permissions to 0600",
        ));
    }
    let text = tokio::fs::read_to_string(path).await.map_err(unreadable)?;
    let text = Zeroizing::new(text);
    // As in libpq, a socket is found under the name `localhost`.
    let host = match node.host.starts_with('/') {
        true => "localhost",
        false => &node.host,
    };
    let port = node.port.to_string();
    let wanted = [host, &port, &servers.database, &servers.username];
    Ok(text.lines().find_map(|line| matching(line, wanted)))
}

/// Returns the password of a line whose first four fields match.
fn matching(line: &str, wanted: [&str; 4]) -> Option<SecretString> {
    if line.starts_with('#') {
        return None;
    }
    let mut rest = line;
    for value in wanted {
        let (field, after) = field(rest);
        if *field != "*" && *field != value {
            return None;
        }
        rest = after?;
    }
    Some(SecretString::from(field(rest).0.to_string()))
}

/// Reads one field, and returns what follows its colon.
fn field(text: &str) -> (Zeroizing<String>, Option<&str>) {
    let mut field = Zeroizing::new(String::new());
    let mut letters = text.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            ':' => return (field, Some(&text[at + 1..])),
            '\\' => field.extend(letters.next().map(|(_, kept)| kept)),
            letter => field.push(letter),
        }
    }
    (field, None)
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    fn found(line: &str) -> Option<String> {
        let found = matching(line, ["db.test", "5432", "sessions", "app"]);
        found.map(|password| password.expose_secret().to_owned())
    }

    #[test]
    fn a_line_matches_by_value_or_by_star() {
        for (line, password) in [
            ("db.test:5432:sessions:app:word", Some("word")),
            ("*:*:*:*:word", Some("word")),
            ("*:*:*:app:a:b", Some("a")),
            (r"*:*:*:app:a\:b\\c", Some(r"a:b\c")),
            (r"db\.test:5432:sessions:app:word", Some("word")),
            ("*:*:*:app:", Some("")),
            ("db.test:5433:sessions:app:word", None),
            ("other:5432:sessions:app:word", None),
            ("*:*:*:App:word", None),
            ("#*:*:*:*:word", None),
            ("*:*:*:app", None),
            ("", None),
        ] {
            assert_eq!(found(line).as_deref(), password, "{line}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_line_is_read_without_a_panic(line in ".*") {
            found(&line);
        }
    }
}
