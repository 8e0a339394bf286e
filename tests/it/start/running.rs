//! A program that started: what it says, where it listens, how it stops.

use std::process::Stdio;
use std::time::Duration;

use tokio::net::TcpStream;

use crate::launch::{Addresses, BINARY, is_ready, program};
use crate::support::wire::send;
use crate::support::*;

const LOOK_AGAIN: Duration = Duration::from_millis(20);
/// Ten seconds: it bounds a failure, it measures nothing.
const LOOKS: u32 = 500;

#[tokio::test]
async fn nothing_configured_prints_three_lines_and_stops_when_it_is_told_to() {
    let mut program = Program::start().await;
    let log = program.log();
    let lines: Vec<&str> = log.lines().filter(|line| !line.starts_with('{')).collect();
    assert_eq!(lines.len(), 3, "{lines:?}");
    assert!(lines[0].contains(&format!("http://{}", program.addresses.public)));
    assert!(lines[1].contains(&format!("http://{}/sandbox", program.addresses.sandbox)));
    assert_eq!(program.stop().code(), Some(0));
}

#[tokio::test]
async fn the_operators_listener_is_another_one() {
    let program = Program::start().await;
    for path in ["/healthz", "/readyz"] {
        let answer = send(
            &program.addresses.admin,
            "localhost",
            &Request::new("GET", path),
        )
        .await;
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(
            program
                .browser()
                .send_bare(Request::new("GET", path))
                .await
                .status,
            200,
            "{path}"
        );
    }
    let answer = send(
        &program.addresses.admin,
        "localhost",
        &Request::new("GET", "/api/session"),
    )
    .await;
    assert_eq!(answer.status, 404);
    program
        .browser()
        .send_bare(Request::new("GET", "/metrics"))
        .await
        .is_problem(404, "not_found");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_terminal_that_is_closed_takes_the_program_along() {
    let (addresses, folder) = (Addresses::free(), tempfile::tempdir().unwrap());
    let unused = std::fs::File::create(folder.path().join("unused.log")).unwrap();
    let ours = program(&addresses, folder.path(), unused);
    // `script` makes a terminal, and the shell in it becomes the program.
    let mut terminal = std::process::Command::new("script")
        .args(["-q", "-c"])
        .arg(format!("exec {BINARY}"))
        .arg("/dev/null")
        .current_dir(folder.path())
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .envs(
            ours.get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        )
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("there is `script`");
    assert!(is_ready(&mut terminal, &addresses.origin()).await);
    terminal.kill().unwrap();
    terminal.wait().unwrap();
    for _ in 0..LOOKS {
        if TcpStream::connect(&addresses.public).await.is_err() {
            return;
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
    panic!("it runs on, and nobody can end it");
}
