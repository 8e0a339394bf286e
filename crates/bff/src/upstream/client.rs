//! The HTTP call to an upstream: no redirects, no repeat of a request that the upstream may have taken, limits on number and time, and a response
//! that is streamed.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use hyper::header::{
    ACCEPT, AUTHORIZATION, CONTENT_LENGTH, HeaderMap, HeaderName, HeaderValue, VIA,
};
use hyper::{Request, StatusCode, Uri};
use moka::sync::Cache;
use tokio::time::timeout;
use tracing::Span;

use super::call::{Call, Content, Piece};
use super::error::UpstreamError;
use super::in_flight_limit::{InFlightLimit, Permit};
use super::outgoing::Outgoing;
use super::target::Target;
use crate::config::Proxy;
use crate::domain::calls::{self, CallTimer, Callee, InFlight, http_span};
use crate::domain::{AccessToken, RequestId, Session, SessionKey, ThreadEntropy};
use crate::provider::{
    Attempt, Connections, Detail, Identity, PooledResponse, SendError, SettingsError, TRACEPARENT,
    endpoint, is_timeout, uri,
};

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Back-off after an upstream refused a newly issued token: for this time no token is refreshed for this upstream in this session.
const PAUSE_AFTER_REFUSAL: Duration = Duration::from_secs(60);

/// Maximum number of such sessions that an upstream remembers.
const MAX_REFUSED: u64 = 10_000;

/// All configured upstreams. Cheap to clone; keeps connections between calls.
#[derive(Clone)]
pub struct Upstreams {
    all: Arc<[Arc<Upstream>]>,
    /// The name of this program in `Via` (RFC 9110 §7.6.3): a pseudonym, not a host name.
    via: &'static str,
}

/// One configured upstream.
pub struct Upstream {
    /// Its configuration.
    pub settings: Proxy,
    in_flight_limit: Arc<InFlightLimit>,
    connections: Connections,
    /// Sessions whose newly issued token this upstream refused within [`PAUSE_AFTER_REFUSAL`].
    refused: Cache<SessionKey, ()>,
}

/// Maximum number of bytes of a piece: as many as the HTTP library takes for one client at a time. One slow read of the browser frees room for one
/// piece, so the time limit of a read applies to a piece and not to a large buffer.
const LONGEST_PIECE: usize = 32 * 1024;

/// The head of a response. [`next`](Self::next) returns the body.
pub struct UpstreamResponse {
    pooled: PooledResponse,
    call: OpenCall,
    /// Bytes that have arrived and have not been returned yet.
    rest: Bytes,
}

/// Counts a call as under way, and keeps its span open, until its response has been read.
struct OpenCall {
    _in_flight: InFlight,
    span: Span,
}

impl Upstreams {
    /// Creates the upstreams of this list. Opens no connection yet. They see this program under the names in `identity`.
    ///
    /// # Errors
    /// [`SettingsError`] when the TLS set-up cannot be used.
    pub fn new(
        list: &[Proxy],
        connect_timeout: Duration,
        identity: Identity,
    ) -> Result<Self, SettingsError> {
        let all = list.iter().map(|settings| {
            Ok(Arc::new(Upstream {
                settings: settings.clone(),
                in_flight_limit: InFlightLimit::new(settings.max_calls, settings.max_session_calls),
                connections: Connections::new(
                    &settings.upstream,
                    connect_timeout,
                    settings.answer_timeout,
                    &identity.user_agent(),
                )?,
                refused: Cache::builder()
                    .max_capacity(MAX_REFUSED)
                    .time_to_live(PAUSE_AFTER_REFUSAL)
                    .build(),
            }))
        });
        Ok(Self {
            all: all.collect::<Result<_, _>>()?,
            via: identity.name(),
        })
    }

