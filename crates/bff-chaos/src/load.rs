//! Many calls at once. Each call in flight needs a connection, and a process may hold only so many, so the calls are shared out over
//! processes: this program starts itself, gives each its calls on standard input and reads what became of them.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::process::{Command, Stdio};
use std::time::Duration;

use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::client::Client;
use super::wire::fetch;

const PATH: &str = "/api/user/info";
/// How many calls one process sends.
const SHARE: usize = 4_000;

/// Calls of one session, which begin together; those of the next one a moment later.
pub const TOGETHER: usize = 20;

/// One call of `/api/user/info`.
#[derive(Clone, Serialize, Deserialize)]
pub struct Call {
    pub base: String,
    pub cookie: String,
    /// Whose answer it must be.
    pub user: String,
}

/// What became of calls.
#[derive(Default, Serialize, Deserialize)]
pub struct Outcome {
    /// Answers with 200 that name the right user.
    pub right: usize,
    /// Answers with 200 that do not.
    pub wrong: usize,
    /// How often each other end came: a status and its code, or that there was no answer.
    pub others: BTreeMap<String, usize>,
}

impl Outcome {
    fn of(call: &Call, status: u16, body: &Value) -> Self {
        let is_right = body["username"] == call.user.as_str();
        let mut outcome = Self::default();
        match (status, is_right) {
            (200, true) => outcome.right = 1,
            (200, false) => outcome.wrong = 1,
            _ => drop(
                outcome
                    .others
                    .insert(format!("{status} {}", body["error"]), 1),
            ),
        }
        outcome
    }

    fn without_answer() -> Self {
        Self {
            others: BTreeMap::from([("no answer".to_owned(), 1)]),
            ..Self::default()
        }
    }

    /// Counts these too.
    pub fn add(&mut self, other: Self) {
        self.right += other.right;
        self.wrong += other.wrong;
        for (end, times) in other.others {
            *self.others.entry(end).or_default() += times;
        }
    }

    /// The other ends in one line.
    pub fn others(&self) -> String {
        format!("{:?}", self.others)
    }
}

/// Sends all of them within a few seconds, from as many processes as it takes, and waits for every answer.
pub async fn send_from_processes(calls: &[Call], spread_ms: u64) -> Outcome {
    let mut processes = Vec::new();
    for share in calls.chunks(SHARE) {
        let this = std::env::current_exe().expect("this program has a path");
        let mut child = Command::new(this)
            .args(["--send-calls", "--spread-ms", &spread_ms.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("this program can be run");
        let share = serde_json::to_vec(share).expect("calls can be written");
        processes.push(tokio::task::spawn_blocking(move || {
            let mut stdin = child.stdin.take().expect("it is piped");
            stdin.write_all(&share).expect("it reads");
            drop(stdin);
            let output = child.wait_with_output().expect("it is our child");
            serde_json::from_slice::<Outcome>(&output.stdout).expect("it tells what became of them")
        }));
    }
    let mut all = Outcome::default();
    for process in processes {
        all.add(process.await.expect("it does not panic"));
    }
    all
}

/// What such a process does.
pub async fn send_from_input(spread_ms: u64) {
    let mut input = Vec::new();
    let read = std::io::stdin().read_to_end(&mut input);
    read.expect("standard input can be read");
    let calls: Vec<Call> = serde_json::from_slice(&input).expect("calls");
    let outcome = send(calls, Duration::from_millis(spread_ms)).await;
    println!(
        "{}",
        serde_json::to_string(&outcome).expect("it can be written")
    );
}

async fn send(calls: Vec<Call>, spread: Duration) -> Outcome {
    let groups = u32::try_from(calls.len().div_ceil(TOGETHER)).unwrap_or(u32::MAX);
    let mut sent = JoinSet::new();
    for (number, call) in (0..).zip(calls) {
        let after = spread * (number / TOGETHER as u32) / groups;
        sent.spawn(async move {
            sleep(after).await;
            match fetch(&call.base, PATH, &call.cookie).await {
                Some((status, body)) => Outcome::of(
                    &call,
                    status,
                    &serde_json::from_slice(&body).unwrap_or_default(),
                ),
                None => Outcome::without_answer(),
            }
        });
    }
    let mut all = Outcome::default();
    sent.join_all()
        .await
        .into_iter()
        .for_each(|one| all.add(one));
    all
}

/// Sends one, and says what became of it.
pub async fn end_of(client: &Client, call: &Call) -> Outcome {
    let url = format!("{}{PATH}", call.base);
    match client.fetch(Method::GET, &url, &call.cookie).await {
        Ok(answer) => Outcome::of(call, answer.status, &answer.json()),
        Err(_) => Outcome::without_answer(),
    }
}
