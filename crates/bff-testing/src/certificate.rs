//! A certificate for servers of a test. The program trusts it by `SSL_CERT_FILE`.

use std::process::Command;

use tempfile::TempDir;

/// A self-signed certificate for 127.0.0.1 and localhost, valid for a day, and its key.
pub struct Certificate(TempDir);

impl Certificate {
    /// Creates a certificate with `openssl`.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "it writes files")]
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let certificate = Self(folder);
        make_certificate(
            &certificate.path("openssl.conf"),
            &certificate.key(),
            &certificate.file(),
        );
        certificate
    }

    /// Returns the path of the certificate (PEM).
    #[must_use]
    pub fn file(&self) -> String {
        self.path("cert.pem")
    }

    /// Returns the path of the private key (PEM).
    #[must_use]
    pub fn key(&self) -> String {
        self.path("key.pem")
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).display().to_string()
    }
}

fn make_certificate(settings: &str, key: &str, certificate: &str) {
    let text = "[req]\nprompt = no\ndistinguished_name = name\nx509_extensions = more\n\
                [name]\nCN = test\n\
                [more]\nsubjectAltName = IP:127.0.0.1, DNS:localhost\nbasicConstraints = critical, CA:FALSE\n";
    std::fs::write(settings, text).expect("it can be written");
    let made = Command::new("openssl")
        .args(["req", "-x509", "-noenc", "-days", "1"])
        .args(["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"])
        .args(["-config", settings, "-keyout", key, "-out", certificate])
        .output();
    let made = made.expect("openssl must be installed");
    assert!(
        made.status.success(),
        "{}",
        String::from_utf8_lossy(&made.stderr)
    );
}
