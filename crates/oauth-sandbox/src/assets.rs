//! The style sheet, the script and the icon of the sandbox's pages, embedded in the binary.

use actix_web::HttpResponse;
use actix_web::http::header;
use actix_web::web::Path;

/// `GET /sandbox/static/{name}`.
pub(crate) async fn asset(name: Path<String>) -> HttpResponse {
    let (content_type, body) = match name.as_str() {
        "sandbox.css" => (
            "text/css; charset=utf-8",
            include_str!("../static/sandbox.css"),
        ),
        "control.js" => (
            "text/javascript; charset=utf-8",
            include_str!("../static/control.js"),
        ),
        "icon.svg" => ("image/svg+xml", include_str!("../static/icon.svg")),
        _ => return HttpResponse::NotFound().finish(),
    };
    HttpResponse::Ok()
        .content_type(content_type)
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .body(body)
}
