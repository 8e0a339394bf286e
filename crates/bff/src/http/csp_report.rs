//! `POST /csp-report`: receives the browsers' reports of Content-Security-Policy violations on our own pages.
//!
//! Any client can send such a report. So only words from our own lists are used, and no URL, sample or text of a report reaches the log. Two of
//! these words form a kind. Reports are counted by kind, and the number of log lines depends on the time only: see [`CspReports`]. The guard does
//! not check this route, but a page of another site cannot send the required content type.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;
use tokio::time::Instant;

use super::AppState;
use super::api_error::ApiError;
use super::body::InTime;
use super::fields::has_media_type;
use crate::domain::ErrorCode;

/// Path of the reports. The guard lets it pass, because browsers send reports by themselves.
pub const PATH: &str = "/csp-report";

/// Minimum time between two log lines about the same kind. With the number of kinds it limits the log to 176 lines a minute.
const REPORT_INTERVAL: Duration = Duration::from_secs(60);

/// The directives of CSP level 3 and of Trusted Types.
const DIRECTIVES: [&str; 21] = [
    "base-uri",
    "child-src",
    "connect-src",
    "default-src",
    "font-src",
    "form-action",
    "frame-ancestors",
    "frame-src",
    "img-src",
    "manifest-src",
    "media-src",
    "object-src",
    "require-trusted-types-for",
    "script-src",
    "script-src-attr",
    "script-src-elem",
    "style-src",
    "style-src-attr",
    "style-src-elem",
    "trusted-types",
    "worker-src",
];

/// Blocked resources that have no URL (CSP level 3 §2.4).
const RESOURCES: [&str; 6] = [
    "eval",
    "inline",
    "trusted-types-policy",
    "trusted-types-sink",
    "wasm-eval",
    "data",
];

/// One report (Reporting API §3.1), reduced to the fields that are read.
#[derive(Deserialize)]
struct Report {
    #[serde(rename = "type")]
    kind: String,
    body: Option<Violation>,
}

/// The violation of a report (CSP level 3 §5.3).
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Violation {
    effective_directive: String,
    #[serde(rename = "blockedURL")]
    blocked: String,
}

/// Counts reports by kind. The first report of a kind is logged at once. Later ones are logged as a number once a minute.
#[derive(Default)]
pub struct CspReports(Mutex<BTreeMap<Kind, Count>>);

/// A directive, and the kind of resource that was blocked.
type Kind = (&'static str, &'static str);

#[derive(Default)]
struct Count {
    unlogged: usize,
    logged_at: Option<Instant>,
}

impl CspReports {
    fn receive(&self, kind: Kind, now: Instant) {
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

/// Counts the violations in the reports.
pub async fn receive(
    request: HttpRequest,
    web: Data<AppState>,
    InTime(body): InTime<Bytes>,
) -> Result<HttpResponse, ApiError> {
    if has_media_type(request.headers(), "application/reports+json") != Some(true) {
        return Err(ErrorCode::BadRequest.into());
    }
    let reports: Vec<Report> =
        serde_json::from_slice(&body).map_err(|_| ApiError::from(ErrorCode::BadRequest))?;
    let violations = reports
        .into_iter()
        .filter(|report| report.kind == "csp-violation")
        .filter_map(|report| report.body);
    let now = Instant::now();
    for violation in violations {
        let directive = listed(&violation.effective_directive, &DIRECTIVES).unwrap_or("other");
        let blocked = what(&violation.blocked, &web);
        web.csp_reports.receive((directive, blocked), now);
    }
    Ok(HttpResponse::NoContent().finish())
}

fn listed(word: &str, list: &[&'static str]) -> Option<&'static str> {
    list.iter().copied().find(|listed| *listed == word)
}

/// Returns one word for the blocked resource.
fn what(blocked: &str, web: &AppState) -> &'static str {
    let is_ours = || {
        url::Url::parse(blocked).is_ok_and(|blocked| blocked.origin() == web.public_origin.origin())
    };
    listed(blocked, &RESOURCES).unwrap_or_else(|| if is_ours() { "here" } else { "elsewhere" })
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
