//! Routes for the operator and for browsers' own requests: health, readiness, metrics, assets. They do not use sessions.

use actix_web::http::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY};
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};

use super::api_error::ApiError;
use super::fields::{essence, items};
use super::pages::Asset;
use super::routing::{refuse, resource};
use super::state::AppState;
use crate::domain::ErrorCode;

/// Asset path of the icon. Its set name `current` is not a hash, so browsers revalidate the icon.
const FAVICON: &str = "current/img/logo.svg";

/// Media type of OpenMetrics.
const OPEN_METRICS: &str = "application/openmetrics-text";

/// Registers the routes of the admin listener.
pub fn configure_admin(config: &mut ServiceConfig, state: &Data<AppState>) {
    config
        .app_data(state.clone())
        .service(resource("/healthz").get(healthz))
        .service(resource("/readyz").get(readyz))
        .service(resource("/metrics").get(metrics))
        .default_service(web::to(|| refuse(ErrorCode::NotFound)));
}

/// Liveness probe. Always answers 200.
pub async fn healthz() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("application/json")
        .body(r#"{"status":"ok"}"#)
}

/// Readiness probe. Answers 200 when graceful shutdown has not begun and the session store responds, else 503.
pub async fn readyz(state: Data<AppState>) -> Result<HttpResponse, ApiError> {
    if state.draining.has_begun() {
        return Ok(HttpResponse::ServiceUnavailable()
            .content_type("application/json")
            .body(r#"{"status":"stopping"}"#));
    }
    match state.flows.sessions.ping_store().await {
        Ok(()) => Ok(healthz().await),
        Err(error) => {
            tracing::warn!(event = "store_failed", %error, "readiness check failed");
            Err(ErrorCode::StoreUnavailable.into())
        }
    }
}

/// Returns all metrics: as OpenMetrics if the client accepts it, otherwise in the text format of Prometheus.
async fn metrics(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    let is_open_metrics = items(request.headers(), ACCEPT)
        .any(|range| essence(range).eq_ignore_ascii_case(OPEN_METRICS.as_bytes()));
    let (media_type, version) = if is_open_metrics {
        (OPEN_METRICS, "1.0.0")
    } else {
        ("text/plain", "0.0.4")
    };
    HttpResponse::Ok()
        .content_type(format!("{media_type}; version={version}; charset=utf-8"))
        .insert_header((VARY, ACCEPT.as_str()))
        .body((state.metrics)(
            is_open_metrics,
            state.flows.watchers.open_streams(),
        ))
}

/// Returns an asset. Its URL changes with the content of the assets.
pub async fn asset(
    request: HttpRequest,
    state: Data<AppState>,
    path: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let asset = state.pages.assets().get(&path).ok_or(ErrorCode::NotFound)?;
    Ok(serve(&request, asset))
}

/// Returns the icon that browsers request by themselves.
pub async fn favicon(
    request: HttpRequest,
    state: Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let asset = state
        .pages
        .assets()
        .get(FAVICON)
        .ok_or(ErrorCode::NotFound)?;
    Ok(serve(&request, asset))
}

fn serve(request: &HttpRequest, asset: Asset) -> HttpResponse {
    // ETags are compared weakly (RFC 9110 §13.1.2).
    let opaque = |tag| <[u8]>::strip_prefix(tag, b"W/").unwrap_or(tag);
    let is_known = items(request.headers(), IF_NONE_MATCH)
        .any(|tag| opaque(tag) == opaque(asset.etag.as_bytes()));
    let mut response = if is_known {
        HttpResponse::NotModified()
    } else {
        HttpResponse::Ok()
    };
    response
        .insert_header((CACHE_CONTROL, asset.cache_control()))
        .insert_header((ETAG, asset.etag));
    if is_known {
        return response.finish();
    }
    response
        .insert_header((CONTENT_TYPE, asset.content_type))
        .body(asset.bytes)
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::super::pages::{PageSettings, Pages};
    use super::*;

    #[test]
    fn a_file_that_the_browser_has_is_not_sent_again() {
        let pages = Pages::load(&PageSettings {
            default_language: "en".to_owned(),
            ..PageSettings::default()
        });
        let asset = pages.unwrap().assets().get(FAVICON).unwrap();
        let tag = asset.etag.strip_prefix("W/").unwrap();
        for (sent, status) in [
            (tag.to_owned(), 304),
            (format!("W/{tag}"), 304),
            (format!("\"other\",W/{tag}"), 304),
            ("\"other\"".to_owned(), 200),
            (format!("X/{tag}"), 200),
        ] {
            let request = TestRequest::default()
                .insert_header((IF_NONE_MATCH, sent.clone()))
                .to_http_request();
            let answer = serve(&request, asset.clone());
            assert_eq!(answer.status().as_u16(), status, "{sent}");
        }
    }
}
