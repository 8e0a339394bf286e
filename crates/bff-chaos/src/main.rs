//! Checks what a program of the engine promises of its sessions: the real program, real Redis and PostgreSQL servers, real failures. `just chaos` runs it.
//! docs/reliability.md describes what it checks. Every random choice follows from the seed that it prints first.
#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "it is a test that prints: what cannot go on ends it"
)]

mod args;
mod chaos;
mod clicks;
mod client;
mod clock;
mod cluster;
mod flood;
mod flooder;
mod group;
mod injected_faults;
mod load;
mod memory;
mod near_miss;
mod oracle;
mod pair;
mod provider_log;
mod report;
mod seed;
mod storm;
mod verdict;
mod visitor;
mod wire;

use std::process::ExitCode;
use std::time::Duration;

use clap::Parser as _;

use args::{Args, Scenario};
use chaos::Setting;
use report::Report;
use seed::Seed;

/// Seconds during which the provider takes a spent refresh token, as large providers offer it. After a replica was killed during a refresh, its mark
/// holds back the next try for 20 seconds, and that try may meet a failure of the provider too.
const GRACE: u32 = 60;

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    if args.send_calls {
        load::send_from_input(args.spread_ms).await;
        return ExitCode::SUCCESS;
    }
    if let (Some(kind), Some(address)) = (args.send_flood, &args.flood_to) {
        let time = Duration::from_secs(args.seconds);
        flooder::send_flood(kind, address, args.flood_connections, time).await;
        return ExitCode::SUCCESS;
    }
    let seed = args.seed.map_or_else(Seed::draw, Seed);
    println!("chaos: seed {}", seed.0);
    let mut report = Report::new(seed.0);
    for scenario in args.wanted() {
        match scenario {
            Scenario::Storm => storm::over_redis(&args, seed, &mut report).await,
            Scenario::Chaos => {
                let setting = Setting {
                    name: "chaos",
                    grace: GRACE,
                };
                chaos::over_redis(&args, seed, &mut report, setting).await;
            }
            Scenario::Strict => {
                let setting = Setting {
                    name: "strict",
                    grace: 0,
                };
                chaos::over_redis(&args, seed, &mut report, setting).await;
            }
            Scenario::StormPostgres => storm::over_postgres(&args, seed, &mut report).await,
            Scenario::Postgres => {
                let setting = Setting {
                    name: "postgres",
                    grace: GRACE,
                };
                chaos::over_postgres(&args, seed, &mut report, setting).await;
            }
            Scenario::Sqlite => {
                let setting = Setting {
                    name: "sqlite",
                    grace: GRACE,
                };
                chaos::over_sqlite(&args, seed, &mut report, setting).await;
            }
            Scenario::NearMiss => near_miss::near_miss(&args, seed, &mut report).await,
            Scenario::Flood => flood::flood(&args, seed, &mut report).await,
            Scenario::Memory => memory::memory(&args, seed, &mut report).await,
        }
    }
    if report.end(&cluster::artefacts()) {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
