//! TLS to PostgreSQL with rustls, and how much of the server's certificate is checked. Called by `dial`.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_postgres::tls::{ChannelBinding, MakeTlsConnect, TlsConnect, TlsStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::client;
use tokio_rustls::rustls::client::WantsClientCert;
use tokio_rustls::rustls::client::WebPkiServerVerifier;
use tokio_rustls::rustls::client::danger::{
    HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier,
};
use tokio_rustls::rustls::crypto::{
    CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature,
};
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use tokio_rustls::rustls::{
    CertificateError, ClientConfig, ConfigBuilder, DigitallySignedStruct, Error, RootCertStore,
    SignatureScheme,
};

use super::fault::Fault;
use crate::postgres_servers::{PostgresRoots, PostgresServers, PostgresTls};
use crate::redis_servers::ClientCertificate;

/// The settings of TLS.
#[derive(Clone)]
pub struct Tls(Arc<ClientConfig>);

impl Tls {
    /// Reads the client certificate if there is one, and the trusted roots if the mode needs them.
    ///
    /// # Errors
    /// [`Fault::NoConnection`] when a file cannot be read.
    pub fn new(servers: &PostgresServers) -> Result<Self, Fault> {
        let (mode, roots) = (servers.tls, &servers.roots);
        let provider = Arc::new(aws_lc_rs::default_provider());
        let is_checked = match mode {
            PostgresTls::VerifyCa | PostgresTls::VerifyFull => true,
            PostgresTls::Require => *roots != PostgresRoots::System,
            PostgresTls::Disable | PostgresTls::Prefer => false,
        };
        let inner = match is_checked {
            true => Some(verifier(roots, &provider)?),
            false => None,
        };
        let check = Check {
            inner,
            is_named: mode == PostgresTls::VerifyFull,
            provider: Arc::clone(&provider),
        };
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|_| Fault::NoConnection("TLS cannot be used"))?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(check));
        let config = match &servers.client_certificate {
            Some(files) => with_certificate(config, files)?,
            None => config.with_no_client_auth(),
        };
        Ok(Self(Arc::new(config)))
    }
}

fn with_certificate(
    config: ConfigBuilder<ClientConfig, WantsClientCert>,
    files: &ClientCertificate,
) -> Result<ClientConfig, Fault> {
    let unreadable =
        Fault::NoConnection("session.client_certificate or session.client_key cannot be used");
    let chain = CertificateDer::pem_file_iter(&files.certificate);
    let chain: Result<Vec<_>, _> = chain.and_then(Iterator::collect);
    let key = PrivateKeyDer::from_pem_file(&files.key);
    let (Ok(chain), Ok(key)) = (chain, key) else {
        return Err(unreadable);
    };
    let config = config.with_client_auth_cert(chain, key);
    config.map_err(|_| unreadable)
}

fn verifier(
    roots: &PostgresRoots,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<WebPkiServerVerifier>, Fault> {
    let mut store = RootCertStore::empty();
    match roots {
        PostgresRoots::System => {
            let found = rustls_native_certs::load_native_certs();
            store.add_parsable_certificates(found.certs);
        }
        PostgresRoots::File(path) => {
            let found = CertificateDer::pem_file_iter(path);
            let found: Result<Vec<_>, _> = found.and_then(Iterator::collect);
            let unreadable = Fault::NoConnection("the sslrootcert of PostgreSQL cannot be read");
            store.add_parsable_certificates(found.map_err(|_| unreadable)?);
        }
    }
    let none = Fault::NoConnection(
        "there are no trusted root certificates to check PostgreSQL with; set sslrootcert",
    );
    WebPkiServerVerifier::builder_with_provider(Arc::new(store), Arc::clone(provider))
        .build()
        .map_err(|_| none)
}

/// The check of a server's certificate. The server always proves that it has the certificate's key.
#[derive(Debug)]
struct Check {
    /// Checks that the certificate leads to a root; `None` when it may lead anywhere.
    inner: Option<Arc<WebPkiServerVerifier>>,
    /// The certificate must name the host.
    is_named: bool,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Check {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let Some(inner) = &self.inner else {
            return Ok(ServerCertVerified::assertion());
        };
        match inner.verify_server_cert(certificate, intermediates, name, ocsp, now) {
            // The name is checked last, so that everything else is as it must be.
            Err(Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) if !self.is_named => Ok(ServerCertVerified::assertion()),
            checked => checked,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        let algorithms = &self.provider.signature_verification_algorithms;
        algorithms.supported_schemes()
    }
}

/// The settings and the name of one server.
pub struct Named {
    config: Arc<ClientConfig>,
    name: ServerName<'static>,
}

impl<S> MakeTlsConnect<S> for Tls
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    type Stream = Encrypted<S>;
    type TlsConnect = Named;
    type Error = io::Error;

    fn make_tls_connect(&mut self, host: &str) -> io::Result<Named> {
        // A socket has no name, and is used without TLS.
        let name = if host.is_empty() { "localhost" } else { host };
        let name = ServerName::try_from(name.to_owned());
        let name = name.map_err(|_| io::Error::from(io::ErrorKind::InvalidInput))?;
        let config = Arc::clone(&self.0);
        Ok(Named { config, name })
    }
}

impl<S> TlsConnect<S> for Named
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    type Stream = Encrypted<S>;
    type Error = io::Error;
    type Future = BoxFuture<'static, io::Result<Encrypted<S>>>;

    fn connect(self, stream: S) -> Self::Future {
        let connecting = TlsConnector::from(self.config).connect(self.name, stream);
        async { connecting.await.map(Box::new).map(Encrypted) }.boxed()
    }
}

/// An encrypted connection.
pub struct Encrypted<S>(Box<client::TlsStream<S>>);

impl<S: AsyncRead + AsyncWrite + Unpin> TlsStream for Encrypted<S> {
    /// Returns none, because it would need a parser of certificates. The login by SCRAM works without it.
    fn channel_binding(&self) -> ChannelBinding {
        ChannelBinding::none()
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Encrypted<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, buffer)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Encrypted<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}
