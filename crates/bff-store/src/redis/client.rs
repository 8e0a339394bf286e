//! Makes the client of one server, with the client certificate if there is one. Called by `dial` and `sentinels`.

use std::path::{Path, PathBuf};

use redis::{
    Client, ClientTlsConfig, ConnectionInfo, ErrorKind, RedisError, RedisResult, TlsCertificates,
};

use crate::redis_servers::ClientCertificate;

/// Makes a client for this server. It does not connect.
///
/// # Errors
/// When the certificate cannot be read, or is none.
pub async fn open(
    server: ConnectionInfo,
    certificate: Option<&ClientCertificate>,
) -> RedisResult<Client> {
    match certificate {
        Some(files) => Client::build_with_tls(server, certificates(files).await?),
        None => Client::open(server),
    }
}

/// Reads the files of a client certificate. The servers are verified with the trusted roots, as without it.
///
/// # Errors
/// When a file cannot be read.
pub async fn certificates(files: &ClientCertificate) -> RedisResult<TlsCertificates> {
    Ok(TlsCertificates {
        client_tls: Some(ClientTlsConfig {
            client_cert: read(&files.certificate).await?,
            client_key: read(&files.key).await?,
        }),
        root_cert: None,
    })
}

async fn read(file: &Path) -> RedisResult<Vec<u8>> {
    let path: PathBuf = file.to_owned();
    let read = tokio::task::spawn_blocking(move || std::fs::read(path)).await;
    read.ok().and_then(Result::ok).ok_or_else(|| {
        let detail = format!("{} cannot be read", file.display());
        RedisError::from((
            ErrorKind::InvalidClientConfig,
            "the client certificate",
            detail,
        ))
    })
}
