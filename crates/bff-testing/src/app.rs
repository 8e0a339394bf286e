//! An app in the test's own process.

use std::thread::JoinHandle;

use bff::App;
use bff::app::Program;
use bff::config::{Config, Sources};
use tempfile::TempDir;
use tokio::sync::oneshot;

use crate::browser::Browser;
use crate::launch::PAGE_WAIT_MS;
use crate::sandbox::SandboxControl;

/// Origin that browsers believe to call. No server listens there, because the browser of these tests connects to the app's real port.
const ORIGIN: &str = "http://127.0.0.1:9";

/// A running app with its own sandbox provider, a store in memory and free ports. Dropping it stops the app.
pub struct TestApp {
    /// The sandbox provider: accounts, faults, counters.
    pub sandbox: SandboxControl,
    address: String,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
    _folder: TempDir,
}

impl TestApp {
    /// Starts the app with the default settings.
    pub async fn start(app: App) -> Self {
        Self::with(app, &[]).await
    }

    /// Starts the app with these environment variables, such as `("BFF_SESSION__IDLE_TTL", "5s")`. The environment of the test's process and `.env`
    /// are not read.
    ///
    /// # Panics
    /// Panics when the settings are invalid or the app does not start.
    pub async fn with(app: App, variables: &[(&str, &str)]) -> Self {
        let folder = TempDir::new().expect("a folder can be made");
        let config = config(&app, &folder, variables);
        let (stop, stopped) = oneshot::channel();
        let (tell, started) = oneshot::channel();
        // The app has its own runtime, so that it neither waits for the test nor ends before `drop` has stopped it.
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .worker_threads(1)
                .enable_all()
                .build()
                .expect("a runtime can be built");
            runtime.block_on(async {
                let program = Program::build(app, &config).await;
                let program = program.unwrap_or_else(|error| panic!("it does not start: {error}"));
                drop(tell.send(program.addresses().clone()));
                let stopped = async { drop(stopped.await) };
                program.run_until(stopped).await.expect("it runs");
            });
        });
        let addresses = started.await.expect("the app starts");
        let control_page = addresses.sandbox.expect("the sandbox runs");
        Self {
            sandbox: SandboxControl::new(control_page.trim_end_matches("/sandbox")),
            address: addresses.app.to_string(),
            stop: Some(stop),
            thread: Some(thread),
            _folder: folder,
        }
    }

    /// Returns a new browser, without cookies.
    #[must_use]
    pub fn browser(&self) -> Browser {
        Browser::new(ORIGIN, &self.address)
    }

    /// Returns a new browser in which this user has signed in through the real login. Creates the account at the sandbox when it does not exist.
    pub async fn sign_in(&self, name: &str) -> Browser {
        self.sandbox.sign_in_as(name).await;
        let browser = self.browser();
        browser.sign_in().await;
        browser
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        drop(self.stop.take());
        let ended = self.thread.take().map(JoinHandle::join);
        let has_failed = ended.is_some_and(|ended| ended.is_err());
        assert!(!has_failed || std::thread::panicking(), "the app panicked");
    }
}

/// Checks the templates and words of the app: renders every page of the engine in every state and language, and looks up every word and file that
/// the templates name.
///
/// # Panics
/// Panics with one line for each fault.
pub fn check_pages(app: &App) {
    let folder = TempDir::new().expect("a folder can be made");
    let pages = app.pages(&config(app, &folder, &[]));
    let faults = pages.unwrap_or_else(|error| panic!("{error}")).check();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

fn config(app: &App, folder: &TempDir, variables: &[(&str, &str)]) -> Config {
    let redirect_uri = format!("{ORIGIN}/oauth/callback");
    let own = [
        ("BFF_SERVER__LISTEN", "127.0.0.1:0"),
        ("BFF_PROVIDER__PAGE_WAIT_MS", PAGE_WAIT_MS),
        ("BFF_SERVER__ADMIN_LISTEN", "127.0.0.1:0"),
        ("BFF_SANDBOX__LISTEN", "127.0.0.1:0"),
        ("OAUTH_REDIRECT_URI", &redirect_uri),
        ("SESSION_STORE", "memory:"),
    ];
    let sources = own
        .iter()
        .chain(variables)
        .fold(Sources::new(folder.path()), |sources, (name, value)| {
            sources.with(*name, *value)
        });
    let loaded = Config::load(&app.add_settings_to(sources));
    loaded.unwrap_or_else(|faults| panic!("{faults}")).config
}
