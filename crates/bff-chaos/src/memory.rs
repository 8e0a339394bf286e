//! Memory: what an idle session costs the process that serves it. Sessions are written straight into the store, through the library; then every
//! one is used once over HTTP, and the process's resident memory is compared with that of one that had a few sessions.

use std::sync::Arc;
use std::time::Duration;

use bff_testing::RedisServer;

use bff::domain::{
    AccessToken, Clock as _, KeyRing, RefreshToken, SealingKey, Session, SessionHash, SessionId,
    SessionKey, SystemClock, SystemEntropy, TokenSet, User, UserId,
};
use bff::store::{RedisNode, RedisServers, RedisStore, SealedStore, SessionStore, SqliteStore};
use futures_util::{StreamExt as _, stream};
use reqwest::Method;

use super::args::Args;
use super::client::Client;
use super::cluster::{Cluster, LONG_LIMIT, sealing_key};
use super::report::Report;
use super::seed::Seed;

/// With so many sessions the base is measured, each used so often that everything that is made once is made.
const FEW: usize = 1_000;
const WARM_UP: usize = 20;
/// How many are written, and asked for, at a time.
const WIDTH: usize = 64;
/// About what the provider's access tokens have.
const TOKEN_LENGTH: usize = 700;
/// The most bytes an idle session may cost with a file, and with Redis, where it should cost none.
const MOST: f64 = 1_024.0;
const FLAT: f64 = 64.0;

/// Measures both stores.
pub async fn memory(args: &Args, seed: Seed, report: &mut Report) {
    report.begin(&format!("memory: {} idle sessions", args.idle));
    let cluster = Cluster::start(
        args.binary(),
        "memory-sqlite",
        seed,
        1,
        "sqlite:sessions.db",
        &LONG_LIMIT,
    )
    .await;
    let file = cluster.folder.join("sessions.db");
    let open =
        || -> Arc<dyn SessionStore> { Arc::new(SqliteStore::open(&file).expect("the file opens")) };
    let cost = measure(args, seed, report, "SQLite", cluster, open).await;
    report.expect(
        "SQLite: bytes per idle session, under 1 KiB",
        cost < MOST,
        format!("{cost:.0}"),
    );

    let redis = RedisServer::start("").await;
    let url = format!("redis://127.0.0.1:{}", redis.port());
    let cluster = Cluster::start(args.binary(), "memory-redis", seed, 1, &url, &LONG_LIMIT).await;
    let open = || -> Arc<dyn SessionStore> {
        Arc::new(RedisStore::on_server(RedisServers {
            nodes: vec![RedisNode {
                host: "127.0.0.1".to_owned(),
                port: redis.port(),
            }],
            tls: false,
            username: None,
            password: None,
            database: 0,
            client_certificate: None,
        }))
    };
    let cost = measure(args, seed, report, "Redis", cluster, open).await;
    report.expect(
        "Redis: bytes per idle session, flat",
        cost < FLAT,
        format!("{cost:.0}"),
    );
}

/// Bytes of resident memory that each further session costs.
async fn measure(
    args: &Args,
    seed: Seed,
    report: &mut Report,
    name: &str,
    mut cluster: Cluster,
    open: impl Fn() -> Arc<dyn SessionStore>,
) -> f64 {
    let mut residents = Vec::new();
    let mut cookies = Vec::new();
    for (count, rounds) in [(FEW, WARM_UP), (args.idle, 1)] {
        cluster.replicas[0].kill();
        let keys = KeyRing::new(SealingKey::new(sealing_key(seed).into()), Vec::new());
        let store = SealedStore::new(open(), keys, Arc::new(SystemEntropy));
        let numbers = stream::iter(cookies.len()..count);
        let made: Vec<String> = numbers
            .map(|number| create(&store, number))
            .buffer_unordered(WIDTH)
            .collect()
            .await;
        cookies.extend(made);
        drop(store);
        let replica = &mut cluster.replicas[0];
        replica.start_again();
        assert!(
            replica.is_ready().await,
            "it does not start: {}",
            replica.log.display()
        );
        for _ in 0..rounds {
            use_each(&replica.base(), &cookies).await;
        }
        let resident = replica.memory("VmRSS:");
        report.figure(
            &format!("{name}: resident with {count} sessions, each used"),
            format!("{resident} KiB"),
        );
        residents.push(resident);
    }
    let grown = residents[1] as f64 - residents[0] as f64;
    grown * 1_024.0 / (args.idle - FEW) as f64
}

/// Writes a session that was made two minutes ago, so that its use is worth a note; its cookie.
async fn create(store: &SealedStore, number: usize) -> String {
    let id = SessionId::random(&SystemEntropy);
    let now = SystemClock.now();
    let hours = |hours: u64| now.plus(Duration::from_secs(3_600 * hours));
    let made = bff::domain::Timestamp::from_millis(now.as_millis() - 120_000);
    let session = Session {
        key: SessionKey::from_id(&id),
        hash: SessionHash::default(),
        user: User {
            id: Some(UserId::new(format!("idle-{number}"))),
            username: Some(format!("idle-{number}")),
        },
        device: "Firefox on Linux".to_owned(),
        created_at: made,
        last_seen_at: made,
        absolute_expires_at: hours(24 * 30),
        tokens: TokenSet {
            access_token: AccessToken::new("a".repeat(TOKEN_LENGTH)),
            refresh_token: Some(RefreshToken::new("r".repeat(60))),
            scope: Some("profile balance".to_owned()),
            obtained_at: made,
            expires_at: hours(2),
        },
        version: 1,
        app_data: std::collections::BTreeMap::new(),
    };
    store.create(&session).await.expect("it is stored");
    format!("session={}", id.reveal())
}

/// Every session is opened, its use is noted, and its user's sessions are listed.
async fn use_each(base: &str, cookies: &[String]) {
    let (client, url) = (Client::new(), format!("{base}/api/sessions"));
    let calls =
        stream::iter(cookies).map(async |cookie| client.fetch(Method::GET, &url, cookie).await);
    let mut ends = calls.buffer_unordered(WIDTH);
    while let Some(end) = ends.next().await {
        let answer = end.expect("it answers");
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
}
