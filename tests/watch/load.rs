//! A program, and a little of everything that it counts.

use bff_testing::{Binary, Browser, Program, Request, fetch, send};
use wiremock::{Mock, MockServer, ResponseTemplate, matchers::any};

/// The program as it was built.
const BINARY: Binary = Binary(env!(concat!("CARGO_BIN_EXE_", env!("CARGO_PKG_NAME"))));

/// A program with an upstream, and a browser.
pub struct Watched {
    pub program: Program,
    browser: Browser,
    _upstream: MockServer,
}

impl Watched {
    pub async fn start() -> Self {
        let upstream = MockServer::start().await;
        Mock::given(any())
            .respond_with(ResponseTemplate::new(200).set_body_string("well"))
            .mount(&upstream)
            .await;
        let config = format!(
            "[[proxy]]\nname = 'models'\nupstream = '{}'\nmethods = ['GET']\npaths = ['/*']\n",
            upstream.uri()
        );
        // Few requests are over the limit of a session.
        let limits = [
            ("BFF_LIMITS__SESSION_RATE", "1"),
            ("BFF_LIMITS__SESSION_BURST", "20"),
        ];
        let program = BINARY.start_over(&config, &limits).await;
        program.sign_in_as("demo").await;
        let browser = program.browser();
        Self {
            program,
            browser,
            _upstream: upstream,
        }
    }

    /// Causes every kind of event once.
    pub async fn use_everything(&self) {
        self.browser.sign_in().await;
        self.browser.open("/").await;
        for path in ["/api/user/info", "/api/proxy/models/v1"] {
            assert_eq!(self.browser.fetch("GET", path).await.status, 200);
        }
        self.program.expire_tokens("demo").await;
        self.browser.fetch("GET", "/api/user/info").await;
        self.program.break_once("userinfo", "html_502").await;
        self.browser.fetch("GET", "/api/user/info").await;
        for _ in 0..25 {
            self.browser.fetch("GET", "/api/session").await;
        }
        let report = r#"[{"type":"csp-violation","body":{"effectiveDirective":"script-src","blockedURL":"inline","disposition":"enforce"}}]"#;
        let report = fetch("POST", "/csp-report")
            .header("Content-Type", "application/reports+json")
            .body(report);
        self.browser.send_bare(report).await;
        self.browser
            .send_bare(Request::new("POST", "/auth/logout"))
            .await;
        self.browser.fetch("POST", "/auth/logout").await;
    }

    /// The answer of `/metrics`, in the text format of Prometheus.
    pub async fn metrics(&self) -> String {
        let request = Request::new("GET", "/metrics");
        send(&self.program.addresses.admin, "x", &request)
            .await
            .text()
    }
}
