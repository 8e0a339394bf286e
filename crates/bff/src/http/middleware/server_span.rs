//! The span of a request, for the exporter of traces. It ends with the body of the response, because a stream outlives the layers.
//!
//! It holds the method, the route and the status: no path, no query, nothing of the client or the user.

use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::ServiceResponse;
use actix_web::http::Method;
use actix_web::web::Bytes;
use actix_web::{Error, HttpResponse};
use tracing::Span;
use tracing::field::Empty;

use crate::audit::known_method;
use crate::domain::trace::{SPANS, TraceContext};

/// The span of one request. Empty when the trace is not exported. Dropping it ends the span.
pub struct ServerSpan {
    span: Span,
    method: &'static str,
}

impl ServerSpan {
    /// Begins the span of a request.
    pub fn begin(trace: &TraceContext, method: &Method) -> Self {
        if !trace.is_sampled() {
            return Self {
                span: Span::none(),
                method: "",
            };
        }
        let method = known_method(method.as_str());
        let span = tracing::info_span!(
            target: SPANS,
            parent: None,
            "server",
            "span.name" = method,
            "span.kind" = "server",
            trace_id = trace.trace_id(),
            span_id = trace.span_id(),
            parent_id = trace.parent_id(),
            "http.request.method" = method,
            "http.route" = Empty,
            "http.response.status_code" = Empty,
            "error.type" = Empty,
            ended = Empty,
        );
        Self { span, method }
    }

    /// Returns the id under which other spans are its children.
    pub fn id(&self) -> Option<tracing::Id> {
        self.span.id()
    }

    /// Returns the pattern of the route that answered.
    pub fn route(&self, outcome: &Result<ServiceResponse<BoxBody>, Error>) -> Option<String> {
        let answer = outcome.as_ref().ok().filter(|_| !self.span.is_disabled());
        answer?.request().match_pattern()
    }

    /// Records the response, and ends the span when its body has been sent or is dropped.
    pub fn end_with(self, response: HttpResponse, route: Option<String>) -> HttpResponse {
        if self.span.is_disabled() {
            return response;
        }
        if let Some(route) = route {
            let name = format!("{} {route}", self.method);
            self.span.record("span.name", name);
            self.span.record("http.route", route);
        }
        let status = response.status().as_u16();
        self.span.record("http.response.status_code", status);
        if status >= 500 {
            self.span.record("error.type", status.to_string());
        }
        response.map_body(|_, body| BoxBody::new(SpannedBody { body, span: self }))
    }
}

impl Drop for ServerSpan {
    /// Tasks that outlive the request keep the span open, so its end is recorded.
    fn drop(&mut self) {
        self.span.record("ended", true);
    }
}

/// A body that ends the span of its request.
struct SpannedBody {
    body: BoxBody,
    span: ServerSpan,
}

impl MessageBody for SpannedBody {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.body).poll_next(context)
    }

    fn try_into_bytes(self) -> Result<Bytes, Self> {
        let Self { body, span } = self;
        body.try_into_bytes().map_err(|body| Self { body, span })
    }
}
