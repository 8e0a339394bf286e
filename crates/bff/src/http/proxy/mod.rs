//! `/api/proxy/{name}/…`: forwards a browser's API call to an upstream, with the session's access token.
//!
//! Whether a call is allowed, and which headers and body it carries, is decided here before anything is sent. An upstream's response is data and
//! never a document of our origin.

mod body;
mod headers;

use std::sync::Arc;

use actix_web::body::{BodyStream, SizedStream};
use actix_web::dev::Payload;
use actix_web::http::header::{
    CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_TYPE, HeaderValue, UPGRADE, VIA,
};
use actix_web::http::{Method, StatusCode};
use actix_web::web::{Data, ServiceConfig};
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use bytes::Bytes;
use futures_util::{Stream, stream};
use hyper::header::CONTENT_LENGTH;
use tokio::sync::mpsc;

use super::api_error::ApiError;
use super::context::RequestContext;
use super::routing::resource;
use super::session::SignedIn;
use super::state::AppState;
use crate::domain::ErrorCode;
use crate::flow::{FlowError, Forwarded};
use crate::upstream::{Call, Content, Piece, Target, Upstream, UpstreamError};

const PREFIX: &str = "/api/proxy/";

/// Content-Security-Policy of an upstream's response, so that it runs nothing, loads nothing, and is shown in no frame.
pub const POLICY: &str = "default-src 'none'; frame-ancestors 'none'; sandbox";

/// Marks a response that came from an upstream.
#[derive(Clone, Copy)]
pub struct FromUpstream;

/// Registers one route for each upstream, with its methods.
pub fn configure(config: &mut ServiceConfig, state: &Data<AppState>) {
    for upstream in state.flows.forwarder.upstreams().iter() {
        let methods = upstream.settings.methods.iter();
        let path = format!("{PREFIX}{}/{{path:.*}}", upstream.settings.name);
        let route = methods
            .filter_map(|method| Method::from_bytes(method.as_bytes()).ok())
            .fold(resource(path), |route, method| {
                route.method(method, forward_call)
            });
        config.service(route);
    }
}

/// Returns the largest body, in bytes, of a request to this path, if it is a path of an upstream.
pub fn body_limit(state: &AppState, path: &str) -> Option<u64> {
    let (upstream, _) = route(state, path)?;
    Some(upstream.settings.max_body)
}

/// Returns the upstream of a path, and the part of the path after the upstream's name. The path must be as the client sent it, not decoded.
fn route<'a>(state: &'a AppState, path: &'a str) -> Option<(&'a Arc<Upstream>, &'a str)> {
    let rest = path.strip_prefix(PREFIX)?;
    let at = rest.find('/')?;
    let upstream = state.flows.forwarder.upstreams().find(&rest[..at])?;
    Some((upstream, &rest[at..]))
}

/// A request that may be forwarded. Extracting it refuses a request that this program already forwarded once (a loop), and a protocol upgrade.
pub struct Inbound {
    request: HttpRequest,
    payload: Payload,
}

impl FromRequest for Inbound {
    type Error = ApiError;
    type Future = std::future::Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let mut hops = request.headers().get_all(VIA);
        let is_loop = request.app_data::<Data<AppState>>().is_some_and(|state| {
            hops.any(|via| state.flows.forwarder.upstreams().is_own_via(via.as_bytes()))
        });
        std::future::ready(if is_loop {
            let looped =
                UpstreamError::Unusable("a loop: the upstream sent the call back to this program");
            Err(FlowError::from(looped).into())
        } else if request.headers().contains_key(UPGRADE) {
            Err(ErrorCode::BadRequest.into())
        } else {
            Ok(Self {
                request: request.clone(),
                payload: payload.take(),
            })
        })
    }
}

