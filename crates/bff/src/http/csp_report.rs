//! `POST /csp-report`: receives the browsers' reports of Content-Security-Policy violations on our own pages.
//!
//! Any client can send such a report. So only words from our own lists are used, and no URL, sample or text of a report reaches the log. Two of
//! these words form a kind. [`CspReports`](super::csp_reports::CspReports) counts the reports by kind. The cross-site check does not apply to this
//! route, but a page of another site cannot send the required content type.

use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;
use tokio::time::Instant;

use super::api_error::ApiError;
use super::body::InTime;
use super::fields::has_media_type;
use super::state::AppState;
use crate::domain::ErrorCode;

/// The directives of CSP level 3 and of Trusted Types.
const DIRECTIVES: &str = "base-uri child-src connect-src default-src font-src form-action frame-ancestors frame-src img-src manifest-src media-src \
    object-src require-trusted-types-for script-src script-src-attr script-src-elem style-src style-src-attr style-src-elem \
    trusted-types worker-src";

/// Blocked resources that have no URL (CSP level 3 §2.4).
const RESOURCES: &str = "eval inline trusted-types-policy trusted-types-sink wasm-eval data";

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

/// Counts the violations in the reports.
pub async fn receive(
    request: HttpRequest,
    state: Data<AppState>,
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
        let directive = listed(&violation.effective_directive, DIRECTIVES).unwrap_or("other");
        let blocked = classify(&violation.blocked, &state);
        state.csp_reports.receive((directive, blocked), now);
    }
    Ok(HttpResponse::NoContent().finish())
}

fn listed(word: &str, list: &'static str) -> Option<&'static str> {
    list.split(' ').find(|listed| *listed == word)
}

/// Returns one word for the blocked resource.
fn classify(blocked: &str, state: &AppState) -> &'static str {
    let is_ours = || {
        url::Url::parse(blocked)
            .is_ok_and(|blocked| blocked.origin() == state.public_origin.origin())
    };
    listed(blocked, RESOURCES).unwrap_or_else(|| if is_ours() { "here" } else { "elsewhere" })
}
