//! A provider in the test's own process, which outlives the program. A recorder between the two can keep every byte, for tests that search for
//! secrets.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use oauth_sandbox::{Sandbox, SandboxClient, SandboxSettings, start};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::browser::Browser;
use crate::launch::Binary;
use crate::program::Program;
use crate::sandbox::SandboxControl;

/// The client id of the program.
pub const CLIENT_ID: &str = "client_of_the_test";
/// The client secret of the program.
pub const CLIENT_SECRET: &str = "canary-client-secret-c1d7e5b2";

/// The app's public origin. No server listens there, because the browser of these tests connects to the program's real port.
const ORIGIN: &str = "http://127.0.0.1:9";

/// Starts a provider in this process.
pub async fn sandbox() -> Sandbox {
    start(SandboxSettings {
        listen: ([127, 0, 0, 1], 0).into(),
        clients: vec![SandboxClient {
            client_id: CLIENT_ID.to_owned(),
            client_secret: CLIENT_SECRET.to_owned().into(),
            redirect_uri: format!("{ORIGIN}/oauth/callback"),
            name: "test".to_owned(),
        }],
        state_file: None,
        answers: None,
        developer_token: None,
    })
    .await
    .expect("the provider starts")
}

async fn program(binary: Binary, sandbox: &Sandbox, api_server: &str) -> Program {
    program_with(binary, sandbox, api_server, "", &[]).await
}

/// Starts a program that calls this provider at `api_server`, with further settings and variables.
pub async fn program_with(
    binary: Binary,
    sandbox: &Sandbox,
    api_server: &str,
    config: &str,
    environment: &[(&str, &str)],
) -> Program {
    let base = sandbox.base_url();
    let redirect_uri = format!("{ORIGIN}/oauth/callback");
    let shared = [
        ("OAUTH_AUTH_SERVER", base.as_str()),
        ("BFF_OAUTH__API_SERVER", api_server),
        ("OAUTH_CLIENT_ID", CLIENT_ID),
        ("OAUTH_CLIENT_SECRET", CLIENT_SECRET),
        ("OAUTH_REDIRECT_URI", &redirect_uri),
        ("BFF_OAUTH__REVOCATION_PATH", "/api/oauth2/revoke"),
        ("BFF_LOG__AUDIT", "file:audit.jsonl"),
    ];
    let mut program = binary
        .start_over(config, &[&shared, environment].concat())
        .await;
    program.sandbox = SandboxControl::new(base);
    program.sign_in_as("demo").await;
    program
}

/// Starts a provider that does not end with the program, and a program that uses it.
pub async fn beside_a_provider(binary: Binary) -> (Sandbox, Program) {
    let sandbox = sandbox().await;
    let program = program(binary, &sandbox, &sandbox.base_url()).await;
    (sandbox, program)
}

/// Starts the same with a recorder between the program and the provider.
pub async fn behind_a_recorder(binary: Binary) -> (Sandbox, Recorder, Program) {
    let sandbox = sandbox().await;
    let recorder = Recorder::before(&sandbox).await;
    let program = program(binary, &sandbox, &recorder.base).await;
    (sandbox, recorder, program)
}

/// Returns a new browser for such a program, without cookies.
pub fn browser(program: &Program) -> Browser {
    Browser::new(ORIGIN, &program.addresses.public)
}

/// Forwards every byte in both directions, and keeps a copy.
pub struct Recorder {
    base: String,
    passed: Arc<Mutex<Vec<u8>>>,
}

impl Recorder {
    async fn before(sandbox: &Sandbox) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a port is free");
        let base = format!("http://{}", listener.local_addr().expect("it is bound"));
        let (target, passed) = (sandbox.address(), Arc::new(Mutex::default()));
        let copies = Arc::clone(&passed);
        tokio::spawn(async move {
            while let Ok((caller, _)) = listener.accept().await {
                let copies = Arc::clone(&copies);
                tokio::spawn(async move {
                    let callee = TcpStream::connect(target)
                        .await
                        .expect("the provider listens");
                    let (from_caller, to_caller) = caller.into_split();
                    let (from_callee, to_callee) = callee.into_split();
                    tokio::join!(
                        pass(from_caller, to_callee, &copies),
                        pass(from_callee, to_caller, &copies)
                    );
                });
            }
        });
        Self { base, passed }
    }

    /// Returns every value that followed one of these strings, up to a quote, an ampersand or white space.
    pub fn values(&self, openings: &[&str]) -> BTreeSet<String> {
        let passed = self.passed.lock().expect("no test panics with it");
        let text = String::from_utf8_lossy(&passed);
        let mut found = BTreeSet::new();
        for opening in openings {
            for rest in text.split(opening).skip(1) {
                let end = rest.find(['"', '&', '\r', '\n', ' ']).unwrap_or(rest.len());
                // A body has no end mark: the last value of a form may run into the next head.
                let value = rest[..end].split("GET").next().unwrap_or_default();
                found.insert(value.split("POST").next().unwrap_or_default().to_owned());
            }
        }
        found
    }
}

async fn pass(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    copies: &Mutex<Vec<u8>>,
) {
    let mut piece = vec![0; 16 * 1024];
    while let Ok(length @ 1..) = from.read(&mut piece).await {
        copies
            .lock()
            .expect("no test panics with it")
            .extend_from_slice(&piece[..length]);
        if to.write_all(&piece[..length]).await.is_err() {
            return;
        }
    }
    // The other side may have closed already.
    drop(to.shutdown().await);
}
