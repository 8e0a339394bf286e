//! Log outputs that accept no data: no request waits for them, lost lines are counted and reported, and the program starts and stops as usual.

use std::fs::File;
use std::io::{BufRead as _, BufReader, PipeReader, PipeWriter, Write as _, pipe};
use std::process::{Child, Command, ExitStatus};
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use crate::support::*;

const LOG: &str = "program.log";
/// What a pipe takes without a reader.
const PIPE: usize = 64 * 1024;
/// Requests that are sent at once.
const CALLS: usize = 1_500;

/// A program whose outputs a test chooses.
struct Started {
    child: Child,
    addresses: Addresses,
    folder: TempDir,
}

impl Started {
    /// Its log goes to a file, unless the test has another place for it.
    async fn with(configure: impl FnOnce(&mut Command)) -> Self {
        let (addresses, folder) = (Addresses::free(), TempDir::new().unwrap());
        let log = File::create(folder.path().join(LOG)).unwrap();
        let mut command = BINARY.command(&addresses, folder.path(), log);
        command
            .env("RUST_LOG", "info")
            .env("BFF_LIMITS__CLIENT_RATE", "0")
            .env("BFF_LIMITS__LOGIN_RATE", "0");
        configure(&mut command);
        let mut child = command.spawn().unwrap();
        // The test's own ends of its pipes.
        drop(command);
        assert!(is_ready(&mut child, &addresses.origin()).await);
        Self {
            child,
            addresses,
            folder,
        }
    }

    /// Sends many requests that are told each by a line, and gets all answers.
    async fn ask(&self, request: &str, status: u16) -> usize {
        let last = "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
        let bytes = format!("{}{last}", request.repeat(CALLS));
        let raw = exchange(&self.addresses.public, bytes.as_bytes()).await;
        let text = String::from_utf8(raw).unwrap();
        let answered = text.matches(&format!("HTTP/1.1 {status} ")).count();
        assert_eq!(answered, CALLS + usize::from(status == 200));
        CALLS
    }

    /// How many lines the metrics say were dropped.
    async fn dropped(&self, log: &str) -> usize {
        let labels = format!("log=\"{log}\"");
        self.counted("log_lines_dropped", &labels).await
    }

    /// What this metric counts.
    async fn counted(&self, name: &str, labels: &str) -> usize {
        let request = Request::new("GET", "/metrics");
        let text = send(&self.addresses.admin, "localhost", &request)
            .await
            .text();
        let name = format!("bff_{name}_total{{{labels}}} ");
        let line = text.lines().find_map(|line| line.strip_prefix(&name));
        line.unwrap_or_else(|| panic!("no {name}: {text}"))
            .parse()
            .unwrap()
    }

