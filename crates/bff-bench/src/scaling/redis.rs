//! The Redis servers of the measurement, one alone or a cluster of masters, and what they count (`INFO`).

use std::fs;
use std::ops::{Add, Sub};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::clock::{Stopwatch, pause};
use crate::cpus::{Cpus, pinned};
use crate::failure::{Outcome, fail};
use crate::running::{Probe, Running, free_port};

/// Number of slots of a cluster.
const SLOTS: usize = 16_384;
/// Longest time until the nodes of a cluster agree.
const AGREE: Duration = Duration::from_secs(60);
/// Adds up `MEMORY USAGE` of the keys that match the pattern, and returns it as a text with their number.
const SIZES: &str = "local keys = redis.call('KEYS', ARGV[1])
local bytes = 0
for _, key in ipairs(keys) do bytes = bytes + redis.call('MEMORY', 'USAGE', key, 'SAMPLES', 0) end
return bytes .. ' ' .. #keys";

/// The servers that hold the sessions.
pub struct Servers {
    masters: Vec<Running>,
    is_cluster: bool,
}

/// What a server has counted, or the difference of two counts.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Counts {
    /// Reads from connections: the requests that replicas sent, where no two wait at once.
    pub reads: f64,
    /// Executed commands, with those inside scripts.
    pub commands: f64,
    /// Commands that wrote a field of a hash.
    pub field_writes: f64,
    /// Bytes received.
    pub bytes_in: f64,
    /// Bytes sent.
    pub bytes_out: f64,
    /// Processor time in seconds.
    pub cpu: f64,
    /// Memory of the data and of all else, in bytes.
    pub memory: f64,
    /// Open connections of clients.
    pub clients: f64,
    /// Keys.
    pub keys: f64,
}

impl Servers {
    /// Starts one server.
    ///
    /// # Errors
    /// [`Failure`](crate::failure::Failure) when it does not start.
    pub fn single(cpus: &Cpus, folder: &Path) -> Outcome<Self> {
        Ok(Self {
            masters: vec![start(cpus, folder, "redis", &[])?],
            is_cluster: false,
        })
    }

    /// Starts a cluster of so many masters, and waits until all of them know it.
    ///
    /// # Errors
    /// [`Failure`](crate::failure::Failure) when a server does not start, or the servers do not agree.
    pub fn cluster(cpus: &Cpus, folder: &Path, count: usize) -> Outcome<Self> {
        let mut masters: Vec<(Running, String)> = Vec::new();
        for number in 0..count {
            let bus = free_port()?.to_string();
            let settings = ["--cluster-enabled", "yes", "--cluster-port", &bus];
            let master = start(cpus, folder, &format!("redis-{number}"), &settings)?;
            let (first, next) = (SLOTS * number / count, SLOTS * (number + 1) / count);
            let (first, last) = (first.to_string(), (next - 1).to_string());
            ask(master.port, &["CLUSTER", "ADDSLOTSRANGE", &first, &last])?;
            let epoch = (number + 1).to_string();
            ask(master.port, &["CLUSTER", "SET-CONFIG-EPOCH", &epoch])?;
            if let Some((seed, seed_bus)) = masters.first() {
                let port = seed.port.to_string();
                let words = ["CLUSTER", "MEET", "127.0.0.1", &port, seed_bus];
                ask(master.port, &words)?;
            }
            masters.push((master, bus));
        }
        let servers = Self {
            masters: masters.into_iter().map(|(master, _)| master).collect(),
            is_cluster: true,
        };
        servers.agree()?;
        Ok(servers)
    }

    fn agree(&self) -> Outcome<()> {
        let known = format!("cluster_known_nodes:{}", self.masters.len());
        let watch = Stopwatch::start();
        for master in &self.masters {
            loop {
                let info = ask(master.port, &["CLUSTER", "INFO"])?;
                if info.contains("cluster_state:ok") && info.contains(&known) {
                    break;
                }
                if watch.elapsed() > AGREE {
                    return fail("the nodes of the cluster do not agree");
                }
                pause(Duration::from_millis(50));
            }
        }
        Ok(())
    }

    /// Returns the setting `session.store` that leads to them.
    pub fn url(&self) -> String {
        let scheme = if self.is_cluster {
            "redis+cluster"
        } else {
            "redis"
        };
        let hosts: Vec<String> = self
            .masters
            .iter()
            .map(|master| format!("127.0.0.1:{}", master.port))
            .collect();
        format!("{scheme}://{}", hosts.join(","))
    }

    /// Returns what each master has counted until now.
    ///
    /// # Errors
    /// [`Failure`](crate::failure::Failure) when one does not answer.
    pub fn counts(&self) -> Outcome<Vec<Counts>> {
        let info = |master: &Running| Ok(Counts::read(&ask(master.port, &["INFO", "all"])?));
        self.masters.iter().map(info).collect()
    }

