//! Flood: clients without a session send logins, invalid cookies and malformed heads as fast as they can, from one address and without waiting for an
//! answer, while a signed-in user clicks from another address. The program's memory must stay small, and the user's latency must hardly change.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use futures_util::future::join;
use rand::RngExt as _;
use reqwest::Method;
use tokio::time::{Instant, sleep};

use super::args::Args;
use super::client::Client;
use super::cluster::Cluster;
use super::flooder::{Flood, Sent};
use super::report::Report;
use super::seed::Seed;
use super::visitor::Visitor;

/// Where the user clicks from; the floods come from 127.0.0.1.
const ELSEWHERE: [u8; 4] = [127, 0, 0, 2];
/// The most memory that the program may ever have had.
const MOST_MIB: u64 = 100;
/// How many times its calm value the user's p99 may be.
const MOST_TIMES: f64 = 10.0;
/// Between two clicks, at most.
const THINK_MS: u64 = 40;
/// Of so many clicks one is made over a new connection.
const RECONNECT: usize = 10;

/// Runs it.
pub async fn flood(args: &Args, seed: Seed, report: &mut Report) {
    report.begin(&format!(
        "flood: {} s, from {} processes with {} connections each; one process, SQLite, limits as they come",
        args.seconds,
        Flood::ALL.len(),
        args.flood_connections
    ));
    let cluster =
        Cluster::with_limits(args.binary(), "flood", seed, 1, "sqlite:sessions.db", &[]).await;
    let replica = &cluster.replicas[0];
    let base = replica.base();
    let user = User::new(&base, &cluster.provider.base()).await;

    let calm_time = Duration::from_secs((args.seconds / 5).clamp(10, 60));
    let mut choices = seed.stream("flood", 0);
    user.click_for(calm_time / 4, &mut choices).await;
    let calm = user.click_for(calm_time, &mut choices).await;
    let resident = replica.memory("VmRSS:");
    let time = Duration::from_secs(args.seconds);
    let floods: Vec<Child> = Flood::ALL
        .map(|kind| start(kind, &base, args))
        .into_iter()
        .collect();
    let ends = async {
        let ended = floods.into_iter().map(|child| {
            tokio::task::spawn_blocking(|| child.wait_with_output().expect("it is our child"))
        });
        futures_util::future::join_all(ended).await
    };
    let (flooded, ends) = join(user.click_for(time, &mut choices), ends).await;
    let peak = replica.memory("VmHWM:");
    sleep(Duration::from_secs(2)).await;
    let after = user.click_for(calm_time / 4, &mut choices).await;

    for (kind, end) in Flood::ALL.iter().zip(ends) {
        let output = end.expect("no task panics").stdout;
        let sent: Sent = serde_json::from_slice(&output).expect("it tells what it did");
        report.figure(&format!("{kind:?}, sent"), sent.told(args.seconds));
    }
    for (when, clicks) in [
        ("calm", &calm),
        ("flooded", &flooded),
        ("afterwards", &after),
    ] {
        report.figure(&format!("user, {when}"), clicks.told());
        report.exactly(
            &format!("user, {when}: answers that are no 200"),
            0,
            clicks.failed,
        );
    }
    report.figure("resident before", format!("{} MiB", resident / 1_024));
    let mib = peak.div_ceil(1_024);
    report.expect(
        "most memory ever, under 100 MiB",
        mib < MOST_MIB,
        format!("{mib} MiB"),
    );
    let times = flooded.p(99) / calm.p(99);
    report.expect(
        "user's p99 by the calm one, under 10",
        times < MOST_TIMES,
        format!("{times:.1}"),
    );
    cluster.check_logs();
}

/// This program again, as one of the floods; it ends by itself.
fn start(kind: Flood, base: &str, args: &Args) -> Child {
    let this = std::env::current_exe().expect("this program has a path");
    let address = base.strip_prefix("http://").unwrap_or(base);
    let seconds = args.seconds.to_string();
    let connections = args.flood_connections.to_string();
    Command::new(this)
        .args(["--send-flood", &format!("{kind:?}").to_lowercase()])
        .args(["--flood-to", address])
        .args(["--seconds", &seconds, "--flood-connections", &connections])
        .stdout(Stdio::piped())
        .spawn()
        .expect("this program can be run")
}

/// A signed-in user.
struct User {
    base: String,
    visitor: Visitor,
    kept: Client,
}

impl User {
    async fn new(base: &str, provider: &str) -> Self {
        let kept = Client::from_address(ELSEWHERE);
        let mut visitor = Visitor::new("user".to_owned(), &kept, provider).await;
        let signed_in = visitor.sign_in(&kept, base, base).await;
        signed_in.expect("nothing is flooded yet");
        Self {
            base: base.to_owned(),
            visitor,
            kept,
        }
    }

    /// Clicks on one thing after another.
    async fn click_for(&self, time: Duration, choices: &mut rand::rngs::StdRng) -> Clicks {
        let (end, mut clicks) = (Instant::now() + time, Clicks::default());
        while Instant::now() < end {
            let number = clicks.millis.len();
            let fresh = number
                .is_multiple_of(RECONNECT)
                .then(|| Client::from_address(ELSEWHERE));
            let client = fresh.as_ref().unwrap_or(&self.kept);
            let begun = Instant::now();
            let answer = match number % 3 {
                0 => {
                    let page = format!("{}/", self.base);
                    client
                        .navigate(&page, self.visitor.cookie(), "same-origin")
                        .await
                }
                1 => self.fetch(client, "/api/session").await,
                _ => self.fetch(client, "/api/user/info").await,
            };
            clicks.millis.push(begun.elapsed().as_secs_f64() * 1_000.0);
            if answer.is_ok_and(|answer| answer.status == 200) {
                clicks.passed += 1;
            } else {
                clicks.failed += 1;
            }
            sleep(Duration::from_millis(choices.random_range(0..THINK_MS))).await;
        }
        clicks.millis.sort_by(f64::total_cmp);
        clicks
    }

    async fn fetch(
        &self,
        client: &Client,
        path: &str,
    ) -> Result<super::client::Answer, super::client::Cut> {
        let url = format!("{}{path}", self.base);
        self.visitor.fetch(client, Method::GET, &url).await
    }
}

/// How long each click took, in order of length.
#[derive(Default)]
struct Clicks {
    millis: Vec<f64>,
    passed: usize,
    failed: usize,
}

impl Clicks {
    /// So many of a hundred took no longer.
    fn p(&self, percent: usize) -> f64 {
        let last = self.millis.len().saturating_sub(1);
        let at = (self.millis.len() * percent)
            .div_ceil(100)
            .saturating_sub(1);
        self.millis.get(at.min(last)).copied().unwrap_or(f64::NAN)
    }

    fn told(&self) -> String {
        format!(
            "{} clicks, p50 {:.1} ms, p99 {:.1} ms, longest {:.1} ms",
            self.passed,
            self.p(50),
            self.p(99),
            self.p(100)
        )
    }
}
