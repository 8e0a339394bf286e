//! One headless Chromium for one test: started with an empty profile, asked in the words of a person
//! (see, click, read), ended when the value is dropped, also by a panic. It never waits a fixed time:
//! it asks again until the page shows what is expected, and fails with what it shows instead.

use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use thirtyfour::prelude::*;
use thirtyfour::{ChromiumLikeCapabilities, LoggingPrefsLogLevel, PageLoadStrategy, WindowHandle};

use crate::driver::DriverProcess;

/// How long a page may take to show what is expected. It bounds a failure, it measures nothing.
const PATIENCE: Duration = Duration::from_secs(20);
const ASK_AGAIN: Duration = Duration::from_millis(50);

const FLAGS: &[&str] = &[
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    // A desk has a mouse, also where the machine that runs the tests has none.
    "--blink-settings=primaryPointerType=4,availablePointerTypes=4,primaryHoverType=2,availableHoverTypes=2",
    // The reader of these tests reads the first language.
    "--accept-lang=zh-TW",
];

/// A running browser: the session, its driver, its profile. What is left of them ends on drop.
pub struct Browser {
    pub driver: WebDriver,
    process: DriverProcess,
    profile: TempDir,
}

impl Browser {
    /// Starts a driver on a free port and a browser that nobody has used, 1280 pixels wide.
    pub async fn start() -> Self {
        Self::start_with_preferences(json!({})).await
    }

    /// The same with settings that a person may have changed, by Chromium's names.
    pub async fn start_with_preferences(preferences: Value) -> Self {
        Self::start_as(preferences, PageLoadStrategy::Normal).await
    }

    /// The same, but the test goes on before a page is loaded.
    pub async fn start_impatient() -> Self {
        Self::start_as(json!({}), PageLoadStrategy::None).await
    }

    async fn start_as(preferences: Value, waits: PageLoadStrategy) -> Self {
        let process = DriverProcess::start();
        let profile = TempDir::new().expect("a profile folder can be made");
        let mut wishes = DesiredCapabilities::chrome();
        for flag in FLAGS {
            wishes.add_arg(flag).expect("a flag is accepted");
        }
        let folder = format!("--user-data-dir={}", profile.path().display());
        wishes.add_arg(&folder).expect("a flag is accepted");
        wishes
            .set_browser_log_level(LoggingPrefsLogLevel::All)
            .expect("logs can be asked for");
        wishes
            .add_experimental_option("prefs", preferences)
            .expect("preferences are accepted");
        wishes
            .set_page_load_strategy(waits)
            .expect("the strategy is known");
        let driver = WebDriver::new(format!("http://{}", process.address), wishes)
            .await
            .expect("Chromium starts");
        let browser = Self {
            driver,
            process,
            profile,
        };
        browser.be_wide(1280).await;
        // What the server sends can be read again from then on.
        browser.devtools("Network.enable", json!({})).await;
        browser
    }

    pub async fn open(&self, url: &str) {
        self.driver
            .goto(url)
            .await
            .expect("the address can be opened");
    }

    /// Runs a function's body in the page, and returns what it returns.
    pub async fn ask(&self, script: &str) -> Value {
        let answer = self.driver.execute(script, Vec::new()).await;
        answer.expect("the page can be asked").json().clone()
    }

    /// Waits until the page shows an element for this selector, and returns it.
    pub async fn see(&self, css: &str) -> WebElement {
        for _ in 0..attempts() {
            for element in self.all(css).await {
                if element.is_displayed().await.is_ok_and(|shown| shown) {
                    return element;
                }
            }
            tokio::time::sleep(ASK_AGAIN).await;
        }
        self.fail(&format!("`{css}` is not on the page")).await
    }

    /// Waits until such an element says this.
    pub async fn read(&self, css: &str, text: &str) {
        for _ in 0..attempts() {
            for element in self.all(css).await {
                if element.text().await.is_ok_and(|says| says.contains(text)) {
                    return;
                }
            }
            tokio::time::sleep(ASK_AGAIN).await;
        }
        self.fail(&format!("`{css}` does not say {text:?}")).await;
    }

    pub async fn click(&self, css: &str) {
        if let Err(error) = self.see(css).await.click().await {
            self.fail(&format!("`{css}` cannot be clicked: {error}"))
                .await;
        }
    }