    /// Returns every upstream.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Upstream>> {
        self.all.iter()
    }

    /// Returns the upstream with this name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&Arc<Upstream>> {
        self.all
            .iter()
            .find(|upstream| upstream.settings.name == name)
    }

    /// Returns whether a `Via` says that this program has forwarded the request already. Such a request would be forwarded in a loop.
    #[must_use]
    pub fn is_own_via(&self, via: &[u8]) -> bool {
        via.split(|byte| *byte == b',').any(|hop| {
            let words = hop.split(u8::is_ascii_whitespace);
            let mut words = words.filter(|word| !word.is_empty()).skip(1);
            words.next() == Some(self.via.as_bytes())
        })
    }

    /// Sends the call with this token, and waits for the head of the response. Sends it again only where the upstream provably did not take it.
    /// Uses up a body that is a stream.
    ///
    /// # Errors
    /// [`UpstreamError`] when there is no response.
    pub async fn send(
        &self,
        upstream: &Upstream,
        call: &mut Call,
        token: &AccessToken,
        id: &RequestId,
    ) -> Result<UpstreamResponse, UpstreamError> {
        let uri = upstream.uri(&call.target)?;
        let mut headers = call.headers.clone();
        let mut credential = value(&format!("Bearer {}", token.reveal()))?;
        credential.set_sensitive(true);
        headers.insert(AUTHORIZATION, credential);
        headers.insert(X_REQUEST_ID, value(id.as_str())?);
        let trace = id.trace().call(&ThreadEntropy);
        headers.insert(TRACEPARENT, value(trace.traceparent().as_str())?);
        let any = HeaderValue::from_static("*/*");
        headers.entry(ACCEPT).or_insert(any);
        headers.insert(VIA, value(&format!("1.1 {}", self.via))?);
        let (content, length, ended, fault) = match &mut call.content {
            Content::Spent => return Err(UpstreamError::Spent),
            Content::Whole(bytes) => (Outgoing::Whole(bytes.clone()), None, None, None),
            stream @ Content::Stream { .. } => {
                let Content::Stream {
                    length,
                    pieces,
                    fault,
                    ended,
                } = std::mem::replace(stream, Content::Spent)
                else {
                    return Err(UpstreamError::Spent);
                };
                (Outgoing::stream(pieces), length, Some(ended), Some(fault))
            }
        };
        if let Some(length) = length {
            headers.insert(CONTENT_LENGTH, length.into());
        }
        // The time limit starts when the whole request has been sent, because the pace of a body has limits of its own.
        let deadline = async {
            if let Some(ended) = ended {
                drop(ended.await);
            }
            tokio::time::sleep(upstream.settings.answer_timeout).await;
        };
        let attempt = || {
            let (body, watch) = content.body(&call.method)?;
            let mut request = Request::new(body);
            *request.method_mut() = call.method.clone();
            *request.uri_mut() = uri.clone();
            *request.headers_mut() = headers.clone();
            Some(Attempt {
                request,
                body: watch,
            })
        };
        let name = &upstream.settings.name;
        let span = http_span(&trace, call.method.as_str(), name, uri.host());
        let timer = CallTimer::start(Callee::Upstream(name), span.clone());
        let open = OpenCall {
            _in_flight: InFlight::to_upstream(),
            span,
        };
        let sent = upstream.connections.send(attempt, deadline).await;
        content.keep_no_more();
        let response = |pooled: PooledResponse| {
            let status = pooled.response.status().as_u16();
            open.span.record("http.response.status_code", status);
            UpstreamResponse {
                pooled,
                call: open,
                rest: Bytes::new(),
            }
        };
        let result = sent.map(response).map_err(|error| match error {
            SendError::Timeout => UpstreamError::Timeout,
            SendError::Unbuildable => UpstreamError::Unusable("the request cannot be sent"),
            SendError::Transport(error) => {
                if let Some(fault) = fault.as_ref().and_then(|fault| fault.get()) {
                    UpstreamError::Body(*fault)
                } else if is_timeout(&error) {
                    UpstreamError::Timeout
                } else {
                    UpstreamError::Unavailable(Detail::from_transport(&error))
                }
            }
        });
        timer.end(result.as_ref().map_or_else(outcome, |_| calls::OK));
        result
    }
}

impl Upstream {
    /// Reserves a permit for a call of this session, until the permit is dropped. Never waits.
    ///
    /// # Errors
    /// [`UpstreamError::Busy`] when no permit is free, [`UpstreamError::Crowded`] when the session has reached its limit,
    /// [`UpstreamError::ShareTaken`] when its user has reached theirs.
    pub fn reserve(&self, session: &Session) -> Result<Permit, UpstreamError> {
        self.in_flight_limit.reserve(session.key, &session.user)
    }

    /// Records that this upstream refused a newly issued token of this session.
    pub fn note_refusal(&self, session: &Session) {
        self.refused.insert(session.key, ());
    }

    /// Returns whether this upstream refused a newly issued token of this session a moment ago.
    #[must_use]
    pub fn has_refused(&self, session: &Session) -> bool {
        self.refused.contains_key(&session.key)
    }

    /// Returns whether the configuration allows this path.
    #[must_use]
    pub fn allows(&self, target: &Target) -> bool {
        let mut paths = self.settings.paths.iter();
        paths.any(|pattern| pattern.allows(target.path()))
    }

    fn uri(&self, target: &Target) -> Result<Uri, UpstreamError> {
        let base = &self.settings.upstream;
        let unusable = |_| UpstreamError::Unusable("invalid URL");
        let mut url = endpoint(base, target.path()).map_err(unusable)?;
        url.set_query(target.query());
        // Checks that the browser's input has changed neither the host nor the path that was checked.
        if url.origin() == base.origin() && url.path().ends_with(target.path()) {
            uri(url).map_err(unusable)
        } else {
            Err(UpstreamError::Unusable(
                "the URL was changed by normalisation",
            ))
        }
    }
}

impl UpstreamResponse {
    /// Returns the status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.pooled.response.status()
    }

    /// Returns all headers.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        self.pooled.response.headers()
    }

    /// Returns the next piece of the body. It must arrive within `idle`.
    ///
    /// # Errors
    /// [`UpstreamError`] when the body is truncated or the piece does not arrive in time.
    pub async fn next(&mut self, idle: Duration) -> Result<Piece, UpstreamError> {
        if self.rest.is_empty() {
            match timeout(idle, self.pooled.chunk()).await {
                Err(_) => {
                    self.pooled.pool.retire();
                    self.call.span.record("error.type", "timeout");
                    return Err(UpstreamError::Timeout);
                }
                Ok(Err(error)) => {
                    self.call.span.record("error.type", "unavailable");
                    return Err(UpstreamError::Unavailable(Detail::from_transport(&error)));
                }
                Ok(Ok(Some(bytes))) => {
                    self.pooled.pool.note_response();
                    self.rest = bytes;
                }
                Ok(Ok(None)) => return Ok(Piece::End),
            }
        }
        let length = self.rest.len().min(LONGEST_PIECE);
        Ok(Piece::Data(self.rest.split_to(length)))
    }
}

/// Returns why a call has no response, as a label of the metrics.
const fn outcome(error: &UpstreamError) -> &'static str {
    match error {
        UpstreamError::Timeout => "timeout",
        UpstreamError::Unavailable(_) => "unavailable",
        UpstreamError::Body(_) => "request_body",
        _ => "unusable",
    }
}

fn value(text: &str) -> Result<HeaderValue, UpstreamError> {
    let unusable = |_| UpstreamError::Unusable("the request cannot be sent");
    HeaderValue::from_str(text).map_err(unusable)
}
