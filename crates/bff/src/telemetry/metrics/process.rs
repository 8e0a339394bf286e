//! Metrics of the process under the names that every client library of Prometheus uses, from `/proc` (Linux). Elsewhere there are none.

use std::fmt;
use std::fs;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric, MetricEncoder};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Unit;

/// Ticks of `/proc/PID/stat` in a second. The kernel reports 100 to programs on every platform that Rust supports here, whatever its own rate.
const TICKS: f64 = 100.0;

/// Reads the metrics of this process whenever they are asked for.
#[derive(Debug)]
pub(super) struct ProcessMetrics;

/// What `/proc` says about this process. A value that cannot be read is left out.
#[derive(Debug, Default)]
struct Process {
    cpu_seconds: Option<f64>,
    start_time: Option<f64>,
    resident_bytes: Option<u64>,
    virtual_bytes: Option<u64>,
    open_fds: Option<u64>,
    max_fds: Option<u64>,
}

impl Process {
    fn read() -> Self {
        let file = |name| fs::read_to_string(name).unwrap_or_default();
        let (stat, status) = (file("/proc/self/stat"), file("/proc/self/status"));
        let limits = file("/proc/self/limits");
        // The name of the program is in parentheses, and may hold anything.
        let fields: Vec<f64> = stat
            .rsplit(')')
            .next()
            .unwrap_or_default()
            .split_ascii_whitespace()
            .skip(1)
            .map_while(|field| field.parse().ok())
            .collect();
        let seconds = |field: usize| Some(fields.get(field - 4)? / TICKS);
        let booted = number_after(&file("/proc/stat"), "btime ");
        let kilobytes = |name| Some(number_after(&status, name)? * 1024);
        let descriptors = fs::read_dir("/proc/self/fd").ok();
        Self {
            cpu_seconds: seconds(14)
                .zip(seconds(15))
                .map(|(user, system)| user + system),
            start_time: booted.zip(seconds(22)).map(|(booted, after)| {
                #[expect(clippy::cast_precision_loss, reason = "a time of this millennium")]
                let booted = booted as f64;
                booted + after
            }),
            resident_bytes: kilobytes("VmRSS:"),
            virtual_bytes: kilobytes("VmSize:"),
            // Without the descriptor that reads the folder.
            open_fds: descriptors.map(|all| (all.count() as u64).saturating_sub(1)),
            max_fds: number_after(&limits, "Max open files"),
        }
    }
}

/// Returns the first word after `name`, which begins a line, if it is a number.
fn number_after(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_ascii_whitespace().next()?.parse().ok()
}

impl Collector for ProcessMetrics {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let process = Process::read();
        if let Some(seconds) = process.cpu_seconds {
            let (name, help) = ("process_cpu", "Time on processors, of user and system");
            let unit = Some(&Unit::Seconds);
            let metric = encoder.encode_descriptor(name, help, unit, MetricType::Counter)?;
            ConstCounter::new(seconds).encode(metric)?;
        }
        if let Some(seconds) = process.start_time {
            let (name, help) = ("process_start_time", "When the process began, since 1970");
            let unit = Some(&Unit::Seconds);
            let metric = encoder.encode_descriptor(name, help, unit, MetricType::Gauge)?;
            ConstGauge::new(seconds).encode(metric)?;
        }
        let (bytes, none) = (Some(&Unit::Bytes), None);
        for (name, help, unit, value) in [
            (
                "process_resident_memory",
                "Resident memory",
                bytes,
                process.resident_bytes,
            ),
            (
                "process_virtual_memory",
                "Virtual memory",
                bytes,
                process.virtual_bytes,
            ),
            (
                "process_open_fds",
                "Open file descriptors",
                none,
                process.open_fds,
            ),
            (
                "process_max_fds",
                "Limit on open file descriptors",
                none,
                process.max_fds,
            ),
        ] {
            if let Some(value) = value.and_then(|value| i64::try_from(value).ok()) {
                let metric = encoder.encode_descriptor(name, help, unit, MetricType::Gauge)?;
                gauge(value, metric)?;
            }
        }
        Ok(())
    }
}

fn gauge(value: i64, metric: MetricEncoder<'_>) -> fmt::Result {
    ConstGauge::new(value).encode(metric)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn the_process_is_described_as_the_system_describes_it() {
        let process = Process::read();
        let started = process.start_time.unwrap();
        #[expect(
            clippy::disallowed_methods,
            reason = "compares with the machine's clock"
        )]
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        let age = now.unwrap().as_secs_f64() - started;
        assert!((-2.0..86_400.0).contains(&age), "{age}");
        assert!(process.cpu_seconds.is_some());
        let resident = process.resident_bytes.unwrap();
        assert!(resident > 1 << 20 && resident < process.virtual_bytes.unwrap());
        let before = process.open_fds.unwrap();
        let _file = tempfile::tempfile().unwrap();
        assert!(before > 0 && before < process.max_fds.unwrap());
    }
}
