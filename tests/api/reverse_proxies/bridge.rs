//! Carries plain connections to a server with TLS, so that a test writes and reads every byte of a request to it.

use std::sync::Arc;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use crate::support::*;

/// A listener on loopback. It ends with the value.
pub struct Bridge {
    /// Where it listens.
    pub address: String,
    listening: tokio::task::JoinHandle<()>,
}

impl Bridge {
    /// Opens a way to the server of this name at this address, which must present this certificate.
    pub async fn to(server: String, name: &'static str, certificate: &Certificate) -> Self {
        let pem = CertificateDer::from_pem_file(certificate.file()).expect("a certificate");
        let mut roots = RootCertStore::empty();
        roots.add(pem).expect("a certificate");
        let config = ClientConfig::builder()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let connector = TlsConnector::from(Arc::new(config));
        let name = ServerName::try_from(name).expect("a host name");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("it is bound").to_string();
        let listening = tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                tokio::spawn(carry(near, server.clone(), name.clone(), connector.clone()));
            }
        });
        Self { address, listening }
    }
}

impl Drop for Bridge {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

async fn carry(mut near: TcpStream, server: String, name: ServerName<'static>, tls: TlsConnector) {
    let Ok(far) = TcpStream::connect(server).await else {
        return;
    };
    let mut far = tls.connect(name, far).await.expect("a TLS handshake");
    // The end of one side, also a reset, is the end of the other.
    drop(copy_bidirectional(&mut near, &mut far).await);
}
