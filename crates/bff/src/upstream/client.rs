//! The call itself: no redirect, no repeat of what the upstream may have taken, its limits in number and time, and an answer that is handed on as it comes.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{AUTHORIZATION, CONTENT_LENGTH, HeaderMap, HeaderName, HeaderValue, VIA};
use reqwest::{Method, Request, StatusCode};
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;
use url::Url;

use super::error::UpstreamError;
use super::outgoing::Outgoing;
use super::places::{Place, Places};
use super::target::Target;
use crate::config::Proxy;
use crate::domain::{AccessToken, RequestId, Session};
use crate::provider::{Answered, Attempt, Connections, Detail, NoAnswer, SettingsError, endpoint};

/// What this program calls itself in `Via` (RFC 9110 §7.6.3): the name of no host.
const PSEUDONYM: &str = "aihubmix-bff";
const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// All upstreams that there are. Cheap to clone; keeps connections between calls.
#[derive(Clone)]
pub struct Upstreams {
    all: Arc<[Arc<Upstream>]>,
}

/// One upstream of the list.
pub struct Upstream {
    /// What the configuration says of it.
    pub settings: Proxy,
    places: Arc<Places>,
    connections: Connections,
}

/// What is to be sent.
pub struct Call {
    /// The method, one of those of the upstream.
    pub method: Method,
    /// What is asked for, one of its paths.
    pub target: Target,
    /// The browser's headers that are passed on.
    pub headers: HeaderMap,
    /// The body.
    pub content: Content,
}

/// A request's body.
pub enum Content {
    /// All of it, maybe nothing: it can be sent again.
    Whole(Bytes),
    /// As it comes, once.
    Stream {
        /// How long it is, as far as that is known.
        length: Option<u64>,
        /// Its pieces; an end without [`Piece::End`] is none.
        pieces: mpsc::Receiver<Piece>,
        /// Why there is no more of it, where it is not whole.
        fault: Arc<OnceLock<BodyFault>>,
        /// Resolves when nothing more is going to come.
        ended: oneshot::Receiver<()>,
    },
    /// It was a stream, and is gone.
    Spent,
}

/// A part of a body on its way, in either direction. A way that ends without [`End`](Self::End) was cut.
#[derive(Debug)]
pub enum Piece {
    /// Some bytes.
    Data(Bytes),
    /// That was all.
    End,
}

/// Why a browser's body is not whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyFault {
    /// It is longer than the upstream's `max_body`.
    TooLarge,
    /// It comes too slowly.
    TooSlow,
    /// The browser went away, or broke the rules of its encoding.
    Broken,
}

/// The most bytes of a piece: as many as the HTTP library takes for one client at a time. One slow read frees room for a piece, so its time limit is not that
/// of a large buffer.
const LONGEST_PIECE: usize = 32 * 1024;

/// The beginning of an answer; the rest comes by [`next`](Self::next).
pub struct Answer {
    answered: Answered,
    /// What has come and is not handed on yet.
    rest: Bytes,
}

impl Upstreams {
    /// The upstreams of this list. Calls nobody yet.
    ///
    /// # Errors
    /// [`SettingsError`] when the TLS set-up cannot be used.
    pub fn new(list: &[Proxy], connect_timeout: Duration) -> Result<Self, SettingsError> {
        let all = list.iter().map(|settings| {
            Ok(Arc::new(Upstream {
                settings: settings.clone(),
                places: Places::new(settings.max_calls, settings.max_session_calls),
                connections: Connections::new(
                    &settings.upstream,
                    connect_timeout,
                    settings.answer_timeout,
                )?,
            }))
        });
        Ok(Self {
            all: all.collect::<Result<_, _>>()?,
        })
    }

