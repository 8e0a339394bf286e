//! Statements of docs/security.md about attackers that no other test covers.

use std::io::ErrorKind;
use std::net::TcpListener;

use rusqlite::Connection;

use crate::support::*;

#[tokio::test]
async fn what_was_sealed_for_one_session_opens_in_no_other() {
    // A user who can write to the store puts parts of another user's session into their own.
    for parts in [
        &["tokens"][..],
        &["profile"],
        &["profile", "tokens"],
        &["profile", "tokens", "version", "user", "created_at"],
    ] {
        let program = BINARY.start().await;
        let victim = program.browser();
        victim.sign_in().await;
        program.sign_in_as("mallory").await;
        let mallory = program.browser();
        mallory.sign_in().await;
        let file = program.folder.path().join("data/sessions.db");
        let store = Connection::open(file).expect("the session file");
        let set: Vec<String> = parts
            .iter()
            .map(|part| format!("{part} = theirs.{part}"))
            .collect();
        let statement = format!(
            "UPDATE session SET {} FROM (SELECT * FROM session ORDER BY created_at LIMIT 1) AS theirs WHERE session.user <> theirs.user",
            set.join(", ")
        );
        assert_eq!(store.execute(&statement, []).expect(&statement), 1);
        let session = mallory.fetch("GET", "/api/session").await;
        assert_eq!(session.json()["authenticated"], false, "{statement}");
        let account = mallory.fetch("GET", "/api/user/info").await;
        account.is_problem(401, "not_authenticated");
        assert!(!program.events("session_record_unreadable").is_empty());
        let account = victim.fetch("GET", "/api/user/info").await;
        assert_eq!(account.json()["username"], "demo", "{statement}");
    }
}

#[tokio::test]
async fn a_proxy_named_by_the_environment_is_not_used() {
    let proxy = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    proxy.set_nonblocking(true).expect("it can be asked");
    let address = format!("http://{}", proxy.local_addr().expect("it is bound"));
    let names = [
        "HTTP_PROXY",
        "http_proxy",
        "HTTPS_PROXY",
        "https_proxy",
        "ALL_PROXY",
        "all_proxy",
    ];
    let program = BINARY
        .start_with(&names.map(|name| (name, address.as_str())))
        .await;
    let browser = program.browser();
    browser.sign_in().await;
    program.expire_tokens("demo").await;
    assert_eq!(browser.fetch("GET", "/api/user/info").await.status, 200);
    assert_eq!(browser.fetch("POST", "/auth/logout").await.status, 204);
    let met = proxy.accept().map(drop).map_err(|error| error.kind());
    assert_eq!(met, Err(ErrorKind::WouldBlock));
}
