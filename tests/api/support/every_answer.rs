//! Every kind of answer of the program, once: each route, each status, with and without the store, on an https origin behind a trusted proxy. The
//! tests of headers, caching, cookies and errors use the same answers.

use serde_json::json;

use crate::support::*;

const ORIGIN: &str = "https://app.test";

/// An answer, and what it is an answer to.
pub struct Seen {
    pub what: String,
    pub method: String,
    /// With its query.
    pub path: String,
    pub answer: Answer,
    /// It went over plain http, as the proxy says.
    pub is_unencrypted: bool,
    pub is_asset: bool,
}

/// All of them. Fails when one has another status than it is there for.
pub async fn every_answer() -> Vec<Seen> {
    let mut redis = RedisServer::start("").await;
    let mut sweep = Sweep::start(&redis).await;
    Box::pin(sweep.without_a_session()).await;
    Box::pin(sweep.by_hand()).await;
    Box::pin(sweep.at_the_callback()).await;
    Box::pin(sweep.of_files()).await;
    Box::pin(sweep.signed_in()).await;
    Box::pin(sweep.with_a_broken_provider()).await;
    Box::pin(sweep.with_a_silent_provider()).await;
    Box::pin(sweep.at_the_end()).await;
    redis.kill();
    Box::pin(sweep.without_a_store()).await;
    sweep.seen
}

/// A program whose answers are collected, with its sessions in this Redis.
pub struct Sweep {
    pub program: Program,
    pub browser: Browser,
    pub seen: Vec<Seen>,
}

/// A form of our own page, sent.
fn form(path: &str, body: &str) -> Request {
    navigation("POST", path, Initiator::SameOrigin)
        .header("Origin", ORIGIN)
        .header("Content-Type", "application/x-www-form-urlencoded")
        .body(body)
}

impl Sweep {
    pub async fn start(redis: &RedisServer) -> Self {
        let store = format!("redis://127.0.0.1:{}", redis.port());
        let settings = [
            ("OAUTH_REDIRECT_URI", "https://app.test/oauth/callback"),
            ("SESSION_STORE", store.as_str()),
            ("BFF_SERVER__TRUSTED_PROXIES", "127.0.0.1"),
        ];
        let settings = [&settings[..], &LONG_LIMITS].concat();
        let program = BINARY.start_with(&settings).await;
        Self {
            browser: Browser::new(ORIGIN, &program.addresses.public),
            program,
            seen: Vec::new(),
        }
    }

    fn note(&mut self, status: u16, what: &str, (method, path): (&str, &str), answer: Answer) {
        assert_eq!(answer.status, status, "{what}: {}", answer.text());
        self.seen.push(Seen {
            is_asset: what.contains(" /static/") || what.contains(" /favicon"),
            what: what.to_owned(),
            method: method.to_owned(),
            path: path.to_owned(),
            answer,
            is_unencrypted: false,
        });
    }

    pub async fn fetch(&mut self, status: u16, method: &str, path: &str) {
        let answer = self.browser.fetch(method, path).await;
        self.note(status, &format!("{method} {path}"), (method, path), answer);
    }

    pub async fn open(&mut self, status: u16, path: &str) {
        let answer = self.browser.open(path).await;
        self.note(status, &format!("open {path}"), ("GET", path), answer);
    }

    async fn send(&mut self, status: u16, what: &str, request: Request, initiator: Initiator) {
        let (method, path) = (request.method.clone(), request.target.clone());
        let answer = self.browser.send(request, initiator).await;
        self.note(status, what, (&method, &path), answer);
    }

