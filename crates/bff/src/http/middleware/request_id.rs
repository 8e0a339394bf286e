//! Makes the id of a request and its place in a trace, and reads what the layers and handlers inside need: the cookies, and what reverse proxies report.

use actix_web::HttpMessage as _;
use actix_web::dev::ServiceRequest;
use actix_web::http::header::{HeaderName, HeaderValue};
use tracing::Instrument as _;

use super::map_response::map_response;
use super::server_span::ServerSpan;
use crate::domain::ThreadEntropy;
use crate::domain::trace::TraceContext;
use crate::http::client::{Forwarded, trace_parent};
use crate::http::context::RequestContext;
use crate::http::cookies::RequestCookies;
use crate::http::outcome::{Next, Outcome};
use crate::http::state::AppState;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Puts [`RequestContext`], [`RequestCookies`] and [`Forwarded`] into the request's extensions, and sets `X-Request-Id` on the response. Every log
/// line of the request carries the id, the id of the trace, the client and the session.
pub async fn request_id(state: &AppState, mut request: ServiceRequest, next: impl Next) -> Outcome {
    RequestCookies::take(&mut request, state.cookies());
    let peer = request.peer_addr().map(|peer| peer.ip());
    let forwarded = Forwarded::from_headers(peer, request.headers(), &state.trusted_proxies);
    let parent = forwarded
        .is_from_proxy
        .then(|| trace_parent(request.headers()));
    let trace = TraceContext::new(parent.flatten(), state.sampler, &ThreadEntropy);
    let context = RequestContext::in_trace(trace);
    let server_span = ServerSpan::begin(&trace, request.method());
    // Level `ERROR`, the highest, so that every log line that is written carries these fields.
    let span = tracing::error_span!(
        parent: server_span.id(),
        "request",
        request_id = context.request_id().as_str(),
        trace_id = trace.trace_id_text().as_str(),
        client = forwarded.client.map(tracing::field::display),
        // The session layer records it when it looks up the session.
        session = tracing::field::Empty,
    );
    request.extensions_mut().insert(context.clone());
    request.extensions_mut().insert(forwarded);
    let outcome = next(request).instrument(span).await;
    let route = server_span.route(&outcome);
    map_response(outcome, |mut response| {
        if let Ok(id) = HeaderValue::from_str(context.request_id().as_str()) {
            response.headers_mut().insert(REQUEST_ID, id);
        }
        server_span.end_with(response, route)
    })
}
