//! Runs `wrk`, which sends one request after the other on each connection, and reads what it prints.

use std::path::PathBuf;

use crate::cpus::pinned;
use crate::failure::{Failure, Outcome, fail};

/// One load: the same request again and again, on some connections, for some seconds.
#[derive(Clone, Debug)]
pub struct Load {
    /// Port of the server on 127.0.0.1.
    pub port: u16,
    /// Path and query.
    pub path: String,
    /// Number of connections.
    pub connections: usize,
    /// Duration in seconds.
    pub seconds: u64,
    /// The `Cookie` header, if there is one.
    pub cookie: Option<String>,
    /// A script in Lua that makes other requests.
    pub script: Option<PathBuf>,
}

/// What `wrk` has counted.
#[derive(Debug, Default, PartialEq)]
pub struct Answered {
    /// Number of answers.
    pub requests: f64,
    /// Answers per second.
    pub per_second: f64,
    /// Median latency in microseconds.
    pub p50_us: f64,
    /// 99th percentile of the latency in microseconds.
    pub p99_us: f64,
    /// Answers that are no 2xx or 3xx, and connections that failed.
    pub failed: f64,
}

/// Sends the load from these processors.
///
/// # Errors
/// [`Failure`] when `wrk` is not installed, or when a single request failed.
pub fn send(load: &Load, cpus: &[usize]) -> Outcome<Answered> {
    let mut command = pinned(cpus, "wrk");
    command
        .args(["--latency", "--threads", "1", "--timeout", "10s"])
        .args(["--connections", &load.connections.to_string()])
        .args(["--duration", &format!("{}s", load.seconds)]);
    if let Some(cookie) = &load.cookie {
        command.args(["--header", &format!("Cookie: {cookie}")]);
    }
    if let Some(script) = &load.script {
        command.arg("--script").arg(script);
    }
    let output = command
        .arg(format!("http://127.0.0.1:{}{}", load.port, load.path))
        .output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let answered = parse(&text).ok_or_else(|| {
        let error = String::from_utf8_lossy(&output.stderr);
        Failure::new(format!("wrk: no figures; {} {}", error.trim(), text.trim()))
    })?;
    if answered.failed > 0.0 {
        let (failed, all) = (answered.failed, answered.requests);
        return fail(format!("{failed} of {all} requests failed: {}", load.path));
    }
    Ok(answered)
}

/// Reads the output of `wrk --latency`. `None` when a figure is missing.
pub fn parse(text: &str) -> Option<Answered> {
    let line = |begin: &str| {
        let mut lines = text.lines().map(str::trim);
        lines.find_map(|line| line.strip_prefix(begin))
    };
    let count = text
        .lines()
        .find_map(|line| line.split_once(" requests in "))?;
    Some(Answered {
        requests: count.0.trim().parse().ok()?,
        per_second: line("Requests/sec:")?.trim().parse().ok()?,
        p50_us: microseconds(line("50%")?.trim())?,
        p99_us: microseconds(line("99%")?.trim())?,
        failed: line("Non-2xx or 3xx responses:").map_or(0.0, sum)
            + line("Socket errors:").map_or(0.0, sum),
    })
}

/// Returns the sum of the numbers in a text such as `connect 0, read 3, write 0, timeout 1`.
fn sum(text: &str) -> f64 {
    let words = text.split([' ', ',']);
    words.filter_map(|word| word.parse::<f64>().ok()).sum()
}

/// Reads a duration such as `1.25ms`.
fn microseconds(text: &str) -> Option<f64> {
    let split = text.find(|c: char| c.is_ascii_alphabetic())?;
    let (number, unit) = text.split_at(split);
    let factor = match unit {
        "us" => 1.0,
        "ms" => 1e3,
        "s" => 1e6,
        "m" => 6e7,
        _ => return None,
    };
    Some(number.parse::<f64>().ok()? * factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OUTPUT: &str = "Running 5s test @ http://127.0.0.1:3000/
  1 threads and 64 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     2.31ms  512.00us  14.20ms   90.10%
    Req/Sec    27.80k     1.20k   30.10k    70.00%
  Latency Distribution
     50%    2.21ms
     75%    2.50ms
     90%    2.80ms
     99%  980.00us
  138291 requests in 5.00s, 31.52MB read
Requests/sec:  27655.12
Transfer/sec:      6.30MB
";

    #[test]
    fn the_figures_of_wrk_are_read_with_their_units() {
        let expected = Answered {
            requests: 138_291.0,
            per_second: 27_655.12,
            p50_us: 2_210.0,
            p99_us: 980.0,
            failed: 0.0,
        };
        assert_eq!(parse(OUTPUT), Some(expected));
    }

    #[test]
    fn refused_requests_and_broken_connections_are_counted_together() {
        let text = format!(
            "{OUTPUT}  Socket errors: connect 0, read 3, write 0, timeout 1\n  Non-2xx or 3xx responses: 12\n"
        );
        assert_eq!(parse(&text).map(|answered| answered.failed), Some(16.0));
    }

    #[test]
    fn output_without_figures_is_none() {
        assert_eq!(parse("unable to connect to 127.0.0.1:1"), None);
    }

    #[test]
    fn seconds_and_minutes_are_durations_too() {
        assert_eq!(microseconds("1.50s"), Some(1_500_000.0));
        assert_eq!(microseconds("2.00m"), Some(120_000_000.0));
        assert_eq!(microseconds("2.00h"), None);
    }
}