    async fn without_a_session(&mut self) {
        for (status, path) in [
            (200, "/"),
            (200, "/?lang=ja"),
            (200, "/?error=access_denied"),
            (200, "/problems/not-found"),
            (404, "/problems/nowhere"),
            (404, "/nowhere"),
            (404, "/static/nowhere.js"),
            (303, "/sessions"),
            (303, "/auth/oauth/start"),
            (303, "/oauth/callback"),
            (405, "/auth/logout"),
            (401, "/api/sessions"),
        ] {
            self.open(status, path).await;
        }
        for (status, method, path) in [
            (200, "HEAD", "/"),
            (200, "GET", "/api/session"),
            (200, "HEAD", "/api/session"),
            (204, "GET", "/api/session/events"),
            (401, "GET", "/api/user/info"),
            (401, "POST", "/api/user/refresh"),
            (401, "DELETE", "/api/sessions/x"),
            (404, "GET", "/api/nowhere"),
            (404, "GET", "/nowhere"),
            (405, "POST", "/"),
            (405, "PUT", "/api/session"),
            (405, "OPTIONS", "/api/user/info"),
            (405, "TRACE", "/api/session"),
            (405, "HEAD", "/api/user/info"),
            (204, "POST", "/auth/logout"),
            (200, "GET", "/healthz"),
            (200, "HEAD", "/readyz"),
        ] {
            self.fetch(status, method, path).await;
        }
        self.send(
            303,
            "form /auth/logout",
            form("/auth/logout", ""),
            Initiator::SameOrigin,
        )
        .await;
        let foreign = Request::new("GET", "/api/user/info")
            .header("Sec-Fetch-Site", "cross-site")
            .header("Sec-Fetch-Mode", "no-cors")
            .header("Sec-Fetch-Dest", "image");
        self.send(403, "image /api/user/info", foreign, Initiator::CrossSite)
            .await;
        let framed = Request::new("GET", "/auth/oauth/start")
            .header("Sec-Fetch-Site", "cross-site")
            .header("Sec-Fetch-Mode", "navigate")
            .header("Sec-Fetch-Dest", "iframe");
        self.send(403, "frame /auth/oauth/start", framed, Initiator::CrossSite)
            .await;
    }

