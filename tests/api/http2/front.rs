//! A server with TLS and HTTP/2 that forwards calls to a provider. A test can break its connections in several ways, and change its answers.

use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll};

use bytes::Bytes;
use h2::server::SendResponse;
use h2::{Reason, RecvStream};
use oauth2::http;
use reqwest::header::{CONTENT_ENCODING, CONTENT_LENGTH, HeaderMap, HeaderValue};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, Semaphore, watch};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::support::*;

/// What of the provider's paths is passed on; everything else is answered here.
const PROVIDER: &str = "/api/";

/// What an answer's bytes become, and the content codings that it is said to have.
pub type Coding = Arc<dyn Fn(&[u8]) -> (&'static str, Vec<u8>) + Send + Sync>;

/// The server; ended with the value.
pub struct Front {
    /// Its address, with https.
    pub base: String,
    pub certificate: Certificate,
    shared: Arc<Shared>,
    listening: tokio::task::JoinHandle<()>,
}

/// A request that has come, whatever became of it.
#[derive(Clone, Debug)]
pub struct Seen {
    pub method: String,
    pub path: String,
    pub headers: HeaderMap,
}

struct Shared {
    provider: String,
    acceptor: Mutex<TlsAcceptor>,
    connections: Mutex<Vec<Arc<Connection>>>,
    seen: watch::Sender<Vec<Seen>>,
    unanswered: watch::Sender<usize>,
    coding: Mutex<Option<Coding>>,
    held: Mutex<Option<Arc<Held>>>,
}

/// An answer that is given in two parts.
pub struct Held {
    path: String,
    has_begun: Semaphore,
    goes_on: Semaphore,
}

/// How a connection behaves.
#[derive(Default)]
struct Connection {
    /// Requests are taken and not answered.
    is_silent: AtomicBool,
    /// Nothing at all is sent, not even the answer to a ping.
    is_mute: AtomicBool,
    /// The next requests are refused (RFC 9113 §8.7).
    refuses: AtomicBool,
    /// The next request is taken, the connection then ended: GOAWAY with this stream as the last one, and no answer.
    breaks: AtomicBool,
    ends: Notify,
}

impl Front {
    /// In front of the provider with this address.
    pub async fn before(provider: &str) -> Self {
        let certificate = Certificate::new();
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a port is free");
        let base = format!("https://{}", listener.local_addr().expect("it is bound"));
        let shared = Arc::new(Shared {
            provider: provider.to_owned(),
            acceptor: Mutex::new(acceptor(&certificate)),
            connections: Mutex::default(),
            seen: watch::Sender::default(),
            unanswered: watch::Sender::default(),
            coding: Mutex::default(),
            held: Mutex::default(),
        });
        let serving = Arc::clone(&shared);
        let listening = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&serving)));
            }
        });
        Self {
            base,
            certificate,
            shared,
            listening,
        }
    }

    /// From now on the connections that are open take requests, answer pings, and answer no request. New ones are well.
    pub fn falls_silent(&self) {
        for connection in lock(&self.shared.connections).iter() {
            connection.is_silent.store(true, SeqCst);
        }
    }

    /// From now on the connections that are open take bytes and send none. New ones are well.
    pub fn dies(&self) {
        self.falls_silent();
        for connection in lock(&self.shared.connections).iter() {
            connection.is_mute.store(true, SeqCst);
        }
    }

    /// From now on the connections that are open refuse every request unread. New ones are well.
    pub fn refuses(&self) {
        for connection in lock(&self.shared.connections).iter() {
            connection.refuses.store(true, SeqCst);
        }
    }

    /// The connections that are open take one more request each and end without an answer to it. New ones are well.
    pub fn breaks(&self) {
        for connection in lock(&self.shared.connections).iter() {
            connection.breaks.store(true, SeqCst);
        }
    }

    /// Ends the connections that are open. New ones show this certificate; gives back the former one.
    pub fn renews(&mut self, certificate: Certificate) -> Certificate {
        *lock(&self.shared.acceptor) = acceptor(&certificate);
        let former = std::mem::replace(&mut self.certificate, certificate);
        for connection in lock(&self.shared.connections).drain(..) {
            connection.ends.notify_one();
        }
        former
    }

    /// Every answer from now on goes through this.
    pub fn codes(&self, coding: Coding) {
        *lock(&self.shared.coding) = Some(coding);
    }

    /// Every request so far.
    pub fn seen(&self) -> Vec<Seen> {
        self.shared.seen.borrow().clone()
    }

    /// Waits until so many requests were taken and not answered.
    pub async fn has_unanswered(&self, count: usize) {
        let mut unanswered = self.shared.unanswered.subscribe();
        let coming = unanswered.wait_for(|unanswered| *unanswered >= count);
        drop(coming.await.expect("it lives"));
    }

    /// What is asked for at this path is answered in two parts.
    pub fn holds_back(&self, path: &str) -> Arc<Held> {
        let held = Arc::new(Held {
            path: path.to_owned(),
            has_begun: Semaphore::new(0),
            goes_on: Semaphore::new(0),
        });
        *lock(&self.shared.held) = Some(Arc::clone(&held));
        held
    }
}