    fn log(&self) -> Vec<Value> {
        settled_log(&self.folder.path().join(LOG))
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok())
            .collect()
    }

    async fn stop(&mut self) -> ExitStatus {
        let id = self.child.id().to_string();
        let told = Command::new("kill").args(["-TERM", &id]).status();
        assert!(told.unwrap().success());
        for _ in 0..2_000 {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("it does not end");
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Reads all lines until the other side is closed.
fn read(reader: PipeReader) -> JoinHandle<Vec<Value>> {
    std::thread::spawn(move || {
        BufReader::new(reader)
            .lines()
            .filter_map(|line| serde_json::from_str(&line.unwrap()).ok())
            .collect()
    })
}

fn count(lines: &[Value], event: &str) -> usize {
    lines.iter().filter(|line| line["event"] == event).count()
}

/// How many lines were told to be dropped.
fn told(lines: &[Value], log: &str) -> u64 {
    lines
        .iter()
        .filter(|line| line["event"] == "log_lines_dropped" && line["log"] == log)
        .map(|line| line["lines"].as_u64().unwrap())
        .sum()
}

const CALL: &str = "GET /api/session HTTP/1.1\r\nHost: x\r\n\r\n";
const REFUSED: &str = "POST /auth/logout HTTP/1.1\r\nHost: x\r\nOrigin: https://evil.test\r\nContent-Length: 0\r\n\r\n";

#[tokio::test]
async fn a_log_that_is_not_read_delays_no_request_and_lost_lines_are_counted_and_reported() {
    let (reader, writer) = pipe().unwrap();
    let mut program = Started::with(|command| {
        command.stderr(writer);
    })
    .await;
    let mut asked = program.ask(CALL, 200).await;
    while program.dropped("log").await == 0 {
        asked += program.ask(CALL, 200).await;
        assert!(asked < 200_000, "nothing is dropped");
    }
    let reading = read(reader);
    // Lines are taken again, and the number is told before what comes then.
    asked += program.ask(CALL, 200).await;
    let dropped = program.dropped("log").await;
    let labels = "method=\"GET\",route=\"/api/session\",status=\"200\"";
    let counted = program.counted("http_requests", labels).await;
    assert_eq!(counted, asked, "metrics count what is dropped too");
    assert_eq!(program.stop().await.code(), Some(0));
    let lines = reading.join().unwrap();
    assert_eq!(told(&lines, "log"), dropped as u64);
    assert_eq!(count(&lines, "request") + dropped, asked);
    assert_eq!(count(&lines, "stopping"), 1);
}

#[tokio::test]
async fn an_audit_log_that_is_not_read_delays_no_request_and_lost_events_are_counted_and_reported()
{
    let (reader, writer) = pipe().unwrap();
    let mut program = Started::with(|command| {
        command.stdout(writer).env("BFF_LOG__AUDIT", "stdout");
    })
    .await;
    let mut asked = program.ask(REFUSED, 403).await;
    while program.dropped("audit").await == 0 {
        asked += program.ask(REFUSED, 403).await;
        assert!(asked < 200_000, "nothing is dropped");
    }
    assert_eq!(count(&program.log(), "audit_not_written"), 1);
    let reading = read(reader);
    asked += program.ask(REFUSED, 403).await;
    let dropped = program.dropped("audit").await;
    assert_eq!(program.stop().await.code(), Some(0));
    let lines = reading.join().unwrap();
    assert_eq!(count(&lines, "csrf_rejected") + dropped, asked);
    let log = program.log();
    assert_eq!(told(&log, "audit"), dropped as u64);
    assert_eq!(count(&log, "csrf_rejected"), asked, "the log has them all");
}

#[tokio::test]
async fn a_reader_that_stops_does_not_keep_the_program_from_ending() {
    let (unread, writer) = pipe().unwrap();
    let mut program = Started::with(|command| {
        command
            .stdout(writer.try_clone().unwrap())
            .stderr(writer)
            .env("BFF_LOG__AUDIT", "stdout");
    })
    .await;
    program.ask(REFUSED, 403).await;
    assert_eq!(program.stop().await.code(), Some(0));
    drop(unread);

    let (reader, writer) = pipe().unwrap();
    let mut program = Started::with(|command| {
        command
            .stdout(writer.try_clone().unwrap())
            .stderr(writer)
            .env("BFF_LOG__AUDIT", "stdout");
    })
    .await;
    drop(reader);
    program.ask(REFUSED, 403).await;
    assert_eq!(program.stop().await.code(), Some(0));
}

#[tokio::test]
async fn the_end_waits_for_lines_that_are_not_written_yet() {
    let ((log, stderr), (audit, stdout)) = (pipe().unwrap(), pipe().unwrap());
    let mut program = Started::with(|command| {
        command
            .stderr(stderr)
            .stdout(stdout)
            .env("BFF_LOG__AUDIT", "stdout");
    })
    .await;
    let (log, audit) = (read(log), read(audit));
    let asked = program.ask(REFUSED, 403).await;
    assert_eq!(program.stop().await.code(), Some(0));
    let (log, audit) = (log.join().unwrap(), audit.join().unwrap());
    assert_eq!(count(&log, "request"), asked);
    assert_eq!(count(&log, "stopping"), 1);
    assert_eq!(count(&audit, "csrf_rejected"), asked);
}

/// A pipe that takes nothing more.
fn full() -> (PipeReader, PipeWriter) {
    let (reader, mut writer) = pipe().unwrap();
    writer.write_all(&vec![b'\n'; PIPE]).unwrap();
    (reader, writer)
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn outputs_that_take_nothing_from_the_start_do_not_keep_the_program_from_starting() {
    let (unread, writer) = full();
    let mut program = Started::with(|command| {
        command.stdout(writer.try_clone().unwrap()).stderr(writer);
    })
    .await;
    assert_eq!(program.stop().await.code(), Some(0));
    drop(unread);

    for output in ["/dev/full", "/dev/null"] {
        let output = || File::options().write(true).open(output).unwrap();
        let mut program = Started::with(|command| {
            command.stdout(output()).stderr(output());
        })
        .await;
        program.ask(CALL, 200).await;
        assert_eq!(program.stop().await.code(), Some(0));
    }
}

#[tokio::test]
async fn a_named_pipe_without_a_reader_does_not_keep_the_program_from_starting() {
    let mut program = Started::with(|command| {
        let folder = command.get_current_dir().unwrap();
        let made = Command::new("mkfifo").arg(folder.join("audit")).status();
        assert!(made.unwrap().success());
        command.env("BFF_LOG__AUDIT", "file:audit");
    })
    .await;
    program.ask(REFUSED, 403).await;
    let reader = File::open(program.folder.path().join("audit")).unwrap();
    let first = BufReader::new(reader).lines().next().unwrap().unwrap();
    let first: Value = serde_json::from_str(&first).unwrap();
    assert_eq!(first["event"], "configuration_loaded");
    assert_eq!(program.stop().await.code(), Some(0));
}