    /// What no browser sends.
    async fn by_hand(&mut self) {
        let json = |body: &[u8]| {
            fetch("POST", "/api/oauth/exchange-token")
                .header("Content-Type", "application/json")
                .body(body)
        };
        let no_form = fetch("POST", "/auth/logout")
            .header("Content-Type", "text/plain")
            .body("everywhere=1");
        for (status, what, request) in [
            (400, "broken JSON", json(b"{")),
            (413, "a long body", json(&[b'x'; 100 * 1024])),
            (400, "a foreign state", json(br#"{"code":"a","state":"b"}"#)),
            (400, "a form that is none", no_form),
            (404, "a broken path", fetch("GET", "/%zz")),
            (405, "an unknown method", fetch("FOO", "/")),
        ] {
            self.send(status, what, request, Initiator::SameOrigin)
                .await;
        }
        for (status, method, path) in [
            (308, "GET", "/"),
            (400, "POST", "/auth/logout"),
            (400, "GET", "/api/session"),
        ] {
            let request =
                navigation(method, path, Initiator::SameOrigin).header("X-Forwarded-Proto", "http");
            self.send(
                status,
                &format!("unencrypted {method} {path}"),
                request,
                Initiator::SameOrigin,
            )
            .await;
            if let Some(last) = self.seen.last_mut() {
                last.is_unencrypted = true;
            }
        }
    }

    async fn of_files(&mut self) {
        let page = self.browser.open("/").await.text();
        let script = page.split("src=\"").nth(1).expect("a script");
        let script = script
            .split('"')
            .next()
            .unwrap_or_default()
            .replace("&#x2F;", "/");
        let style = script.replace("/js/app.bundle.js", "/css/style.css");
        let logo = script.replace("/js/app.bundle.js", "/img/logo.svg");
        for path in [script.as_str(), &style, &logo, "/favicon.ico"] {
            self.fetch(200, "GET", path).await;
            let tag = self.seen.last().and_then(|seen| seen.answer.header("etag"));
            let tag = tag.expect("a file has a tag").to_owned();
            let known = fetch("GET", path).header("If-None-Match", &tag);
            self.send(304, &format!("known {path}"), known, Initiator::SameOrigin)
                .await;
            self.fetch(200, "HEAD", path).await;
            self.fetch(405, "POST", path).await;
        }
    }

    async fn at_the_callback(&mut self) {
        for query in ["", "?display=popup", "?return_to=/orders"] {
            let callback = self.browser.come_back(query).await;
            let refused = with_parameter(&callback, "code", None);
            let refused = with_parameter(&refused, "error", Some("access_denied"));
            let is_popup = query.contains("popup");
            for (status, address) in [
                (if is_popup { 200 } else { 303 }, &refused),
                (303, &callback),
            ] {
                let answer = self.browser.arrive(address).await;
                self.note(
                    status,
                    &format!("callback {query}, refused or spent"),
                    ("GET", "/oauth/callback"),
                    answer,
                );
            }
            let callback = self.browser.come_back(query).await;
            let answer = self.browser.arrive(&callback).await;
            self.note(
                if is_popup { 200 } else { 303 },
                &format!("callback {query}"),
                ("GET", "/oauth/callback"),
                answer,
            );
        }
        let callback = self.browser.come_back("").await;
        let body =
            json!({ "code": parameter(&callback, "code"), "state": parameter(&callback, "state") });
        let exchange = fetch("POST", "/api/oauth/exchange-token")
            .header("Content-Type", "application/json")
            .body(body.to_string());
        self.send(200, "exchange-token", exchange, Initiator::SameOrigin)
            .await;
        // More attempts than a browser may have: the oldest lose their cookies.
        for _ in 0..7 {
            self.open(303, "/auth/oauth/start").await;
        }
        let landing = navigation("GET", "/?login=success", Initiator::CrossSite);
        self.send(
            200,
            "the step onto our ground",
            landing,
            Initiator::CrossSite,
        )
        .await;
    }

    async fn signed_in(&mut self) {
        for (status, method, path) in [
            (200, "GET", "/api/session"),
            (200, "GET", "/api/user/info"),
            (200, "POST", "/api/user/refresh"),
            (200, "GET", "/api/sessions"),
            (404, "DELETE", "/api/sessions/x"),
            (404, "GET", "/api/user/info/x.css"),
        ] {
            self.fetch(status, method, path).await;
        }
        self.open(200, "/").await;
        self.open(200, "/sessions?theme=dark").await;
        self.open(404, "/nowhere").await;
        for (status, body) in [(303, "end=x"), (303, "end=others"), (400, "")] {
            let what = format!("form /sessions {body}");
            let request = form("/sessions", body);
            self.send(status, &what, request, Initiator::SameOrigin)
                .await;
        }
        let compressed = navigation("GET", "/", Initiator::Typed).header("Accept-Encoding", "gzip");
        self.send(200, "compressed /", compressed, Initiator::Typed)
            .await;
    }

    async fn with_a_broken_provider(&mut self) {
        for (status, fault) in [
            (502, "html_200"),
            (503, "html_502"),
            (403, "account_disabled_403"),
            (502, "invalid_token"),
        ] {
            self.at_a_fault(status, fault).await;
        }
        let callback = self.browser.come_back("").await;
        self.program.break_once("token", "html_502").await;
        let answer = self.browser.arrive(&callback).await;
        let callback = ("GET", "/oauth/callback");
        self.note(303, "callback, provider away", callback, answer);
    }

    async fn at_a_fault(&mut self, status: u16, fault: &str) {
        self.program.break_always("userinfo", fault).await;
        self.fetch(status, "GET", "/api/user/info").await;
        self.open(200, "/").await;
        self.program.mend().await;
    }

    async fn with_a_silent_provider(&mut self) {
        self.program.stop();
        self.program.start_again(&SHORT_LIMITS).await;
        self.at_a_fault(504, "hang").await;
        self.program.stop();
        self.program.start_again(&LONG_LIMITS).await;
        self.program.sign_in_as("demo").await;
    }

    /// Ended by the provider, replaced, signed out.
    async fn at_the_end(&mut self) {
        self.program
            .sandbox
            .ask(reqwest::Method::POST, "users/demo/revoke", json!({}))
            .await;
        self.fetch(401, "GET", "/api/user/info").await;
        for path in ["/auth/logout", "/auth/logout?everywhere=1"] {
            self.browser.sign_in().await;
            self.fetch(204, "POST", path).await;
        }
        self.browser.sign_in().await;
        self.send(
            303,
            "form /auth/logout, signed in",
            form("/auth/logout", ""),
            Initiator::SameOrigin,
        )
        .await;
        self.browser.sign_in().await;
    }

    async fn without_a_store(&mut self) {
        for (status, method, path) in [
            (503, "GET", "/api/session"),
            (503, "GET", "/api/session/events"),
            (503, "GET", "/api/user/info"),
            (503, "POST", "/auth/logout"),
            (503, "GET", "/readyz"),
            (200, "GET", "/healthz"),
            (200, "GET", "/favicon.ico"),
            (404, "GET", "/api/nowhere"),
        ] {
            self.fetch(status, method, path).await;
        }
        for path in ["/", "/auth/oauth/start"] {
            self.open(503, path).await;
        }
    }
}
