//! Under which conditions a person sees the page: window, colours and motion, scripts, network. The kit starts the browser.

use serde_json::json;

use crate::kit::Browser;

/// A colour scheme that a person may have set.
#[derive(Clone, Copy, Debug)]
pub enum Scheme {
    Light,
    Dark,
}

impl Scheme {
    pub const BOTH: [Self; 2] = [Self::Light, Self::Dark];

    pub fn name(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

impl Browser {
    /// Gives the window this width in CSS pixels.
    pub async fn be_wide(&self, width: u32) {
        let height = if width < 600 { 844 } else { 800 };
        self.be_sized(width, height).await;
    }

    /// Gives the window this size in CSS pixels.
    pub async fn be_sized(&self, width: u32, height: u32) {
        let size =
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.devtools("Emulation.setDeviceMetricsOverride", size)
            .await;
    }

    /// Prefers this colour scheme from now on, as an operating system does.
    pub async fn prefer(&self, scheme: Scheme) {
        self.emulate(&[("prefers-color-scheme", scheme.name())])
            .await;
    }

    /// Sets these media features from now on.
    pub async fn emulate(&self, features: &[(&str, &str)]) {
        let features: Vec<_> = features
            .iter()
            .map(|(name, value)| json!({ "name": name, "value": value }))
            .collect();
        self.devtools(
            "Emulation.setEmulatedMedia",
            json!({ "features": features }),
        )
        .await;
    }

    /// Switches the pages' scripts off or on; a page that is open is to be loaded again.
    pub async fn run_scripts(&self, on: bool) {
        self.devtools(
            "Emulation.setScriptExecutionDisabled",
            json!({ "value": !on }),
        )
        .await;
    }

    /// Runs a script in every page before those of the page.
    pub async fn before_each_page(&self, script: &str) {
        let source = json!({ "source": script });
        self.devtools("Page.addScriptToEvaluateOnNewDocument", source)
            .await;
    }

    /// Lets the test's own scripts import modules, which the pages' policy allows only to scripts with its nonce.
    pub async fn ignore_script_policy(&self) {
        self.devtools("Page.setBypassCSP", json!({ "enabled": true }))
            .await;
    }

    /// Loses the network, or finds it again.
    pub async fn be_offline(&self, is_offline: bool) {
        let network = json!({
            "offline": is_offline, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1
        });
        self.devtools("Network.emulateNetworkConditions", network)
            .await;
    }
    /// Zooms to this many times the usual size in a window of 1280 by 1024 pixels: fewer CSS pixels, each of them larger.
    pub async fn zoom(&self, times: u32) {
        let size = json!({
            "width": 1280 / times, "height": 1024 / times, "deviceScaleFactor": times, "mobile": false
        });
        self.devtools("Emulation.setDeviceMetricsOverride", size)
            .await;
    }

    /// Has the network that Chromium's developer tools call "Slow 3G": 2 s of latency, 50 kB/s.
    pub async fn be_on_slow_3g(&self) {
        let network = json!({
            "offline": false, "latency": 2000, "downloadThroughput": 50_000, "uploadThroughput": 50_000
        });
        self.devtools("Network.emulateNetworkConditions", network)
            .await;
    }

    /// Holds requests of addresses like this back until [`release`](Self::release).
    pub async fn hold(&self, pattern: &str) {
        let patterns = json!({ "patterns": [{ "urlPattern": pattern }] });
        self.devtools("Fetch.enable", patterns).await;
    }

    /// Lets the held requests go.
    pub async fn release(&self) {
        self.devtools("Fetch.disable", json!({})).await;
    }
}