impl Held {
    /// Waits until the first part is out.
    pub async fn has_begun(&self) {
        self.has_begun.acquire().await.expect("it is open").forget();
    }

    /// The second part may go out.
    pub fn go_on(&self) {
        self.goes_on.add_permits(1);
    }

    async fn answer(&self, mut respond: SendResponse<Bytes>) -> Option<()> {
        let mut sending = respond.send_response(http::Response::new(()), false).ok()?;
        sending
            .send_data(Bytes::from_static(b"first, "), false)
            .ok()?;
        self.has_begun.add_permits(1);
        self.goes_on.acquire().await.expect("it is open").forget();
        sending.send_data(Bytes::from_static(b"last"), true).ok()
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("no test panics with it")
}

fn acceptor(certificate: &Certificate) -> TlsAcceptor {
    let chain = CertificateDer::from_pem_file(certificate.file()).expect("a certificate");
    let key = PrivateKeyDer::from_pem_file(certificate.key()).expect("a key");
    let mut config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![chain], key)
        .expect("they belong together");
    config.alpn_protocols = vec![b"h2".to_vec()];
    TlsAcceptor::from(Arc::new(config))
}

async fn serve(stream: TcpStream, shared: Arc<Shared>) {
    let own = Arc::new(Connection::default());
    let acceptor = lock(&shared.acceptor).clone();
    lock(&shared.connections).push(Arc::clone(&own));
    // A client that goes away is what half of these tests are about.
    let Ok(stream) = acceptor.accept(stream).await else {
        return;
    };
    let line = Line {
        stream,
        connection: Arc::clone(&own),
    };
    let Ok(mut connection) = h2::server::handshake(line).await else {
        return;
    };
    let mut unanswered = Vec::new();
    loop {
        let next = tokio::select! {
            next = connection.accept() => next,
            () = own.ends.notified() => return,
        };
        let Some(Ok((request, mut respond))) = next else {
            return;
        };
        let (head, body) = request.into_parts();
        shared.seen.send_modify(|seen| {
            seen.push(Seen {
                method: head.method.to_string(),
                path: head.uri.path().to_owned(),
                headers: head.headers.clone(),
            });
        });
        if own.breaks.load(SeqCst) {
            connection.abrupt_shutdown(Reason::NO_ERROR);
            while connection.accept().await.is_some() {}
            return;
        }
        if own.is_silent.load(SeqCst) {
            unanswered.push((respond, body));
            shared.unanswered.send_modify(|count| *count += 1);
        } else if own.refuses.load(SeqCst) {
            respond.send_reset(Reason::REFUSED_STREAM);
        } else {
            tokio::spawn(answer(head, body, respond, Arc::clone(&shared)));
        }
    }
}

async fn answer(
    head: http::request::Parts,
    body: RecvStream,
    mut respond: SendResponse<Bytes>,
    shared: Arc<Shared>,
) -> Option<()> {
    let body = whole(body).await?;
    let held = lock(&shared.held).clone();
    if let Some(held) = held.filter(|held| held.path == head.uri.path()) {
        return held.answer(respond).await;
    }
    let (status, mut headers, mut bytes) = if head.uri.path().starts_with(PROVIDER) {
        let path = head.uri.path_and_query()?.as_str();
        let answer = client()
            .request(head.method, format!("{}{path}", shared.provider))
            .headers(head.headers)
            .body(body)
            .send()
            .await
            .expect("the provider answers");
        let (status, headers) = (answer.status(), answer.headers().clone());
        (status, headers, answer.bytes().await.ok()?.to_vec())
    } else {
        let text = format!("{} bytes", body.len());
        (http::StatusCode::OK, HeaderMap::new(), text.into_bytes())
    };
    for name in ["connection", "transfer-encoding"] {
        headers.remove(name);
    }
    let coding = lock(&shared.coding).clone();
    if let Some(coding) = coding {
        let (names, coded) = coding(&bytes);
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static(names));
        bytes = coded;
    }
    headers.insert(CONTENT_LENGTH, bytes.len().into());
    let mut response = http::Response::new(());
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    let mut sending = respond.send_response(response, false).ok()?;
    sending.send_data(bytes.into(), true).ok()
}

async fn whole(mut body: RecvStream) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    while let Some(piece) = body.data().await {
        let piece = piece.ok()?;
        body.flow_control().release_capacity(piece.len()).ok()?;
        bytes.extend_from_slice(&piece);
    }
    Some(bytes)
}

/// A connection that, when it is to be mute, takes what is to be sent and sends nothing.
struct Line {
    stream: tokio_rustls::server::TlsStream<TcpStream>,
    connection: Arc<Connection>,
}

impl AsyncRead for Line {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Line {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        if self.connection.is_mute.load(SeqCst) {
            return Poll::Ready(Ok(bytes.len()));
        }
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
