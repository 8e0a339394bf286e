//! Pictures of pages, and what axe and html-validate judge. Both need `scripts/bootstrap browser`.

use std::fs;
use std::path::{Path, PathBuf};

use base64::prelude::{BASE64_STANDARD, Engine};
use serde_json::json;

use crate::conditions::Scheme;
use crate::kit::Browser;

/// The widths that every page is looked at: a phone and a desk.
pub const WIDTHS: [u32; 2] = [390, 1280];

impl Browser {
    /// Saves the whole page, not only what fits the window, as `NAME.png`, and its HTML.
    pub async fn photograph(&self, name: &str) {
        self.keep_html(name).await;
        self.photograph_to(&artefacts("screenshots").join(format!("{name}.png")))
            .await;
    }

    /// Saves the page as the server sent it and as scripts have changed it, for `just html`.
    async fn keep_html(&self, name: &str) {
        let tree = self.devtools("Page.getFrameTree", json!({})).await;
        // The request of a document has the id of its loader.
        let request = json!({ "requestId": tree["frameTree"]["frame"]["loaderId"] });
        let sent = self.devtools("Network.getResponseBody", request).await;
        let sent = sent["body"].as_str().expect("a page is text");
        let shown = self
            .ask("return `<!doctype html>\n${document.documentElement.outerHTML}`")
            .await;
        let shown = shown.as_str().expect("a page is text");
        for (kind, html) in [("sent", sent), ("shown", shown)] {
            let file = artefacts("html").join(format!("{name}.{kind}.html"));
            fs::write(file, html).expect("a page can be saved");
        }
    }

    /// Saves the whole page to a file.
    pub async fn photograph_to(&self, file: &Path) {
        let metrics = self.devtools("Page.getLayoutMetrics", json!({})).await;
        let page = &metrics["cssContentSize"];
        let clip = json!({
            "x": 0, "y": 0, "width": page["width"], "height": page["height"], "scale": 1
        });
        let wishes = json!({ "format": "png", "captureBeyondViewport": true, "clip": clip });
        let shot = self.devtools("Page.captureScreenshot", wishes).await;
        let png = BASE64_STANDARD
            .decode(shot["data"].as_str().unwrap_or_default())
            .expect("a screenshot comes as base64");
        fs::write(file, png).expect("a screenshot can be saved");
    }

    /// Has axe judge the page by the rules of WCAG 2.2 at the levels A and AA, and by good practice.
    pub async fn assert_accessible(&self, state: &str) {
        const AXE: &str = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/pages/node_modules/axe-core/axe.min.js"
        );
        let axe = fs::read_to_string(AXE).expect("run scripts/bootstrap browser");
        let judge = "return window.judged = axe.run().then(({ violations }) => violations.map(\
            ({ id, nodes }) => `${id}: ${nodes.map((node) => node.target).join(', ')}`))";
        let violations = self.ask(&format!("{axe};{judge}")).await;
        assert_eq!(violations, json!([]), "{state}");
    }

    /// Saves the page at each width in each colour scheme, as `NAME-WIDTH-SCHEME.png`, has axe judge it, and saves its HTML. Leaves the
    /// window at the last width, light.
    pub async fn photograph_all(&self, name: &str) {
        self.keep_html(name).await;
        for width in WIDTHS {
            self.be_wide(width).await;
            for scheme in Scheme::BOTH {
                // A colour in the middle of its transition belongs to neither scheme.
                let colours = ("prefers-color-scheme", scheme.name());
                self.emulate(&[colours, ("prefers-reduced-motion", "reduce")])
                    .await;
                let state = format!("{name}-{width}-{}", scheme.name());
                let file = artefacts("screenshots").join(format!("{state}.png"));
                self.photograph_to(&file).await;
                self.assert_accessible(&state).await;
            }
        }
        self.prefer(Scheme::Light).await;
    }
}

/// A folder under `target/test-artefacts/`, made when it is not there.
pub fn artefacts(folder: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("target/test-artefacts")
        .join(folder);
    fs::create_dir_all(&path).expect("the folder for artefacts can be made");
    path
}
