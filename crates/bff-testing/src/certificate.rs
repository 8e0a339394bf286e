//! A certificate for servers of a test. The program trusts it by `SSL_CERT_FILE`.

use std::process::Command;

use tempfile::TempDir;

/// The settings of an authority, which can give a certificate any time of validity.
const OF_AN_AUTHORITY: &str = "[req]\nprompt = no\ndistinguished_name = name\n[name]\nCN = test\n\
    [ca]\ndefault_ca = one\n\
    [one]\nnew_certs_dir = .\ndatabase = index\nrand_serial = yes\ndefault_md = sha256\npolicy = any\nx509_extensions = more\n\
    [any]\ncommonName = supplied\n\
    [more]\nsubjectAltName = IP:127.0.0.1\nbasicConstraints = critical, CA:FALSE\n";

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

    /// Creates one that expired in 2020.
    #[must_use]
    pub fn expired() -> Self {
        let certificate = Self::new();
        let folder = certificate.0.path();
        for (name, text) in [("openssl.conf", OF_AN_AUTHORITY), ("index", "")] {
            std::fs::write(folder.join(name), text).expect("it can be written");
        }
        let conf = ["-config", "openssl.conf"];
        let request = ["req", "-new", "-key", "key.pem", "-out", "request.pem"];
        let sign = [
            "ca",
            "-batch",
            "-selfsign",
            "-notext",
            "-keyfile",
            "key.pem",
        ];
        let files = ["-in", "request.pem", "-out", "cert.pem"];
        let times = [
            "-startdate",
            "20200101000000Z",
            "-enddate",
            "20200201000000Z",
        ];
        for arguments in [
            [&request[..], &conf].concat(),
            [&sign[..], &files, &times, &conf].concat(),
        ] {
            let mut openssl = Command::new("openssl");
            assert_done(openssl.current_dir(folder).args(arguments));
        }
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
    assert_done(
        Command::new("openssl")
            .args(["req", "-x509", "-noenc", "-days", "1"])
            .args(["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"])
            .args(["-config", settings, "-keyout", key, "-out", certificate]),
    );
}

fn assert_done(command: &mut Command) {
    let made = command.output().expect("openssl must be installed");
    let complaints = String::from_utf8_lossy(&made.stderr);
    assert!(made.status.success(), "{complaints}");
}
