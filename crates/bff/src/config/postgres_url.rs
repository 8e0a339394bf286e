//! Parser of the URL of PostgreSQL, as libpq reads it: `[user[:password]@]host[:port],…/database?option=value&…`.
//!
//! It knows the options that a store needs, and refuses the others, because an option without effect would mislead the operator.

use std::path::PathBuf;

use percent_encoding::percent_decode_str;
use secrecy::SecretString;

use super::fault::{Wrong, ensure};
use super::store_host::{decoded, host_and_port};
use crate::store::{PostgresNode, PostgresRoots, PostgresServers, PostgresTls};

/// Default port of PostgreSQL.
const PORT: u16 = 5432;
/// Default number of connections. Ten replicas then use the 100 that a server accepts by default.
const CONNECTIONS: usize = 10;
/// Largest number of connections. More make a server slower.
const MOST_CONNECTIONS: usize = 1_000;
const NO_HOST: &str = "names no host; write postgres://user:password@host/database";
const OPTIONS: &str = "has an unknown option; use sslmode, sslrootcert, passfile, target_session_attrs and pool_max_conns only";

/// Parses what follows `postgres://`.
pub(super) fn parse(rest: &str) -> Result<PostgresServers, Wrong> {
    ensure(
        !rest.contains('#'),
        "has a # in it; in a user name or password write %23",
    )?;
    // Split at the last @ because a password may contain the character too. An option cannot contain it.
    let (login, place) = rest.rsplit_once('@').unwrap_or(("", rest));
    let (place, options) = place.split_once('?').unwrap_or((place, ""));
    let (hosts, database) = place.split_once('/').unwrap_or((place, ""));
    let (username, password) = login.split_once(':').unwrap_or((login, ""));
    let username =
        decoded(username)?.ok_or("names no user; write postgres://user:password@host/database")?;
    ensure(!hosts.is_empty(), NO_HOST)?;
    let nodes = hosts.split(',').map(|host| node(host.trim()));
    let nodes = nodes.collect::<Result<Vec<_>, _>>()?;
    let mut servers = PostgresServers {
        needs_primary: nodes.len() > 1,
        nodes,
        // As in libpq, a database without a name has that of the user.
        database: decoded(database)?.unwrap_or_else(|| username.clone()),
        username,
        password: decoded(password)?.map(SecretString::from),
        passfile: None,
        tls: PostgresTls::Prefer,
        roots: PostgresRoots::System,
        client_certificate: None,
        connections: CONNECTIONS,
    };
    for option in options.split('&').filter(|option| !option.is_empty()) {
        let (name, value) = option.split_once('=').ok_or(OPTIONS)?;
        set(&mut servers, name, &option_value(value)?)?;
    }
    ensure(
        servers.roots == PostgresRoots::System || servers.tls >= PostgresTls::Require,
        "has sslrootcert without a check; set sslmode=verify-full, or leave sslrootcert out",
    )?;
    Ok(servers)
}

fn node(text: &str) -> Result<PostgresNode, Wrong> {
    // The folder of a Unix socket is percent-encoded in a URL.
    let is_socket = text
        .get(..3)
        .is_some_and(|start| start.eq_ignore_ascii_case("%2f"));
    if is_socket {
        let (folder, port) = text.split_at(text.find(':').unwrap_or(text.len()));
        let (_, port) = host_and_port(&format!("socket{port}"), PORT)?;
        let host = decoded(folder)?.ok_or(NO_HOST)?;
        return Ok(PostgresNode { host, port });
    }
    let (host, port) = host_and_port(text, PORT)?;
    Ok(PostgresNode { host, port })
}

fn option_value(text: &str) -> Result<String, Wrong> {
    let value = percent_decode_str(text).decode_utf8();
    let value = value.map_err(|_| "has an option that is not UTF-8; percent-encode it as UTF-8")?;
    Ok(value.into_owned())
}

fn set(servers: &mut PostgresServers, name: &str, value: &str) -> Result<(), Wrong> {
    match name {
        "sslmode" => servers.tls = tls(value)?,
        "sslrootcert" => {
            servers.roots = match value {
                "" | "system" => PostgresRoots::System,
                path => PostgresRoots::File(path.into()),
            };
        }
        "passfile" => {
            servers.passfile = Some(value).filter(|path| !path.is_empty()).map(Into::into);
        }
        "target_session_attrs" => match value {
            "read-write" | "primary" => servers.needs_primary = true,
            "any" if servers.nodes.len() == 1 => {}
            "any" => {
                return Err("names several hosts, and a store must write; write target_session_attrs=read-write".into());
            }
            _ => return Err("has an unknown target_session_attrs; write read-write".into()),
        },
        "pool_max_conns" => {
            let number = value.parse().ok();
            let number = number.filter(|number| (1..=MOST_CONNECTIONS).contains(number));
            let wrong = "has a pool_max_conns that is not between 1 and 1000; write digits only";
            servers.connections = number.ok_or(wrong)?;
        }
        _ => return Err(OPTIONS.into()),
    }
    Ok(())
}

fn tls(value: &str) -> Result<PostgresTls, Wrong> {
    Ok(match value {
        "disable" => PostgresTls::Disable,
        "prefer" => PostgresTls::Prefer,
        "require" => PostgresTls::Require,
        "verify-ca" => PostgresTls::VerifyCa,
        "verify-full" => PostgresTls::VerifyFull,
        _ => {
            return Err(
                "has an unknown sslmode; write disable, prefer, require, verify-ca or verify-full"
                    .into(),
            );
        }
    })
}

/// Applies `join` to the paths in it.
pub(super) fn in_directory(
    servers: PostgresServers,
    join: impl Fn(PathBuf) -> PathBuf,
) -> PostgresServers {
    PostgresServers {
        passfile: servers.passfile.map(&join),
        roots: match servers.roots {
            PostgresRoots::File(path) => PostgresRoots::File(join(path)),
            PostgresRoots::System => PostgresRoots::System,
        },
        ..servers
    }
}
