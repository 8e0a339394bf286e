//! [`CspReports`]: counts reports of Content-Security-Policy violations, so that the number of log lines depends on the time only.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Minimum time between two log lines about the same kind. With the number of kinds it limits the log to 176 lines a minute.
const REPORT_INTERVAL: Duration = Duration::from_secs(60);

/// Counts reports by kind. The first report of a kind is logged at once. Later ones are logged as a number once a minute.
#[derive(Default)]
pub struct CspReports(Mutex<BTreeMap<Kind, Count>>);

/// A directive, and the kind of resource that was blocked.
pub(super) type Kind = (&'static str, &'static str);

#[derive(Default)]
struct Count {
    unlogged: usize,
    logged_at: Option<Instant>,
}

impl CspReports {
    /// Counts one report.
    pub(super) fn receive(&self, kind: Kind, now: Instant) {
        let mut counts = self.counts();
        let count = counts.entry(kind).or_default();
        count.unlogged += 1;
        count.log(kind, now);
    }

    /// Logs the reports that are due. To be called periodically.
    pub fn log_rest(&self, now: Instant) {
        for (kind, count) in self.counts().iter_mut() {
            count.log(*kind, now);
        }
    }

    fn counts(&self) -> MutexGuard<'_, BTreeMap<Kind, Count>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Count {
    fn log(&mut self, (directive, blocked): Kind, now: Instant) {
        let is_due = self.logged_at.is_none_or(|at| now >= at + REPORT_INTERVAL);
        if self.unlogged > 0 && is_due {
            tracing::warn!(
                event = "csp_violated",
                directive,
                blocked,
                reports = self.unlogged,
                "browsers reported violations of the Content-Security-Policy"
            );
            self.unlogged = 0;
            self.logged_at = Some(now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unlogged(reports: &CspReports) -> usize {
        reports.counts().values().map(|count| count.unlogged).sum()
    }

    #[test]
    fn a_kind_is_logged_at_once_and_then_once_a_minute_with_all_that_came() {
        let (reports, begun) = (CspReports::default(), Instant::now());
        let at = |seconds| begun + Duration::from_secs(seconds);
        reports.receive(("img-src", "here"), at(0));
        assert_eq!(unlogged(&reports), 0);
        for second in 0..60 {
            reports.receive(("img-src", "here"), at(second));
            reports.log_rest(at(second));
        }
        assert_eq!(unlogged(&reports), 60);
        // Another kind has its own interval.
        reports.receive(("img-src", "elsewhere"), at(59));
        assert_eq!(unlogged(&reports), 60);
        reports.log_rest(at(60));
        assert_eq!(unlogged(&reports), 0);
        reports.receive(("img-src", "here"), at(119));
        assert_eq!(unlogged(&reports), 1);
        reports.receive(("img-src", "here"), at(120));
        assert_eq!(unlogged(&reports), 0);
    }
}
