//! The login, and how much of TLS each mode uses and checks.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use tokio::runtime::Handle;

use super::{Postgres, fails_in_time, servers};
use crate::{
    ClientCertificate, PostgresRoots, PostgresServers, PostgresStore, PostgresTls,
    SessionStore as _,
};

const CANARY: &str = "canary";

fn store(servers: PostgresServers) -> PostgresStore {
    PostgresStore::new(servers, Handle::current())
}

/// Starts a server that asks for passwords.
async fn guarded() -> Postgres {
    let server = Postgres::start("password_encryption = 'scram-sha-256'").await;
    let roles = "CREATE ROLE app LOGIN PASSWORD 'word:1'; GRANT CREATE ON DATABASE sessions TO app";
    assert!(server.try_query(roles));
    server.admit("host all bff 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 scram-sha-256\n");
    server
}

fn login(server: &Postgres, role: &str, password: Option<&str>) -> PostgresServers {
    PostgresServers {
        username: role.to_owned(),
        password: password.map(Into::into),
        ..servers(&[server.port()])
    }
}

#[tokio::test]
async fn a_password_is_used_and_a_refusal_shows_no_secret() {
    let server = guarded().await;
    super::eventually(async || {
        let ping = store(login(&server, "app", Some("word:1"))).ping().await;
        ping.ok()
    })
    .await;
    for (role, password) in [
        ("app", Some(CANARY)),
        (CANARY, Some("word:1")),
        ("app", None),
    ] {
        let error = fails_in_time(store(login(&server, role, password)).ping()).await;
        let debug = format!("{error:?}");
        for secret in [CANARY, "word", "app", "127.0.0.1"] {
            assert!(!debug.contains(secret), "{debug}");
        }
    }
}

#[tokio::test]
async fn a_passfile_gives_the_password_and_is_read_again_for_each_connection() {
    let server = guarded().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pgpass");
    let write = |text: &str, mode| {
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    let open = || {
        store(PostgresServers {
            passfile: Some(path.clone()),
            ..login(&server, "app", None)
        })
    };
    let error = fails_in_time(open().ping()).await;
    assert_eq!(
        error.to_string(),
        "session store: the passfile of PostgreSQL cannot be read"
    );
    let line = format!("127.0.0.1:{}:sessions:app:word\\:1\n", server.port());
    write(&format!("other:*:*:*:x\n{line}"), 0o644);
    let error = fails_in_time(open().ping()).await;
    assert!(error.to_string().contains("0600"), "{error}");
    write("*:*:*:*:wrong\n", 0o600);
    let late = open();
    fails_in_time(late.ping()).await;
    write(&line, 0o600);
    super::eventually(async || late.ping().await.ok()).await;
}

/// Makes a root, a certificate of it for `localhost`, and a root that no server uses.
fn certificates(folder: &Path) {
    let script = "set -e\n\
        openssl req -x509 -noenc -days 1 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -subj /CN=root -keyout root.key -out root.pem\n\
        openssl req -x509 -noenc -days 1 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -subj /CN=other -keyout other.key -out other.pem\n\
        openssl req -noenc -newkey ec -pkeyopt ec_paramgen_curve:P-256 -subj /CN=server -keyout server.key -out server.csr\n\
        printf 'subjectAltName=DNS:localhost' > names\n\
        openssl req -noenc -newkey ec -pkeyopt ec_paramgen_curve:P-256 -subj /CN=bff -keyout client.key -out client.csr\n\
        openssl x509 -req -days 1 -in client.csr -CA root.pem -CAkey root.key -CAcreateserial -extfile names -out client.pem\n\
        openssl x509 -req -days 1 -in server.csr -CA root.pem -CAkey root.key -CAcreateserial -extfile names -out server.pem\n\
        chmod 600 server.key\n\
        if [ \"$(id -u)\" = 0 ]; then chown postgres server.key; fi\n";
    let made = std::process::Command::new("sh")
        .args(["-c", script])
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(made.status.success(), "{made:?}");
}

#[tokio::test]
async fn each_mode_of_tls_checks_what_libpq_checks() {
    let server = Postgres::start("").await;
    let folder = server.folder().to_owned();
    certificates(&folder);
    let file = |name: &str| folder.join(name);
    server.configure(&format!(
        "ssl = on\nssl_cert_file = '{}'\nssl_key_file = '{}'",
        file("server.pem").display(),
        file("server.key").display()
    ));
    server.admit("hostssl all all 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 reject\n");
    let works = async |host: &str, tls, roots: Option<&str>| {
        let mut servers = servers(&[server.port()]);
        host.clone_into(&mut servers.nodes[0].host);
        servers.tls = tls;
        if let Some(name) = roots {
            servers.roots = PostgresRoots::File(file(name));
        }
        store(servers)
            .ping()
            .await
            .map_err(|error| error.to_string())
    };
    let (ip, name) = ("127.0.0.1", "localhost");
    super::eventually(async || works(ip, PostgresTls::Require, None).await.ok()).await;
    for (host, tls, roots) in [
        (ip, PostgresTls::Prefer, None),
        (ip, PostgresTls::Require, Some("root.pem")),
        (ip, PostgresTls::VerifyCa, Some("root.pem")),
        (name, PostgresTls::VerifyFull, Some("root.pem")),
    ] {
        assert_eq!(works(host, tls, roots).await, Ok(()), "{tls:?} {roots:?}");
    }
    let refused = "session store: the TLS certificate of PostgreSQL is not accepted";
    for (host, tls, roots) in [
        (ip, PostgresTls::Require, Some("other.pem")),
        (ip, PostgresTls::VerifyCa, Some("other.pem")),
        (ip, PostgresTls::VerifyCa, None),
        (ip, PostgresTls::VerifyFull, Some("root.pem")),
        (name, PostgresTls::VerifyFull, Some("other.pem")),
    ] {
        let error = works(host, tls, roots).await.unwrap_err();
        assert_eq!(error, refused, "{tls:?} {roots:?}");
    }
    let error = works(ip, PostgresTls::VerifyCa, Some("missing.pem")).await;
    assert_eq!(
        error.unwrap_err(),
        "session store: the sslrootcert of PostgreSQL cannot be read"
    );
    assert!(works(ip, PostgresTls::Disable, None).await.is_err());
    // A server that wants to know who its client is.
    server.configure(&format!("ssl_ca_file = '{}'", file("root.pem").display()));
    server.admit("hostssl all all 127.0.0.1/32 cert\n");
    let with = |client_certificate| {
        store(PostgresServers {
            tls: PostgresTls::Require,
            client_certificate,
            ..servers(&[server.port()])
        })
    };
    let certificate = ClientCertificate {
        certificate: file("client.pem"),
        key: file("client.key"),
    };
    let known = with(Some(certificate));
    super::eventually(async || known.ping().await.ok()).await;
    super::eventually(async || with(None).ping().await.err()).await;
    // A server without TLS.
    let plain = Postgres::start("").await;
    let on_plain = |tls| {
        store(PostgresServers {
            tls,
            ..servers(&[plain.port()])
        })
    };
    on_plain(PostgresTls::Prefer).ping().await.unwrap();
    for tls in [PostgresTls::Require, PostgresTls::VerifyFull] {
        fails_in_time(on_plain(tls).ping()).await;
    }
}