    /// Every upstream.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Upstream>> {
        self.all.iter()
    }

    /// The upstream of this name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&Arc<Upstream>> {
        self.all
            .iter()
            .find(|upstream| upstream.settings.name == name)
    }

    /// Sends the call with this token, and waits until its answer begins. It is sent again only where the upstream provably did not take it. A body that
    /// is a stream is spent by it.
    ///
    /// # Errors
    /// [`UpstreamError`] when there is no answer.
    pub async fn send(
        &self,
        upstream: &Upstream,
        call: &mut Call,
        token: &AccessToken,
        id: &RequestId,
    ) -> Result<Answer, UpstreamError> {
        let url = upstream.url(&call.target)?;
        let mut headers = call.headers.clone();
        let mut credential = value(&format!("Bearer {}", token.reveal()))?;
        credential.set_sensitive(true);
        headers.insert(AUTHORIZATION, credential);
        headers.insert(X_REQUEST_ID, value(id.as_str())?);
        headers.insert(VIA, value(&format!("1.1 {PSEUDONYM}"))?);
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
        // The time runs when the whole request is out; the pace of a body has limits of its own.
        let late = async {
            if let Some(ended) = ended {
                drop(ended.await);
            }
            tokio::time::sleep(upstream.settings.answer_timeout).await;
        };
        let attempt = || {
            let (body, watch) = content.body(&call.method)?;
            let mut request = Request::new(call.method.clone(), url.clone());
            *request.headers_mut() = headers.clone();
            *request.body_mut() = Some(body);
            Some(Attempt {
                request,
                body: watch,
            })
        };
        let sent = upstream.connections.send(attempt, late).await;
        content.keep_no_more();
        let answer = |answered| Answer {
            answered,
            rest: Bytes::new(),
        };
        sent.map(answer).map_err(|none| match none {
            NoAnswer::Late => UpstreamError::Timeout,
            NoAnswer::Unsendable => UpstreamError::Unusable("the request cannot be sent"),
            NoAnswer::Failed(error) => {
                if let Some(fault) = fault.as_ref().and_then(|fault| fault.get()) {
                    UpstreamError::Body(*fault)
                } else if error.is_timeout() {
                    UpstreamError::Timeout
                } else {
                    UpstreamError::Unavailable(Detail::of_transport(&error))
                }
            }
        })
    }
}

impl Upstream {
    /// Takes a place for this session among the calls that are under way, until it is dropped. No call waits for one.
    ///
    /// # Errors
    /// [`UpstreamError::Busy`] when there is none, [`UpstreamError::Crowded`] when the session has its share, [`UpstreamError::ShareTaken`] when its user has.
    pub fn enter(&self, session: &Session) -> Result<Place, UpstreamError> {
        self.places.enter(session.key, &session.user)
    }

    /// Whether the list has this path.
    #[must_use]
    pub fn allows(&self, target: &Target) -> bool {
        let mut paths = self.settings.paths.iter();
        paths.any(|pattern| pattern.allows(target.path()))
    }

    fn url(&self, target: &Target) -> Result<Url, UpstreamError> {
        let base = &self.settings.upstream;
        let unusable = |_| UpstreamError::Unusable("its address cannot be called");
        let mut url = endpoint(base, target.path()).map_err(unusable)?;
        url.set_query(target.query());
        // Whatever a browser wrote: it chooses no host, and no other path than the one that was checked.
        if url.origin() == base.origin() && url.path().ends_with(target.path()) {
            Ok(url)
        } else {
            Err(UpstreamError::Unusable("its address was changed"))
        }
    }
}

impl Answer {
    /// Its status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.answered.response.status()
    }

    /// Its headers, all of them.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        self.answered.response.headers()
    }

    /// The next piece of its body, which must come within `idle`.
    ///
    /// # Errors
    /// [`UpstreamError`] when the body breaks off.
    pub async fn next(&mut self, idle: Duration) -> Result<Piece, UpstreamError> {
        if self.rest.is_empty() {
            let Answered { response, pool } = &mut self.answered;
            match timeout(idle, response.chunk()).await {
                Err(_) => {
                    pool.retire();
                    return Err(UpstreamError::Timeout);
                }
                Ok(Err(error)) => {
                    return Err(UpstreamError::Unavailable(Detail::of_transport(&error)));
                }
                Ok(Ok(Some(bytes))) => {
                    pool.note_answer();
                    self.rest = bytes;
                }
                Ok(Ok(None)) => return Ok(Piece::End),
            }
        }
        let length = self.rest.len().min(LONGEST_PIECE);
        Ok(Piece::Data(self.rest.split_to(length)))
    }
}

/// Whether this program has passed a request on already: it would go round for ever.
#[must_use]
pub fn is_own_via(via: &[u8]) -> bool {
    via.split(|byte| *byte == b',').any(|hop| {
        let words = hop.split(u8::is_ascii_whitespace);
        let mut words = words.filter(|word| !word.is_empty()).skip(1);
        words.next() == Some(PSEUDONYM.as_bytes())
    })
}

fn value(text: &str) -> Result<HeaderValue, UpstreamError> {
    let unusable = |_| UpstreamError::Unusable("the request cannot be sent");
    HeaderValue::from_str(text).map_err(unusable)
}
