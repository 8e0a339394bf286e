//! A started program: its messages, its listeners, its stop.

use std::fs::{self, File};
use std::process::{Command, Stdio};
use std::time::Duration;

use tokio::net::TcpStream;

use crate::support::*;

const LOOK_AGAIN: Duration = Duration::from_millis(20);
/// Ten seconds: it bounds a failure, it measures nothing.
const LOOKS: u32 = 500;

/// Covers: DRV-SHUTDOWN
#[tokio::test]
async fn without_configuration_it_prints_three_lines_and_stops_on_a_signal() {
    let mut program = BINARY.start().await;
    let log = program.log();
    let lines: Vec<&str> = log.lines().filter(|line| !line.starts_with('{')).collect();
    assert_eq!(lines.len(), 3, "{lines:?}");
    assert!(lines[0].contains(&format!("http://{}", program.addresses.public)));
    assert!(lines[1].contains(&format!("http://{}/sandbox", program.addresses.sandbox)));
    assert_eq!(program.stop().code(), Some(0));
}

/// Covers: ASVS-13.4.5
#[tokio::test]
async fn the_operators_listener_is_another_one() {
    let program = BINARY.start().await;
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

/// The same program in the same folder and environment, to be started by another one.
#[cfg(target_os = "linux")]
pub fn started_by(starter: &str, ours: &Command) -> Command {
    let environment = ours.get_envs();
    let mut command = Command::new(starter);
    command
        .current_dir(ours.get_current_dir().expect("it has a folder"))
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .envs(environment.filter_map(|(name, value)| Some((name, value?))))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_terminal_that_is_closed_takes_the_program_along() {
    let (addresses, folder) = (Addresses::free(), tempfile::tempdir().unwrap());
    let unused = File::create(folder.path().join("unused.log")).unwrap();
    // `script` makes a terminal, and the shell in it becomes the program.
    let mut terminal = started_by("script", &BINARY.command(&addresses, folder.path(), unused))
        .args(["-q", "-c"])
        .arg(format!("exec {}", BINARY.0))
        .arg("/dev/null")
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
    panic!("it runs on, and no signal ends it");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn the_limit_of_open_files_is_raised_and_a_low_one_is_reported() {
    for (hard, are_few) in [(4_096, false), (400, true)] {
        let (addresses, folder) = (Addresses::free(), tempfile::tempdir().unwrap());
        let path = folder.path().join("program.log");
        let log = File::create(&path).unwrap();
        let ours = BINARY.command(&addresses, folder.path(), log.try_clone().unwrap());
        let mut child = started_by("prlimit", &ours)
            .arg(format!("--nofile=256:{hard}"))
            .arg(BINARY.0)
            .stderr(log)
            .spawn()
            .expect("there is `prlimit`");
        assert!(is_ready(&mut child, &addresses.origin()).await);
        let limits = fs::read_to_string(format!("/proc/{}/limits", child.id())).unwrap();
        let files = limits
            .lines()
            .find(|line| line.starts_with("Max open files"));
        let soft = files.and_then(|line| line.split_whitespace().nth(3));
        assert_eq!(soft, Some(hard.to_string().as_str()));
        child.kill().unwrap();
        child.wait().unwrap();
        let log = fs::read_to_string(&path).unwrap();
        let told = log.lines().find(|line| line.contains("open_files_few"));
        assert_eq!(told.is_some(), are_few, "{log}");
        if let Some(told) = told {
            assert!(told.contains("400") && told.contains("1050"), "{told}");
        }
    }
}
