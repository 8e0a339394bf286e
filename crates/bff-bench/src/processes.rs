//! What the kernel counts: processor time and memory of a process with its children, and the load of the processors (Linux, `/proc`).

use std::collections::BTreeMap;
use std::fs;

/// Clock ticks per second in `/proc` (`USER_HZ`). It is 100 on every architecture that Debian supports.
const TICKS: f64 = 100.0;

/// Fields of `/proc/PID/stat` after the name of the process.
#[derive(Debug, PartialEq, Eq)]
struct Stat {
    parent: u32,
    /// utime + stime + cutime + cstime: its own time and that of ended children.
    ticks: u64,
}

/// Returns the process and all processes below it.
pub fn tree(root: u32) -> Vec<u32> {
    let mut children: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    for pid in names {
        if let Some(stat) = stat(pid) {
            children.entry(stat.parent).or_default().push(pid);
        }
    }
    let mut found = vec![root];
    let mut next = 0;
    while let Some(pid) = found.get(next) {
        found.extend(children.remove(pid).into_iter().flatten());
        next += 1;
    }
    found
}

/// Returns the processor time of these processes and of their ended children, in seconds.
pub fn cpu_seconds(pids: &[u32]) -> f64 {
    let ticks: u64 = pids
        .iter()
        .filter_map(|pid| stat(*pid))
        .map(|s| s.ticks)
        .sum();
    in_seconds(ticks)
}

/// Returns the resident memory of these processes together, in MiB.
pub fn resident_mib(pids: &[u32]) -> f64 {
    let kib = pids.iter().filter_map(|pid| {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))?;
        line.split_whitespace().next()?.parse::<f64>().ok()
    });
    kib.sum::<f64>() / 1_024.0
}

/// Returns the time during which these processors worked since the machine started, in seconds. Time that a hypervisor took counts as work.
pub fn busy_seconds(cpus: &[usize]) -> f64 {
    let stat = fs::read_to_string("/proc/stat").unwrap_or_default();
    in_seconds(cpus.iter().filter_map(|cpu| busy_ticks(&stat, *cpu)).sum())
}

fn stat(pid: u32) -> Option<Stat> {
    parse_stat(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
}

/// Reads `/proc/PID/stat` (proc(5)). The name of the process may contain spaces and parentheses.
fn parse_stat(text: &str) -> Option<Stat> {
    let (_, rest) = text.rsplit_once(')')?;
    let fields: Vec<&str> = rest.split_whitespace().collect();
    let times = fields.get(11..15)?;
    Some(Stat {
        parent: fields.get(1)?.parse().ok()?,
        ticks: times
            .iter()
            .filter_map(|time| time.parse::<u64>().ok())
            .sum(),
    })
}

/// Reads the line of one processor in `/proc/stat`: user, nice, system, idle, iowait, irq, softirq, steal.
fn busy_ticks(stat: &str, cpu: usize) -> Option<u64> {
    let prefix = format!("cpu{cpu} ");
    let line = stat.lines().find_map(|line| line.strip_prefix(&prefix))?;
    let times = line.split_whitespace().take(8).enumerate();
    let busy = times.filter(|(index, _)| !matches!(index, 3 | 4));
    Some(busy.filter_map(|(_, time)| time.parse::<u64>().ok()).sum())
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a double is exact far beyond the uptime of any machine"
)]
fn in_seconds(ticks: u64) -> f64 {
    ticks as f64 / TICKS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_parentheses_does_not_shift_the_fields() {
        let text = "12 (a) b) c) S 7 12 12 0 -1 0 1 2 3 4 50 20 3 2 20 0 1 0 99 0 0";
        let expected = Stat {
            parent: 7,
            ticks: 75,
        };
        assert_eq!(parse_stat(text), Some(expected));
    }

    #[test]
    fn waiting_is_not_work() {
        let stat =
            "cpu  9 9 9 9 9 9 9 9 0 0\ncpu0 1 2 3 1000 1000 4 5 6 0 0\ncpu1 7 0 0 1 1 0 0 0 0 0\n";
        assert_eq!(busy_ticks(stat, 0), Some(21));
        assert_eq!(busy_ticks(stat, 1), Some(7));
        assert_eq!(busy_ticks(stat, 2), None);
    }

    #[test]
    fn this_process_is_in_its_own_tree_and_has_memory() {
        let own = std::process::id();
        assert_eq!(tree(own).first(), Some(&own));
        assert!(resident_mib(&[own]) > 0.1);
    }
}
