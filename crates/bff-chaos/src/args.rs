//! What is to be run, as the command line says it. The seed is drawn where none is given, and printed first, so that every run can be repeated.

use std::path::PathBuf;

use bff_testing::Binary;
use clap::{Parser, ValueEnum};

use super::flooder::Flood;

/// Storms, near misses and chaos against the real program, real Redis servers and the sandbox provider.
#[derive(Parser)]
pub struct Args {
    /// The binary of the program, such as `target/release/my-app`
    #[arg(long, required_unless_present_any = ["send_calls", "send_flood"])]
    program: Option<PathBuf>,
    /// What to run; all of it when nothing is named
    #[arg(value_enum)]
    pub scenarios: Vec<Scenario>,
    /// Every random choice follows from it; drawn when left out
    #[arg(long)]
    pub seed: Option<u64>,
    /// How long each chaos lasts, and the flood
    #[arg(long, default_value_t = 600)]
    pub seconds: u64,
    /// How many sessions expire at once in the storm
    #[arg(long, default_value_t = 1_000)]
    pub sessions: usize,
    /// How many near misses are tried
    #[arg(long, default_value_t = 10_000)]
    pub tries: usize,
    /// How many idle sessions are held in memory
    #[arg(long, default_value_t = 100_000)]
    pub idle: usize,
    /// How many users click in the chaos
    #[arg(long, default_value_t = 40)]
    pub users: usize,
    /// How late the provider answers in the storm, in seconds
    #[arg(long, value_delimiter = ',', default_value = "0,3,15")]
    pub delays: Vec<u64>,
    /// Within how many milliseconds the calls of a storm begin, those of one session together
    #[arg(long, default_value_t = 10_000)]
    pub spread_ms: u64,
    /// Sends the calls of a storm that are read from standard input: the program calls itself so
    #[arg(long, hide = true)]
    pub send_calls: bool,
    /// How many connections each flood holds
    #[arg(long, default_value_t = 150)]
    pub flood_connections: usize,
    /// Sends one flood: the program calls itself so
    #[arg(long, hide = true)]
    pub send_flood: Option<Flood>,
    /// Where to
    #[arg(long, hide = true)]
    pub flood_to: Option<String>,
}

/// One thing to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Scenario {
    /// Many sessions expire at once, many parallel calls each, over three replicas
    Storm,
    /// Calls that read the old tokens while a refresh ends
    NearMiss,
    /// Three replicas behind sentinels, killed and frozen; a provider with a grace for spent tokens
    Chaos,
    /// The same with a provider that forgives nothing
    Strict,
    /// Many sessions expire at once, over PostgreSQL
    StormPostgres,
    /// Three replicas over PostgreSQL, which loses connections, is killed, frozen, and succeeded by its standby
    Postgres,
    /// One process over SQLite, killed and started again
    Sqlite,
    /// Logins, cookies and heads at full speed, while a user clicks
    Flood,
    /// Resident memory of idle sessions
    Memory,
}

impl Args {
    /// Returns the program that is checked.
    pub fn binary(&self) -> Binary {
        let path = self.program.as_ref().expect("clap requires it");
        let path = path
            .canonicalize()
            .expect("--program is the path of a file");
        // Kept for the rest of the process: a scenario asks once.
        Binary(path.display().to_string().leak())
    }

    /// What to run, in this order.
    pub fn wanted(&self) -> Vec<Scenario> {
        if self.scenarios.is_empty() {
            Scenario::value_variants().to_vec()
        } else {
            self.scenarios.clone()
        }
    }
}
