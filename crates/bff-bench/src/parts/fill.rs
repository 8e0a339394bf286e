//! Stores sessions without a login, through the program's own store, sealed with the key that measured programs use.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bff_core::{
    AccessToken, Clock as _, KeyRing, RefreshToken, SealingKey, Session, SessionHash, SessionId,
    SessionKey, SystemClock, SystemEntropy, Timestamp, TokenSet, User, UserId,
};
use bff_store::{
    PostgresNode, PostgresRoots, PostgresServers, PostgresStore, PostgresTls, RedisNode,
    RedisServers, RedisStore, SealedStore, SessionStore, SqliteStore,
};
use clap::Args;
use futures_util::{StreamExt as _, stream};
use tokio::runtime::Handle;

use super::tally::Tally;
use crate::clock::Stopwatch;
use crate::failure::{Failure, Outcome};
use crate::servers::SEALING_KEY;
use crate::token;

/// Number of sessions that are stored at the same time, so that the store commits many at once.
const WIDTH: usize = 256;
/// Lifetime of an access token that has not expired: a day, which is longer than any run.
const DAY: Duration = Duration::from_secs(86_400);

/// The settings.
#[derive(Args)]
pub struct Settings {
    /// File of the SQLite store
    #[arg(long)]
    sqlite: Option<PathBuf>,
    /// Port of the Redis store
    #[arg(long)]
    redis: Option<u16>,
    /// Port of the PostgreSQL store
    #[arg(long)]
    postgres: Option<u16>,
    /// Number of sessions
    #[arg(long)]
    count: usize,
    /// The access tokens have expired
    #[arg(long)]
    expired: bool,
    /// File for the cookies, one `Cookie` header a line
    #[arg(long)]
    cookies: PathBuf,
    /// Number of cookies in the file, taken evenly from all sessions
    #[arg(long)]
    kept: usize,
}

/// Stores the sessions, and prints the tally.
///
/// # Errors
/// [`Failure`] when the store does not take a session.
pub async fn run(settings: &Settings) -> Outcome<()> {
    let keys = KeyRing::new(SealingKey::new(SEALING_KEY.into()), Vec::new());
    let store = SealedStore::new(open(settings)?, keys, Arc::new(SystemEntropy));
    let mut cookies = BufWriter::new(File::create(&settings.cookies)?);
    let step = settings.count.div_ceil(settings.kept.max(1));
    let watch = Stopwatch::start();
    let store = &store;
    let stored = stream::iter(0..settings.count).map(|number| async move {
        let id = SessionId::random(&SystemEntropy);
        let session = session(&id, number, settings.expired);
        store.create(&session).await?;
        Ok::<_, Failure>((number, id))
    });
    let mut stored = std::pin::pin!(stored.buffer_unordered(WIDTH));
    while let Some(one) = stored.next().await {
        let (number, id) = one?;
        if number % step == 0 {
            writeln!(cookies, "{}", cookie(&id))?;
        }
    }
    cookies.flush()?;
    store.flush().await?;
    Tally {
        done: settings.count,
        seconds: watch.seconds(),
        ..Tally::default()
    }
    .print()
}

fn open(settings: &Settings) -> Outcome<Arc<dyn SessionStore>> {
    if let Some(file) = &settings.sqlite {
        let store = SqliteStore::open(file).map_err(|error| Failure::new(error.to_string()))?;
        return Ok(Arc::new(store));
    }
    if let Some(port) = settings.postgres {
        return Ok(Arc::new(on_postgres(port)));
    }
    let Some(port) = settings.redis else {
        return Err(Failure::new("--sqlite, --redis or --postgres is missing"));
    };
    let node = RedisNode {
        host: "127.0.0.1".to_owned(),
        port,
    };
    Ok(Arc::new(RedisStore::on_server(RedisServers {
        nodes: vec![node],
        tls: false,
        username: None,
        password: None,
        database: 0,
        client_certificate: None,
    })))
}

fn on_postgres(port: u16) -> PostgresStore {
    let node = PostgresNode {
        host: "127.0.0.1".to_owned(),
        port,
    };
    let servers = PostgresServers {
        nodes: vec![node],
        username: "bff".to_owned(),
        password: None,
        passfile: None,
        database: "postgres".to_owned(),
        tls: PostgresTls::Disable,
        roots: PostgresRoots::System,
        client_certificate: None,
        needs_primary: false,
        connections: 10,
    };
    PostgresStore::new(servers, Handle::current())
}

fn session(id: &SessionId, number: usize, expired: bool) -> Session {
    let now = SystemClock.now();
    let obtained_at = if expired { now.minus(DAY) } else { now };
    let user = number as u64;
    Session {
        key: SessionKey::from_id(id),
        hash: SessionHash::default(),
        user: User {
            id: Some(UserId::new(user.to_string())),
            username: Some(format!("user{user}")),
        },
        device: "Firefox on Linux".to_owned(),
        created_at: now,
        last_seen_at: now,
        absolute_expires_at: now.plus(30 * DAY),
        tokens: tokens(user, obtained_at),
        version: 1,
        app_data: BTreeMap::new(),
    }
}

fn tokens(user: u64, obtained_at: Timestamp) -> TokenSet {
    TokenSet {
        access_token: AccessToken::new(token::access(user)),
        refresh_token: Some(RefreshToken::new(token::refresh(user, 0))),
        scope: Some("profile balance".to_owned()),
        obtained_at,
        expires_at: obtained_at.plus(DAY),
    }
}

/// Returns the `Cookie` header of a session.
fn cookie(id: &SessionId) -> String {
    format!("session={}", id.reveal())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expired_session_has_a_token_that_ends_now() {
        let id = SessionId::random(&SystemEntropy);
        let usable = |expired| session(&id, 1, expired).tokens.is_usable(SystemClock.now());
        assert!(usable(false));
        assert!(!usable(true));
    }
}
