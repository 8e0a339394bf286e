//! A provider that lives in the test's own process, and so outlives the program; with a recorder between the two where a
//! test wants to know every secret that passed.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use oauth_sandbox::{Sandbox, SandboxClient, SandboxSettings, start};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::browser::Browser;
use super::program::Program;

pub const CLIENT_ID: &str = "client_of_the_test";
pub const CLIENT_SECRET: &str = "canary-client-secret-c1d7e5b2";

/// The app's public origin: nobody listens there, and the browser of these tests knows the way.
const ORIGIN: &str = "http://127.0.0.1:9";

/// A provider in this process.
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
        developer_token: None,
    })
    .await
    .expect("the provider starts")
}

async fn program(sandbox: &Sandbox, api_server: &str) -> Program {
    program_with(sandbox, api_server, "", &[]).await
}

/// A program that calls this provider at `api_server`, with further settings and variables.
pub async fn program_with(
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
    let mut program = Program::start_over(config, &[&shared, environment].concat()).await;
    program.sandbox = base;
    program.sign_in_as("demo").await;
    program
}

/// A provider that does not end with the program, and a program that knows it.
pub async fn beside_a_provider() -> (Sandbox, Program) {
    let sandbox = sandbox().await;
    let program = program(&sandbox, &sandbox.base_url()).await;
    (sandbox, program)
}

/// The same with a recorder between the program and the provider.
pub async fn behind_a_recorder() -> (Sandbox, Recorder, Program) {
    let sandbox = sandbox().await;
    let recorder = Recorder::before(&sandbox).await;
    let program = program(&sandbox, &recorder.base).await;
    (sandbox, recorder, program)
}

/// A browser that was never here.
pub fn browser(program: &Program) -> Browser {
    Browser::new(ORIGIN, &program.addresses.public)
}

/// Passes every byte on in both directions, and keeps a copy.
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

    /// Every value that stood behind one of these openings, up to a quote, an ampersand or white space.
    pub fn values(&self, openings: &[&str]) -> BTreeSet<String> {
        let passed = self.passed.lock().expect("nobody panics with it");
        let text = String::from_utf8_lossy(&passed);
        let mut found = BTreeSet::new();
        for opening in openings {
            for rest in text.split(opening).skip(1) {
                let end = rest.find(['"', '&', '\r', '\n', ' ']).unwrap_or(rest.len());
                // Bodies follow their heads without a mark: a form's last value may run into the next head.
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
            .expect("nobody panics with it")
            .extend_from_slice(&piece[..length]);
        if to.write_all(&piece[..length]).await.is_err() {
            return;
        }
    }
    // The other side may be gone already.
    drop(to.shutdown().await);
}
