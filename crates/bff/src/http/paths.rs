//! What the paths mean that more than one module asks about. Each function takes the path as the router reads it.

use crate::flow::probe::PATH as PROBE;

/// Path of the link that starts a login.
pub const LOGIN_START: &str = "/auth/oauth/start";
/// Path of the reports of Content-Security-Policy violations. The cross-site check does not apply to it, because browsers send reports by
/// themselves.
pub const CSP_REPORT: &str = "/csp-report";
/// Routes that only a top-level navigation may open: no frame, no image, no prefetch.
pub const NAVIGATION_ONLY: [&str; 3] = [LOGIN_START, "/oauth/callback", "/oauth/callback.html"];

/// Returns whether the path starts or finishes a login.
pub fn is_login_step(path: &str) -> bool {
    NAVIGATION_ONLY.contains(&path) || path == "/api/oauth/exchange-token"
}

/// Returns whether every client may request the path. That holds for assets, health checks and the probe, because they hold no personal
/// data and change nothing.
pub fn is_public(path: &str) -> bool {
    path.starts_with("/static/") || ["/healthz", "/readyz", "/favicon.ico", PROBE].contains(&path)
}

/// Returns the path that tells about an error code.
pub fn of_problem(code: &str) -> String {
    format!("/problems/{}", code.replace('_', "-"))
}
