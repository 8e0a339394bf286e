//! A service worker on our origin that passes every navigation on, as caching libraries do by default: a login goes through it, and what a person
//! does not see begins none. The program has no worker, so a reverse proxy of the test's own adds one.

use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::kit::Browser;
use crate::program::Program;
use crate::steps::*;

/// Bounds a failure, and measures nothing.
const PATIENCE: Duration = Duration::from_secs(20);

const WORKER: &str = "self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', event => event.waitUntil(clients.claim()));
self.addEventListener('fetch', event => event.respondWith(fetch(event.request)));";
const REGISTER: &str = "<!doctype html><title>x</title><script>
navigator.serviceWorker.addEventListener('controllerchange', () => document.body.append(
  Object.assign(document.createElement('p'), { id: 'ready', textContent: 'ready' })));
navigator.serviceWorker.register('/worker.js');
</script><body>";

/// A request that came by, and its answer's head.
#[derive(Clone)]
struct Passed {
    request: String,
    answer: String,
}

/// The proxy, on an address of its own; it ends with the test's runtime.
struct Proxy {
    port: u16,
    passed: watch::Receiver<Vec<Passed>>,
}

impl Proxy {
    /// Starts it in front of a program that listens nowhere yet.
    async fn start() -> (Self, watch::Sender<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("it is bound").port();
        let (to, upstream) = watch::channel(String::new());
        let (seen, passed) = watch::channel(Vec::new());
        let seen = Arc::new(seen);
        tokio::spawn(async move {
            while let Ok((browser, _)) = listener.accept().await {
                let (seen, upstream) = (Arc::clone(&seen), upstream.borrow().clone());
                tokio::spawn(async move {
                    if let Some(passed) = pass(browser, &upstream).await {
                        seen.send_modify(|all| all.push(passed));
                    }
                });
            }
        });
        (Self { port, passed }, to)
    }

    /// Waits for a request with this in its first line.
    async fn saw(&mut self, what: &str) -> Passed {
        let is_it = |passed: &Passed| {
            let line = passed.request.lines().next();
            line.is_some_and(|line| line.contains(what))
        };
        let waiting = self.passed.wait_for(|all| all.iter().any(is_it));
        let all = tokio::time::timeout(PATIENCE, waiting).await;
        let all = all.unwrap_or_else(|_| panic!("{what} is never asked for"));
        let mut all = all.expect("the proxy runs").clone().into_iter();
        all.find(is_it).expect("it was there")
    }
}

/// One request a connection.
async fn pass(mut browser: TcpStream, upstream: &str) -> Option<Passed> {
    let mut sent = Vec::new();
    while !sent.windows(4).any(|end| end == b"\r\n\r\n") {
        if browser.read_buf(&mut sent).await.ok()? == 0 {
            return None;
        }
    }
    // No test sends a body through here.
    let request = String::from_utf8_lossy(&sent).to_lowercase();
    let own = |kind: &str, body: &str| {
        let length = body.len();
        format!(
            "HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
        )
    };
    let path = request.split(' ').nth(1)?;
    let answer = if path == "/worker.js" {
        own("text/javascript", WORKER).into_bytes()
    } else if path == "/register" {
        own("text/html", REGISTER).into_bytes()
    } else if path == "/blank" {
        own("text/html", "<!doctype html><title>x</title><body>").into_bytes()
    } else {
        let mut program = TcpStream::connect(upstream).await.ok()?;
        let asked = request_once(&String::from_utf8_lossy(&sent));
        program.write_all(asked.as_bytes()).await.ok()?;
        let mut answer = Vec::new();
        program.read_to_end(&mut answer).await.ok()?;
        answer
    };
    // The browser may have gone.
    drop(browser.write_all(&answer).await);
    drop(browser.shutdown().await);
    let answer = String::from_utf8_lossy(&answer).to_lowercase();
    let answer = answer.split("\r\n\r\n").next()?.to_owned();
    Some(Passed { request, answer })
}

/// The same request on a connection that ends with its answer.
fn request_once(head: &str) -> String {
    let lines = head.trim_end().split("\r\n");
    let kept = lines.filter(|line| !line.to_lowercase().starts_with("connection:"));
    let kept: Vec<&str> = kept.collect();
    format!("{}\r\nConnection: close\r\n\r\n", kept.join("\r\n"))
}

