//! What the sandbox's browser-facing handlers share: the cookie that says who is signed in here, redirects,
//! and the rule about who may call (Fetch Metadata, then Origin).

use actix_web::body::MessageBody;
use actix_web::cookie::{Cookie, SameSite, time::Duration};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpRequest, HttpResponse};
use url::{Host, Url};

use super::authorization_request;
use super::state::Shared;

/// Cookies do not tell ports apart, so this name must not be one of the app's.
const COOKIE: &str = "sandbox_user";

/// The value of the cookie, if the browser sent one.
pub(crate) fn cookie(request: &HttpRequest) -> Option<String> {
    // Pair by pair: another cookie of this host may hold bytes that are no text.
    let mut cookies = request
        .headers()
        .get_all(header::COOKIE)
        .flat_map(|line| line.as_bytes().split(|byte| *byte == b';'))
        .filter_map(|pair| Cookie::parse_encoded(std::str::from_utf8(pair).ok()?.trim()).ok());
    cookies
        .find(|cookie| cookie.name() == COOKIE)
        .map(|cookie| cookie.value().to_owned())
}

/// A cookie that signs the browser in for 30 days. Lax, because the app sends people here from elsewhere.
pub(crate) fn signed_in(value: String) -> Cookie<'static> {
    Cookie::build(COOKIE, value)
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .max_age(Duration::days(30))
        .finish()
}

/// A cookie that takes it away again.
pub(crate) fn signed_out() -> Cookie<'static> {
    let mut cookie = signed_in(String::new());
    cookie.make_removal();
    cookie
}

/// 303: the browser goes on with a GET, whatever brought it here.
pub(crate) fn see_other(location: &str) -> HttpResponse {
    match HeaderValue::from_str(location) {
        Ok(location) => HttpResponse::SeeOther()
            .insert_header((header::LOCATION, location))
            .finish(),
        Err(_) => HttpResponse::BadRequest().finish(),
    }
}

/// Refuses what another site's page sends: `Sec-Fetch-Site` when there is one, else `Origin`. A call with
/// neither, such as curl's, is not a page.
pub(crate) async fn refuse_cross_site<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    if is_own(request.headers()) {
        return Ok(next.call(request).await?.map_into_left_body());
    }
    let refusal = HttpResponse::Forbidden().json(serde_json::json!({"error": "cross_site"}));
    Ok(request.into_response(refusal).map_into_right_body())
}

fn is_own(headers: &HeaderMap) -> bool {
    let text = |name: HeaderName| {
        headers
            .get(name)
            .map(|value| value.to_str().unwrap_or_default())
    };
    let site = text(HeaderName::from_static("sec-fetch-site"));
    let host = text(header::HOST).unwrap_or_default();
    match (site, text(header::ORIGIN)) {
        (Some(site), _) => matches!(site, "same-origin" | "none") && !is_rebound(host),
        (None, Some(origin)) => origin == format!("http://{host}") && !is_rebound(host),
        (None, None) => true,
    }
}

/// Whether the browser believes to be at a public name: one that was pointed at this machine.
fn is_rebound(host: &str) -> bool {
    let name = Url::parse(&format!("http://{host}"));
    match name.as_ref().map(Url::host) {
        Ok(Some(Host::Domain(name))) => name.contains('.') && !name.ends_with(".localhost"),
        Ok(Some(_)) => false,
        _ => true,
    }
}

/// Headers that every answer carries, and the opener policy on those that a browser shows.
pub(crate) async fn add_headers<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let path = request.path();
    let is_shown = path == authorization_request::PATH
        || (path.starts_with("/sandbox") && !path.starts_with("/sandbox/api/"));
    let coop = request
        .app_data::<Data<Shared>>()
        .filter(|_| is_shown)
        .and_then(|shared| shared.with(|world, _| world.knobs.coop));
    let mut response = next.call(request).await?;
    let headers = response.headers_mut();
    let mut add = |name: HeaderName, value: &'static str| {
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    };
    add(header::CACHE_CONTROL, "no-store");
    add(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    // Not `no-referrer`: under that the forms' Origin would be `null`.
    add(header::REFERRER_POLICY, "same-origin");
    add(
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; frame-ancestors 'none'",
    );
    if let Some(coop) = coop {
        add(
            HeaderName::from_static("cross-origin-opener-policy"),
            coop.as_str(),
        );
    }
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_sandbox_itself_and_programs_may_call() {
        let own = |pairs: &[(&'static str, &'static str)]| {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, HeaderValue::from_static("127.0.0.1:3001"));
            for (name, value) in pairs {
                headers.insert(
                    HeaderName::from_static(name),
                    HeaderValue::from_static(value),
                );
            }
            is_own(&headers)
        };
        let site = "sec-fetch-site";
        for (headers, allowed) in [
            (vec![], true),
            (vec![(site, "same-origin")], true),
            (vec![(site, "none")], true),
            (vec![(site, "same-site")], false),
            (vec![(site, "cross-site")], false),
            (vec![(site, "nonsense")], false),
            (
                vec![(site, "same-site"), ("origin", "http://127.0.0.1:3001")],
                false,
            ),
            (vec![("origin", "http://127.0.0.1:3001")], true),
            (vec![("origin", "http://127.0.0.1:3000")], false),
            (vec![("origin", "https://127.0.0.1:3001")], false),
            (vec![("origin", "null")], false),
            (
                vec![(site, "same-origin"), ("host", "evil.example:3001")],
                false,
            ),
            (
                vec![("origin", "http://evil.example"), ("host", "evil.example")],
                false,
            ),
            (
                vec![(site, "same-origin"), ("host", "localhost:3001")],
                true,
            ),
        ] {
            assert_eq!(own(&headers), allowed, "{headers:?}");
        }
    }

    #[test]
    fn bytes_that_are_no_text_in_another_cookie_hide_no_user() {
        for line in [
            &b"nick=\xcd\xf5; sandbox_user=demo%20x"[..],
            b"sandbox_user=demo%20x;\xff=\xff",
        ] {
            let line = HeaderValue::from_bytes(line).unwrap();
            let request = actix_web::test::TestRequest::default()
                .insert_header((header::COOKIE, line))
                .to_http_request();
            assert_eq!(cookie(&request).as_deref(), Some("demo x"));
        }
    }
}
