//! A session file that is deleted, replaced or moved while the program runs accepts every write, and its writes are lost.

use std::fs;
use std::path::Path;
use std::time::Duration;

use crate::support::provider::{beside_a_provider, browser};
use crate::support::*;

const LOOK_AGAIN: Duration = Duration::from_millis(20);

fn rename(from: &Path, to: &Path) {
    fs::rename(from, to).expect("it can be renamed");
}

/// What a client sees while the file is lost; no user is signed out.
async fn is_told(program: &Program, here: &Browser) {
    let ready = here.fetch("GET", "/readyz").await;
    assert_eq!(ready.status, 503);
    assert_eq!(here.fetch("GET", "/healthz").await.status, 200);
    for (method, path) in [
        ("GET", "/api/session"),
        ("GET", "/api/user/info"),
        ("GET", "/api/sessions"),
        ("POST", "/auth/logout"),
    ] {
        let answer = here.fetch(method, path).await;
        answer.is_problem(503, "store_unavailable");
        assert!(
            answer.all("set-cookie").is_empty(),
            "{path}: the cookie stays"
        );
    }
    let page = here.open("/").await;
    assert!(!page.removes_session());
    // Nor can a user sign in.
    let other = browser(program);
    let start = other.click("/auth/oauth/start").await;
    assert!(!start.text().contains("authorize"), "{}", start.text());
    assert_ne!(start.status, 303);
}

#[tokio::test]
async fn a_session_file_that_is_lost_while_it_runs_is_noticed_and_nothing_is_confirmed() {
    let (_provider, mut program) = beside_a_provider(BINARY).await;
    let here = browser(&program);
    here.sign_in().await;
    let data = program.folder.path().join("data");
    let aside = program.folder.path().join("aside");
    let file = data.join("sessions.db");

    // Each can be undone, and then all is as before.
    let lose: [(&str, &dyn Fn()); 5] = [
        ("the file is moved away", &|| rename(&file, &aside)),
        ("its folder is moved away", &|| rename(&data, &aside)),
        ("it is replaced by a copy", &|| {
            rename(&file, &aside);
            fs::copy(&aside, &file).expect("it can be copied");
        }),
        ("its log is moved away", &|| {
            rename(&data.join("sessions.db-wal"), &aside);
        }),
        ("a folder stands in its place", &|| {
            rename(&file, &aside);
            fs::create_dir(&file).expect("a folder can be made");
        }),
    ];
    let undo: [&dyn Fn(); 5] = [
        &|| rename(&aside, &file),
        &|| rename(&aside, &data),
        &|| rename(&aside, &file),
        &|| rename(&aside, &data.join("sessions.db-wal")),
        &|| {
            fs::remove_dir(&file).expect("it is empty");
            rename(&aside, &file);
        },
    ];
    for (number, ((what, lose), undo)) in lose.into_iter().zip(undo).enumerate() {
        let pending = browser(&program);
        let callback = pending.come_back("").await;
        lose();
        let answer = pending.arrive(&callback).await;
        assert_eq!(answer.location(), "/?error=server_error", "{what}");
        assert!(pending.jar().get("session").is_none(), "{what}");
        is_told(&program, &here).await;
        assert_eq!(
            program.events("store_file_lost").len(),
            number + 1,
            "{what}: told once"
        );
        undo();
        while here.fetch("GET", "/readyz").await.status != 200 {
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        assert!(here.is_signed_in().await, "{what}");
        assert_eq!(here.fetch("GET", "/api/user/info").await.status, 200);
        let other = browser(&program);
        other.sign_in().await;
        assert!(other.is_signed_in().await);
    }

    // Gone for good, until the operator restarts it. What is emptied is damaged, and what is copied into it then fits to nothing that is open.
    let whole = fs::read(&file).expect("it is there");
    fs::write(&file, "").expect("it can be written");
    is_told(&program, &here).await;
    fs::write(&file, whole).expect("it can be written");
    is_told(&program, &here).await;
    for ending in ["", "-wal", "-shm"] {
        fs::remove_file(data.join(format!("sessions.db{ending}"))).expect("it is there");
    }
    is_told(&program, &here).await;
    assert_eq!(program.stop().code(), Some(0));
    assert!(!file.exists(), "nothing is written at the end either");
    program.start_again(&[]).await;
    assert!(!here.is_signed_in().await);
    here.sign_in().await;
    assert!(here.is_signed_in().await);
}
