//! J. `/api/proxy/`: a program with one upstream, which is a server of the test's own: it keeps every byte that it is sent and answers what it is told to.

mod requests;
mod server;

use server::Upstream;

use crate::support::*;

/// A program whose upstream `models` is a server of the test, and a browser that is signed in there.
struct Place {
    upstream: Upstream,
    program: Program,
    browser: Browser,
}

impl Place {
    async fn new() -> Self {
        Self::with("", &[]).await
    }

    /// With these further lines in the upstream's table, and these variables.
    async fn with(lines: &str, environment: &[(&str, &str)]) -> Self {
        let upstream = Upstream::start().await;
        let config = format!(
            "[[proxy]]\nname = 'models'\nupstream = '{}/base'\nmethods = ['GET', 'HEAD', 'POST', 'DELETE']\n\
             paths = ['/v1/models', '/v1/chat/*']\n{lines}\n",
            upstream.base
        );
        let program = Program::start_over(&config, environment).await;
        program.sign_in_as("demo").await;
        let browser = program.browser();
        browser.sign_in().await;
        Self {
            upstream,
            program,
            browser,
        }
    }

    /// A fetch of our own page through the program.
    async fn ask(&self, method: &str, path: &str) -> Answer {
        self.send(fetch(method, &format!("/api/proxy/models{path}")))
            .await
    }

    async fn send(&self, request: Request) -> Answer {
        self.browser.send(request, Initiator::SameOrigin).await
    }
}
