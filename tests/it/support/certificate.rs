//! A certificate for servers of a test, which a program is told to trust by `SSL_CERT_FILE`.

use std::process::Command;

use tempfile::TempDir;

/// A certificate and its key, good for 127.0.0.1 and a day.
pub struct Certificate(TempDir);

impl Certificate {
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

    /// The certificate as PEM.
    pub fn file(&self) -> String {
        self.path("cert.pem")
    }

    /// Its private key as PEM.
    pub fn key(&self) -> String {
        self.path("key.pem")
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).display().to_string()
    }
}

/// For 127.0.0.1, and no authority over others; good for a day.
fn make_certificate(settings: &str, key: &str, certificate: &str) {
    let text = "[req]\nprompt = no\ndistinguished_name = name\nx509_extensions = more\n\
                [name]\nCN = test\n\
                [more]\nsubjectAltName = IP:127.0.0.1\nbasicConstraints = critical, CA:FALSE\n";
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
