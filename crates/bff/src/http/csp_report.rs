//! `POST /csp-report`: what browsers tell of our own pages when something on them broke the Content-Security-Policy.
//!
//! Anybody can send such a report, so nothing of it is believed but words from lists of our own: no address, no sample, no text of it reaches the log.
//! The content type is one that another site's page cannot send.

use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;

use super::Web;
use super::body::InTime;
use super::failure::Failure;
use super::fields::has_media_type;
use crate::domain::ErrorCode;

/// Where the reports go; without the guard, because a browser sends them by itself.
pub const PATH: &str = "/csp-report";

/// The most reports of one request that are looked at.
const REPORTS: usize = 10;

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

/// What is not named by its address (CSP level 3 §2.4).
const RESOURCES: [&str; 6] = [
    "eval",
    "inline",
    "trusted-types-policy",
    "trusted-types-sink",
    "wasm-eval",
    "data",
];

/// One report (Reporting API §3.1), as far as it is looked at.
#[derive(Deserialize)]
struct Report {
    #[serde(rename = "type")]
    kind: String,
    body: Option<Violation>,
}

/// What was violated (CSP level 3 §5.3).
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Violation {
    effective_directive: String,
    #[serde(rename = "blockedURL")]
    blocked: String,
}

/// Writes down what the reports say.
pub async fn receive(
    request: HttpRequest,
    web: Data<Web>,
    InTime(body): InTime<Bytes>,
) -> Result<HttpResponse, Failure> {
    if has_media_type(request.headers(), "application/reports+json") != Some(true) {
        return Err(ErrorCode::BadRequest.into());
    }
    let reports: Vec<Report> =
        serde_json::from_slice(&body).map_err(|_| Failure::from(ErrorCode::BadRequest))?;
    let violations = reports
        .into_iter()
        .filter(|report| report.kind == "csp-violation")
        .filter_map(|report| report.body);
    for violation in violations.take(REPORTS) {
        let directive = listed(&violation.effective_directive, &DIRECTIVES).unwrap_or("other");
        let blocked = what(&violation.blocked, &web);
        tracing::warn!(
            event = "csp_violated",
            directive,
            blocked,
            "a browser tells that something on a page broke its policy"
        );
    }
    Ok(HttpResponse::NoContent().finish())
}

fn listed(word: &str, list: &[&'static str]) -> Option<&'static str> {
    list.iter().copied().find(|listed| *listed == word)
}

/// What was held back, in a word.
fn what(blocked: &str, web: &Web) -> &'static str {
    let is_ours = || {
        url::Url::parse(blocked).is_ok_and(|blocked| blocked.origin() == web.public_origin.origin())
    };
    listed(blocked, &RESOURCES).unwrap_or_else(|| if is_ours() { "here" } else { "elsewhere" })
}