/// The program behind the proxy, and where browsers reach both.
async fn behind_a_proxy() -> (Program, Proxy, String) {
    for _ in 0..5 {
        let (proxy, upstream) = Proxy::start().await;
        let origin = format!("http://localhost:{}", proxy.port);
        let addresses = Program::elsewhere();
        upstream.send_replace(addresses.public.clone());
        let redirect = format!("{origin}/oauth/callback");
        let environment = [("OAUTH_REDIRECT_URI", redirect.as_str())];
        if let Some(program) = Program::start_at(&addresses, &environment).await {
            return (program, proxy, origin);
        }
    }
    panic!("the program does not start: see target/test-artefacts/program/")
}

#[tokio::test]
async fn a_login_goes_through_a_service_worker_that_passes_navigations_on() {
    let (_program, mut proxy, origin) = behind_a_proxy().await;
    let browser = Browser::start().await;
    browser.be_wide(390).await;
    browser.open(&format!("{origin}/register")).await;
    browser.see("#ready").await;
    browser.open(&format!("{origin}/")).await;
    browser.click(LOGIN).await;
    sign_in_at_the_sandbox(&browser).await;
    see_account(&browser).await;
    // So it did come through the worker, and looked like this.
    for path in ["/auth/oauth/start", "/oauth/callback?", "/?login="] {
        let passed = proxy.saw(path).await.request;
        assert!(
            passed.contains("\r\nsec-fetch-mode: navigate\r\n"),
            "{passed}"
        );
        assert!(passed.contains("\r\nsec-fetch-dest: empty\r\n"), "{passed}");
    }
    browser.finish().await;
}

#[tokio::test]
async fn an_unseen_load_begins_no_login_with_a_service_worker_or_without() {
    let (_program, mut proxy, origin) = behind_a_proxy().await;
    let start = |mark: &str| format!("{origin}/auth/oauth/start?return_to=%2F{mark}");
    let elsewhere = format!("http://127.0.0.1:{}/blank", proxy.port);
    let browser = Browser::start().await;
    let add = async |html: String| {
        let script = "const r = document.createRange();
            document.body.append(r.createContextualFragment(arguments[0]))";
        let added = browser.driver.execute(script, vec![html.into()]).await;
        added.expect("the page can be changed");
    };
    let framed = |mark: &str| {
        let address = start(mark);
        format!(
            "<iframe src='{address}i'></iframe><object data='{address}o'></object><embed src='{address}e'><img src='{address}m'>"
        )
    };
    let blank = format!("{origin}/blank");
    for (page, mark) in [(&blank, "own"), (&elsewhere, "foreign")] {
        browser.open(page).await;
        add(framed(mark)).await;
        for kind in ["i", "o", "e", "m"] {
            is_refused(&mut proxy, &format!("{mark}{kind}")).await;
        }
    }
    browser.open(&format!("{origin}/register")).await;
    browser.see("#ready").await;
    browser.open(&blank).await;
    let prefetch = |mark: &str| {
        let address = start(mark);
        let rules = format!(
            "{{\"prefetch\":[{{\"source\":\"list\",\"urls\":[\"{address}s\"],\"eagerness\":\"immediate\"}}]}}"
        );
        format!(
            "<link rel=prefetch href='{address}l'><script type=speculationrules>{rules}</script>"
        )
    };
    add(prefetch("worker")).await;
    for kind in ["l", "s"] {
        is_refused(&mut proxy, &format!("worker{kind}")).await;
    }
    browser.open(&elsewhere).await;
    add(framed("after")).await;
    for kind in ["i", "o", "e", "m"] {
        is_refused(&mut proxy, &format!("after{kind}")).await;
    }
    browser
        .driver
        .clone()
        .quit()
        .await
        .expect("the browser ends");
}

/// Whether the login with this mark was refused, and left nothing behind.
async fn is_refused(proxy: &mut Proxy, mark: &str) {
    let passed = proxy
        .saw(&format!("/auth/oauth/start?return_to=%2f{mark} "))
        .await;
    let (request, answer) = (passed.request, passed.answer);
    assert!(answer.starts_with("http/1.1 403 "), "{request}{answer}");
    assert!(!answer.contains("\r\nset-cookie:"), "{request}{answer}");
}
