//! Calls to the provider and to upstreams over HTTP/2, where one connection carries all calls: what happens to them when it ends or stops answering.

pub mod codings;
mod dead;
mod ended;
mod front;

use oauth_sandbox::Sandbox;

use crate::support::provider::{self, program_with, sandbox};
use crate::support::*;
use front::Front;

/// A program that calls its provider, and an upstream `models`, through a front that speaks HTTP/2.
struct Place {
    front: Front,
    program: Program,
    browser: Browser,
    _provider: Sandbox,
}

impl Place {
    async fn new() -> Self {
        Self::with(&[]).await
    }

    /// With these further variables.
    async fn with(environment: &[(&str, &str)]) -> Self {
        Self::over("", environment).await
    }

    /// With these further lines in the upstream's table, and these variables.
    async fn over(lines: &str, environment: &[(&str, &str)]) -> Self {
        let provider = sandbox().await;
        let front = Front::before(&provider.base_url()).await;
        let trusted = front.certificate.file();
        let shared = [("SSL_CERT_FILE", trusted.as_str())];
        let environment = [&shared, environment].concat();
        let config = upstream(&front.base, lines);
        let program = program_with(BINARY, &provider, &front.base, &config, &environment).await;
        let browser = provider::browser(&program);
        browser.sign_in().await;
        Self {
            front,
            program,
            browser,
            _provider: provider,
        }
    }

    /// Asks for the account; the status.
    async fn account(&self) -> u16 {
        self.browser.fetch("GET", "/api/user/info").await.status
    }

    /// Calls the upstream with a body of so many bytes.
    async fn echo(&self, method: &str, length: usize) -> Answer {
        let request = fetch(method, "/api/proxy/models/v1/echo").body(vec![b'x'; length]);
        self.browser.send(request, Initiator::SameOrigin).await
    }
}

/// The table of an upstream `models` at this address.
fn upstream(base: &str, lines: &str) -> String {
    format!(
        "[[proxy]]\nname = 'models'\nupstream = '{base}'\nmethods = ['GET', 'POST']\npaths = ['/v1/*']\n{lines}\n"
    )
}
