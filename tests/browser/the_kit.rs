//! Proves the kit on pages of its own: that it sees, that it hears complaints, and that nothing
//! stays behind.

use std::path::Path;

use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::conditions::Scheme;
use crate::kit::Browser;
use crate::pictures::{WIDTHS, artefacts};

const PAGE: &str = r#"<!doctype html><html lang="en"><head><title>A page</title>
<link rel="icon" href="data:,"><style>
 body { background: white; height: 2000px } @media (prefers-color-scheme: dark) { body, a { background: black; color: white } }
</style></head><body>
<main><h1>A page</h1><p id="width"></p><p id="script">off</p><a id="on" href="/next">Next</a></main>
<script>
 document.getElementById('script').textContent = 'on';
 document.getElementById('width').textContent = innerWidth + ' ' + matchMedia('(prefers-color-scheme: dark)').matches;
</script></body></html>"#;

async fn server(page: &str, policy: &str) -> MockServer {
    let server = MockServer::start().await;
    let answer = ResponseTemplate::new(200)
        .insert_header("content-security-policy", policy)
        .set_body_raw(page, "text/html; charset=utf-8");
    for route in ["/", "/next"] {
        Mock::given(method("GET"))
            .and(path(route))
            .respond_with(answer.clone())
            .mount(&server)
            .await;
    }
    server
}

const LENIENT: &str = "default-src 'self' data: 'unsafe-inline'";

#[tokio::test]
async fn a_page_is_seen_at_each_width_and_scheme() {
    let server = server(PAGE, LENIENT).await;
    let browser = Browser::start().await;
    for width in WIDTHS {
        browser.be_wide(width).await;
        for scheme in Scheme::BOTH {
            browser.prefer(scheme).await;
            browser.open(&server.uri()).await;
            let dark = matches!(scheme, Scheme::Dark);
            browser.read("#width", &format!("{width} {dark}")).await;
        }
    }
    browser.photograph_all("kit").await;
    for width in WIDTHS {
        let file = artefacts("screenshots").join(format!("kit-{width}-dark.png"));
        let (wide, high) = size_of_png(&file);
        assert_eq!(wide, width);
        assert!(high >= 2000, "the whole page is in the picture");
    }
    browser.click("#on").await;
    browser.arrive("/next", |url| url.path() == "/next").await;
    browser.finish().await;
}

#[tokio::test]
async fn scripts_can_be_switched_off() {
    let server = server(PAGE, LENIENT).await;
    let browser = Browser::start().await;
    browser.run_scripts(false).await;
    browser.open(&server.uri()).await;
    browser.read("#script", "off").await;
    browser.click("#on").await;
    browser.arrive("/next", |url| url.path() == "/next").await;
    browser.read("#script", "off").await;
    browser.run_scripts(true).await;
    browser.open(&server.uri()).await;
    browser.read("#script", "on").await;
    browser.finish().await;
}

/// Covers: ASVS-3.4.3
#[tokio::test]
async fn a_complaint_of_the_browser_is_heard() {
    let page = "<link rel=icon href='data:,'><script>1</script><p>Text</p>";
    let refusing = server(page, "default-src 'none'; img-src data:").await;
    let browser = Browser::start().await;
    browser.open(&refusing.uri()).await;
    let complaints = browser.complaints().await;
    assert!(
        complaints
            .iter()
            .any(|text| text.contains("Content Security Policy")),
        "{complaints:?}"
    );

    let failing = server(
        "<link rel=icon href='data:,'><script>nothing.here</script>",
        LENIENT,
    )
    .await;
    browser.open(&failing.uri()).await;
    let complaints = browser.complaints().await;
    assert!(
        complaints
            .iter()
            .any(|text| text.contains("nothing is not defined")),
        "{complaints:?}"
    );
    browser.finish().await;
}

#[tokio::test]
async fn nothing_stays_behind_after_a_panic() {
    let (tell, hear) = tokio::sync::oneshot::channel();
    let test = tokio::spawn(async move {
        let browser = Browser::start().await;
        let (driver, profile) = browser.processes();
        assert!(runs(driver) && profile.exists());
        tell.send((driver, profile)).expect("somebody listens");
        panic!("a test fails");
    });
    let (driver, profile) = hear.await.expect("the browser started");
    assert!(test.await.is_err());
    assert!(!runs(driver), "the driver has ended");
    assert!(
        !profile.exists(),
        "the profile is gone, and with it who held it"
    );
}

fn runs(process: u32) -> bool {
    Path::new(&format!("/proc/{process}")).exists()
}

/// Width and height, from the header (PNG §11.2.2).
fn size_of_png(file: &Path) -> (u32, u32) {
    let bytes = std::fs::read(file).expect("the picture was saved");
    let number =
        |at: usize| u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
    (number(16), number(20))
}