    /// Returns the mean memory in bytes of the keys that match a pattern. Only for a server alone.
    ///
    /// # Errors
    /// [`Failure`](crate::failure::Failure) when there is no such key.
    pub fn mean_size(&self, pattern: &str) -> Outcome<f64> {
        let answer = self.ask(&["EVAL", SIZES, "0", pattern])?;
        let mut numbers = answer.split_whitespace().map(str::parse::<f64>);
        match (numbers.next(), numbers.next()) {
            (Some(Ok(bytes)), Some(Ok(count))) if count > 0.0 => Ok(bytes / count),
            _ => fail(format!("{pattern}: no key, {answer}")),
        }
    }

    /// Sends a command to the first server.
    ///
    /// # Errors
    /// [`Failure`](crate::failure::Failure) when it does not answer, or answers with an error.
    pub fn ask(&self, words: &[&str]) -> Outcome<String> {
        match self.masters.first() {
            Some(master) => ask(master.port, words),
            None => fail("there is no server"),
        }
    }
}

fn start(cpus: &Cpus, folder: &Path, name: &str, settings: &[&str]) -> Outcome<Running> {
    let port = free_port()?;
    let folder = folder.join(name);
    fs::create_dir_all(&folder)?;
    let mut command = pinned(&cpus.load, "redis-server");
    command
        .args(["--bind", "127.0.0.1", "--port", &port.to_string()])
        .args(["--save", "", "--appendonly", "no", "--dir"])
        .arg(&folder)
        .args(settings);
    Running::start(name, command, port, Probe::Connection, &folder)
}

fn ask(port: u16, words: &[&str]) -> Outcome<String> {
    let mut command = Command::new("redis-cli");
    let output = command
        .args(["-e", "-p", &port.to_string()])
        .args(words)
        .output()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    if !output.status.success() {
        let error = String::from_utf8_lossy(&output.stderr);
        return fail(format!("redis-cli {words:?}: {text}{error}"));
    }
    Ok(text)
}

impl Counts {
    /// Reads the answer of `INFO all`.
    fn read(info: &str) -> Self {
        let line = |name: &str| {
            let mut lines = info.lines().filter_map(|line| line.strip_prefix(name));
            lines.next().unwrap_or_default().trim().to_owned()
        };
        let number = |name: &str| line(name).parse().unwrap_or(0.0);
        let first = |name: &str| {
            let line = line(name);
            let first = line.split([',', '=']).nth(1).unwrap_or_default();
            first.parse().unwrap_or(0.0)
        };
        Self {
            reads: number("total_reads_processed:"),
            commands: number("total_commands_processed:"),
            field_writes: first("cmdstat_hset:"),
            bytes_in: number("total_net_input_bytes:"),
            bytes_out: number("total_net_output_bytes:"),
            cpu: number("used_cpu_sys:") + number("used_cpu_user:"),
            memory: number("used_memory:"),
            clients: number("connected_clients:"),
            keys: first("db0:"),
        }
    }

    fn with(self, other: Self, both: impl Fn(f64, f64) -> f64) -> Self {
        Self {
            reads: both(self.reads, other.reads),
            commands: both(self.commands, other.commands),
            field_writes: both(self.field_writes, other.field_writes),
            bytes_in: both(self.bytes_in, other.bytes_in),
            bytes_out: both(self.bytes_out, other.bytes_out),
            cpu: both(self.cpu, other.cpu),
            memory: both(self.memory, other.memory),
            clients: both(self.clients, other.clients),
            keys: both(self.keys, other.keys),
        }
    }
}

impl Add for Counts {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        self.with(other, |one, other| one + other)
    }
}

impl Sub for Counts {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        self.with(other, |one, other| one - other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_counts_are_read_from_info() {
        let info = "connected_clients:3\r\nused_memory:1000\r\ntotal_commands_processed:7\r\ntotal_reads_processed:5\r\n\
            total_net_input_bytes:11\r\ntotal_net_output_bytes:13\r\nused_cpu_sys:0.5\r\nused_cpu_sys_children:9\r\nused_cpu_user:1.5\r\n\
            cmdstat_hset:calls=4,usec=9\r\ndb0:keys=6,expires=6\r\n";
        let counts = Counts::read(info);
        let expected = Counts {
            reads: 5.0,
            commands: 7.0,
            field_writes: 4.0,
            bytes_in: 11.0,
            bytes_out: 13.0,
            cpu: 2.0,
            memory: 1000.0,
            clients: 3.0,
            keys: 6.0,
        };
        assert_eq!(counts, expected);
        assert_eq!(counts + counts - counts, expected);
    }
}