/// Forwards the call.
async fn forward_call(
    inbound: Inbound,
    SignedIn(session): SignedIn,
    state: Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let Inbound { request, payload } = inbound;
    let uri = request.uri();
    let (upstream, path) = route(&state, uri.path()).ok_or(ErrorCode::NotFound)?;
    let target = Target::parse(path, uri.query(), upstream.settings.encoded_slash)
        .ok_or(ErrorCode::BadRequest)?;
    if !upstream.allows(&target) {
        return Err(ErrorCode::NotFound.into());
    }
    let headers = headers::to_upstream(request.headers()).ok_or(ErrorCode::BadRequest)?;
    let method = hyper::Method::from_bytes(request.method().as_str().as_bytes())
        .map_err(|_| ErrorCode::BadRequest)?;
    let content = body::read(request.headers(), payload, &upstream.settings)
        .await
        .map_err(|fault| FlowError::from(UpstreamError::Body(fault)))?;
    if body::is_form(request.headers()) && holds_token(&content) {
        return Err(ErrorCode::BadRequest.into());
    }
    let call = Call {
        method,
        target,
        headers,
        content,
    };
    let context = RequestContext::from_http(&request);
    let forwarded = state
        .flows
        .forwarder
        .forward(&session, upstream, call, context.request_id())
        .await?;
    respond(forwarded)
}

/// Returns whether a form contains an access token (RFC 6750 §2.2). Only the token in the header is allowed.
fn holds_token(content: &Content) -> bool {
    let Content::Whole(form) = content else {
        return false;
    };
    url::form_urlencoded::parse(form).any(|(name, _)| name.eq_ignore_ascii_case("access_token"))
}

/// Builds our response from an upstream's.
fn respond(forwarded: Forwarded) -> Result<HttpResponse, ApiError> {
    let status = StatusCode::from_u16(forwarded.status.as_u16())
        .ok()
        .filter(|status| is_passed_on(*status))
        .ok_or_else(|| {
            FlowError::from(UpstreamError::Unusable(
                "a status that a browser cannot use",
            ))
        })?;
    let mut response = HttpResponse::build(status);
    headers::to_browser(&forwarded.headers, &mut response);
    let mut response = if has_no_body(status) {
        response.finish()
    } else {
        // A download, so that a browser that navigates to this URL does not show the response as a page.
        response.insert_header((CONTENT_DISPOSITION, "attachment"));
        let length = forwarded.headers.get(CONTENT_LENGTH);
        let length = length.and_then(|length| length.to_str().ok()?.parse().ok());
        let pieces = pieces(forwarded.body);
        match length {
            Some(length) => response.body(SizedStream::new(length, pieces)),
            None => response.body(BodyStream::new(pieces)),
        }
    };
    let headers = response.headers_mut();
    if !has_no_body(status) && !headers.contains_key(CONTENT_TYPE) {
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static("application/octet-stream"),
        );
    }
    if !headers.contains_key(CONTENT_ENCODING) {
        // Disables our own compression, because it would buffer the pieces. The layer `security_headers` removes the header again.
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("identity"));
    }
    response.extensions_mut().insert(FromUpstream);
    Ok(response)
}

/// Returns whether a status is passed on. A redirect is not, because its target is the upstream's choice. A 407 is not, because there is no such
/// proxy for the browser. Statuses below 200 are not, because a switch of protocols has no response.
fn is_passed_on(status: StatusCode) -> bool {
    match status.as_u16() {
        304 => true,
        407 => false,
        code => matches!(code, 200..=299 | 400..=599),
    }
}

fn has_no_body(status: StatusCode) -> bool {
    matches!(status.as_u16(), 204 | 205 | 304)
}

/// Returns the pieces as a stream. It fails when the body was truncated; then the connection is closed, so that the browser detects it.
fn pieces(body: mpsc::Receiver<Piece>) -> impl Stream<Item = Result<Bytes, std::io::Error>> {
    stream::unfold(Some(body), async |body| {
        let mut body = body?;
        match body.recv().await {
            Some(Piece::Data(bytes)) => Some((Ok(bytes), Some(body))),
            Some(Piece::End) => None,
            None => Some((Err(std::io::Error::other("the response was cut off")), None)),
        }
    })
}
