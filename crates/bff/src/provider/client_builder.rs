//! The HTTP client for the provider and for the upstreams, with its settings: hyper's client over TCP or TLS.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::Uri;
use hyper_rustls::{ConfigBuilderExt as _, HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio::time::timeout;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::{self, ClientConfig, RootCertStore};
use tower_service::Service;

use super::request_body::RequestBody;

/// The HTTP client, with the connections that it opened.
pub(super) type Client = legacy::Client<Connector, RequestBody>;

/// Maximum idle time of a connection. Less than the 5 seconds after which the strictest common servers close it, so that a token call, which is not
/// repeated, does not use a connection that the server is closing.
const POOL_IDLE: Duration = Duration::from_secs(4);

/// Time without a frame after which an HTTP/2 connection is sent a ping. Together with [`PING_TIMEOUT`] it is shorter than `provider.total_timeout`
/// (10 s), so that a read on a dead connection has time for a second try.
const PING_AFTER: Duration = Duration::from_secs(2);
/// Time after which a connection is closed when a ping is not answered.
const PING_TIMEOUT: Duration = Duration::from_secs(5);

/// Time without a segment after which TCP sends a probe, and the time between two probes.
const TCP_PROBE_AFTER: Duration = Duration::from_secs(15);
/// Number of TCP probes without an answer after which a connection is closed.
const TCP_PROBES: u32 = 3;
/// Time after which a connection is closed when sent bytes are not acknowledged.
#[cfg(target_os = "linux")]
const TCP_USER_TIMEOUT: Duration = Duration::from_secs(30);

/// Creates a client. It opens connections within `connect_timeout`. Without `is_tls` it trusts no certificate.
///
/// It follows no redirect and uses no proxy, because hyper does neither. It sends a request again only if the connection returned it unsent.
///
/// # Errors
/// When the trusted certificates of the system cannot be read.
pub(super) fn client(connect_timeout: Duration, is_tls: bool) -> Result<Client, rustls::Error> {
    let connector = Connector {
        connector: Arc::new(connector(connect_timeout, is_tls)?),
        timeout: connect_timeout,
    };
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that makes clients, with every limit set"
    )]
    let mut builder = legacy::Client::builder(TokioExecutor::new());
    Ok(builder
        .timer(TokioTimer::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(POOL_IDLE)
        .http2_keep_alive_interval(PING_AFTER)
        .http2_keep_alive_timeout(PING_TIMEOUT)
        .http2_keep_alive_while_idle(true)
        .build(connector))
}

/// Creates what makes connections: TCP, then TLS for `https`, with the certificates that the system trusts.
fn connector(
    connect_timeout: Duration,
    is_tls: bool,
) -> Result<HttpsConnector<HttpConnector>, rustls::Error> {
    let mut tcp = HttpConnector::new();
    tcp.enforce_http(false);
    // Divided among the addresses of a name, so that one that does not answer leaves time for the next.
    tcp.set_connect_timeout(Some(connect_timeout));
    tcp.set_nodelay(true);
    tcp.set_keepalive(Some(TCP_PROBE_AFTER));
    tcp.set_keepalive_interval(Some(TCP_PROBE_AFTER));
    tcp.set_keepalive_retries(Some(TCP_PROBES));
    #[cfg(target_os = "linux")]
    tcp.set_tcp_user_timeout(Some(TCP_USER_TIMEOUT));
    let tls = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()?;
    let tls = if is_tls {
        tls.try_with_platform_verifier()?
    } else {
        // Reading the trusted certificates of the system takes half of the time of a start.
        tls.with_root_certificates(RootCertStore::empty())
    };
    let builder = HttpsConnectorBuilder::new().with_tls_config(tls.with_no_client_auth());
    Ok(builder
        .https_or_http()
        .enable_all_versions()
        .wrap_connector(tcp))
}

/// Opens connections within a time limit that covers the lookup of the name, TCP and TLS. Cheap to clone, because the client clones it for each call.
#[derive(Clone)]
pub(super) struct Connector {
    connector: Arc<HttpsConnector<HttpConnector>>,
    timeout: Duration,
}

type Connection = <HttpsConnector<HttpConnector> as Service<Uri>>::Response;
type ConnectError = <HttpsConnector<HttpConnector> as Service<Uri>>::Error;

impl Service<Uri> for Connector {
    type Response = Connection;
    type Error = ConnectError;
    type Future = Pin<Box<dyn Future<Output = Result<Connection, ConnectError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), ConnectError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, server: Uri) -> Self::Future {
        let connection = HttpsConnector::clone(&self.connector).call(server);
        let connection = timeout(self.timeout, connection);
        Box::pin(async {
            let timed_out = |_| io::Error::from(io::ErrorKind::TimedOut);
            connection.await.map_err(timed_out)?
        })
    }
}
