//! Many calls at once. Each call in flight needs a connection, and a process may hold only so many, so the calls are shared out over
//! processes: this program starts itself, gives each its calls on standard input and reads what became of them.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::process::{Command, Stdio};
use std::time::Duration;

use futures_util::future::join_all;
use reqwest::Method;
use serde::{Deserialize, Serialize};
use tokio::time::sleep;

use super::client::Client;

/// How many calls one process sends.
const SHARE: usize = 4_000;

/// Each process begins so many calls at once, all of one session, and the next ones after this time: connections that are opened faster than
/// anybody can send over them are closed as too slow.
pub const TOGETHER: usize = 20;
const PACE: Duration = Duration::from_millis(25);

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
pub async fn send_from_processes(calls: &[Call]) -> Outcome {
    let mut processes = Vec::new();
    for share in calls.chunks(SHARE) {
        let this = std::env::current_exe().expect("this program has a path");
        let mut child = Command::new(this)
            .arg("--send-calls")
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
pub async fn send_from_input() {
    let mut input = Vec::new();
    let read = std::io::stdin().read_to_end(&mut input);
    read.expect("standard input can be read");
    let calls: Vec<Call> = serde_json::from_slice(&input).expect("calls");
    let outcome = send(&Client::new(), &calls).await;
    println!(
        "{}",
        serde_json::to_string(&outcome).expect("it can be written")
    );
}

async fn send(client: &Client, calls: &[Call]) -> Outcome {
    let mut outcome = Outcome::default();
    let groups = (0..).zip(calls.chunks(TOGETHER));
    let calls =
        groups.flat_map(|(group, calls)| calls.iter().map(move |call| (PACE * group, call)));
    let ends = join_all(calls.map(async |(after, call)| {
        sleep(after).await;
        end_of(client, call).await
    }));
    ends.await.into_iter().for_each(|one| outcome.add(one));
    outcome
}

/// Sends one, and says what became of it.
pub async fn end_of(client: &Client, call: &Call) -> Outcome {
    let url = format!("{}/api/user/info", call.base);
    let mut outcome = Outcome::default();
    match client.fetch(Method::GET, &url, &call.cookie).await {
        Ok(answer) if answer.status == 200 => {
            let is_right = answer.json()["username"] == call.user.as_str();
            outcome.right = usize::from(is_right);
            outcome.wrong = usize::from(!is_right);
        }
        Ok(answer) => {
            let end = format!("{} {}", answer.status, answer.json()["error"]);
            outcome.others.insert(end, 1);
        }
        Err(cut) => {
            outcome.others.insert(format!("{cut:?}"), 1);
        }
    }
    outcome
}
