//! A program that started: what it says, where it listens, how it stops.

use crate::support::wire::send;
use crate::support::*;

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