    /// The elements there are now. None where the page is just being replaced: an error here, and in
    /// what is asked of an element, means no more than "not yet".
    async fn all(&self, css: &str) -> Vec<WebElement> {
        self.driver.find_all(By::Css(css)).await.unwrap_or_default()
    }

    /// Waits until the address satisfies the condition.
    pub async fn arrive(&self, at: &str, is_there: impl Fn(&url::Url) -> bool) {
        for _ in 0..attempts() {
            let here = self
                .driver
                .current_url()
                .await
                .expect("a window has an address");
            if is_there(&here) {
                return;
            }
            tokio::time::sleep(ASK_AGAIN).await;
        }
        self.fail(&format!("did not arrive at {at}")).await;
    }

    /// Waits for a window that is none of these, and goes there.
    pub async fn go_to_window_beside(&self, known: &[WindowHandle]) {
        let is_new = |open: &[WindowHandle]| open.iter().find(|one| !known.contains(one)).cloned();
        let new = self.wait_for_windows("no new window opened", is_new).await;
        self.driver
            .switch_to_window(new)
            .await
            .expect("the window is open");
    }

    /// Waits until this is the only window, and goes there.
    pub async fn only_window_left(&self, window: &WindowHandle) {
        let is_alone = |open: &[WindowHandle]| (open == [window.clone()]).then_some(());
        self.wait_for_windows("another window stays open", is_alone)
            .await;
        self.driver
            .switch_to_window(window.clone())
            .await
            .expect("the window is open");
    }

    async fn wait_for_windows<T>(
        &self,
        otherwise: &str,
        find: impl Fn(&[WindowHandle]) -> Option<T>,
    ) -> T {
        for _ in 0..attempts() {
            let open = self.driver.windows().await.expect("windows can be listed");
            if let Some(found) = find(&open) {
                return found;
            }
            tokio::time::sleep(ASK_AGAIN).await;
        }
        panic!("{otherwise}");
    }

    /// What went wrong in the browser since it was last asked: script errors, `console.error`,
    /// refused by the content security policy, failed loads.
    pub async fn complaints(&self) -> Vec<String> {
        let log = self
            .driver
            .browser_log()
            .await
            .expect("the browser has a log");
        let loud = log
            .into_iter()
            .filter(|entry| entry.level == "SEVERE" || entry.level == "WARNING");
        let messages = loud.map(|entry| entry.message);
        messages
            .filter(|message| !is_of_the_browser(message))
            .collect()
    }

    /// Fails if the browser has complained, and ends it.
    pub async fn finish(self) {
        let complaints = self.complaints().await;
        assert!(
            complaints.is_empty(),
            "the browser complained:\n{}",
            complaints.join("\n")
        );
        self.driver.clone().quit().await.expect("the browser ends");
    }

    /// The driver's process and the browser's folder, for the test that nothing stays behind.
    pub fn processes(&self) -> (u32, PathBuf) {
        (self.process.id(), self.profile.path().to_owned())
    }

    pub async fn devtools(&self, method: &str, parameters: Value) -> Value {
        let answer = self.driver.cdp().send_raw(method, parameters).await;
        answer.unwrap_or_else(|error| panic!("{method}: {error}"))
    }

    async fn fail(&self, what: &str) -> ! {
        let here = self
            .driver
            .current_url()
            .await
            .map_or_else(|_| "-".to_owned(), Into::into);
        let page = self.driver.source().await.unwrap_or_default();
        let complaints = self.complaints().await.join("\n");
        panic!("{what}\naddress: {here}\ncomplaints: {complaints}\npage: {page}");
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The crate's own ending waits for this test's runtime, which stands still while we are here.
        if self.driver.clone().leak().is_ok() {
            self.process.end_session(self.driver.session_id());
        }
    }
}

/// Whether the browser complains of itself: of a page of its own, or of a manifest of which it read nothing because its window was closed.
fn is_of_the_browser(message: &str) -> bool {
    message.starts_with("chrome://")
        || message.ends_with("Manifest: Line: 1, column: 1, Syntax error.")
}

fn attempts() -> u128 {
    PATIENCE.as_millis() / ASK_AGAIN.as_millis()
}
