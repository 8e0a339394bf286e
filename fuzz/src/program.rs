//! The whole HTTP service in this process, on a runtime of its own, with one browser signed in and two logins begun.
//!
//! Each input finds the same sessions and the same attempts: [`Program::reset`] puts the store back. The clock stands still, so nothing runs
//! out however long the fuzzer runs.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use actix_web::App;
use actix_web::body::to_bytes;
use actix_web::dev::{Service, ServiceResponse};
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode, Uri};
use actix_web::test::{TestRequest, init_service};
use actix_web::web::Bytes;
use actix_web::{HttpMessage as _, HttpRequest};
use bff::config::{ClientAuth, Config, Sources};
use bff::domain::{
    Clock, ClosedPaths, Entropy, KeyRing, Lifetimes, ManualClock, SealingKey, SessionId,
    SessionKey, SystemEntropy, Timestamp,
};
use bff::flow::{Flows, LoginSettings, Parts, Tasks};
use bff::http::{Forwarded, RequestCookies, configure, with_middleware};
use bff::provider::{EndpointPaths, Identity, Provider, ProviderSettings};
use bff::store::{MemoryStore, Record, SealedStore, SessionStore};
use bff::upstream::Upstreams;
use tokio::runtime::{Builder, Runtime};
use tokio::task::LocalSet;
use url::Url;
use zeroize::Zeroizing;

use crate::fill_in;
use crate::message::Message;
use crate::provider::{CLIENT_SECRET, FakeProvider};
use crate::store::CountingStore;

// The features of the app, so that their routes are fuzzed too.
#[path = "../../src/account.rs"]
mod account;
#[path = "../../src/topup.rs"]
mod topup;

/// Where the clock stands.
const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);
/// A proxy that is trusted speaks for the browser.
const PEER: &str = "10.0.0.1:40000";
/// The networks of such proxies.
const TRUSTED: &str = "10.0.0.0/8";

/// A request, as it is sent.
pub struct Asked {
    /// The method.
    pub method: Method,
    /// The target.
    pub uri: Uri,
    /// The header lines.
    pub headers: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
}

impl Asked {
    /// The message as a request, if an HTTP parser would take it for one.
    #[must_use]
    pub fn parse(text: &[u8]) -> Option<Self> {
        let message = Message::parse(text);
        let mut words = message.words();
        let method = Method::from_bytes(words.next()?).ok()?;
        let uri = Uri::try_from(words.next()?).ok()?;
        let mut headers = HeaderMap::new();
        for (name, value) in &message.headers {
            let name = HeaderName::from_bytes(name).ok()?;
            headers.append(name, HeaderValue::from_bytes(value).ok()?);
        }
        // Anything else the parser refuses, before the service hears of it.
        let lengths: Vec<&HeaderValue> = headers.get_all("content-length").collect();
        let is_length = |value: &HeaderValue| {
            let is_decimal = value.as_bytes().iter().all(u8::is_ascii_digit);
            is_decimal && value.to_str().is_ok_and(|text| text.parse::<u64>().is_ok())
        };
        let is_sound = lengths.len() <= 1 && lengths.into_iter().all(is_length);
        is_sound.then_some(Self {
            method,
            uri,
            headers,
            body: message.body.to_vec(),
        })
    }

    /// A request without a body.
    #[must_use]
    pub fn new(method: Method, target: &str, headers: &[(&str, &str)]) -> Self {
        let mut text = format!("{method} {target}\n");
        for (name, value) in headers {
            text.push_str(&format!("{name}: {value}\n"));
        }
        Self::parse(text.as_bytes()).expect("a target writes proper requests")
    }

    /// The values of a header, in their order.
    #[must_use]
    pub fn values(&self, name: &str) -> Vec<&[u8]> {
        self.headers
            .get_all(name)
            .map(HeaderValue::as_bytes)
            .collect()
    }
}

/// An answer, and what happened meanwhile.
pub struct Answered {
    /// The status.
    pub status: StatusCode,
    /// The header lines.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
    /// How many sessions were made.
    pub created: usize,
    /// How many other changes the store was asked for.
    pub changed: usize,
    /// What the readers of the request found; nothing where it was turned away before any handler.
    pub readers: Option<Readers>,
}

/// What each reader of a request's cookies and forwarded headers found, when its handler was done.
pub struct Readers {
    /// The program's own reader.
    pub cookies: RequestCookies,
    /// The framework's: names and values with their percent-coding taken off.
    pub decoded: Option<Vec<(String, String)>>,
    /// The framework's other one: as sent.
    pub raw: Option<Vec<(String, String)>>,
    /// The lines that are there for any other.
    pub lines: Vec<Vec<u8>>,
    /// Whose request it is, and how it came.
    pub forwarded: Option<Forwarded>,
}

impl Readers {
    fn of(request: &HttpRequest) -> Self {
        let lines = request.headers().get_all("cookie");
        let pairs = |cookies: &[actix_web::cookie::Cookie<'static>]| {
            let pair = |cookie: &actix_web::cookie::Cookie<'_>| {
                (cookie.name().to_owned(), cookie.value().to_owned())
            };
            cookies.iter().map(pair).collect()
        };
        Self {
            cookies: RequestCookies::from_http(request),
            lines: lines.map(|line| line.as_bytes().to_vec()).collect(),
            decoded: request.cookies().ok().map(|cookies| pairs(&cookies)),
            raw: request.cookies_raw().ok().map(|cookies| pairs(&cookies)),
            forwarded: request.extensions().get::<Forwarded>().copied(),
        }
    }
}

impl Answered {
    /// The values of a header, as text.
    #[must_use]
    pub fn values(&self, name: &str) -> Vec<String> {
        self.headers
            .get_all(name)
            .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
            .collect()
    }
}

/// One login attempt of the browser.
#[derive(Clone, Default)]
pub struct Attempt {
    /// The cookie, name and value.
    pub cookie: String,
    /// The state that belongs to it.
    pub state: String,
}

type Answering = std::pin::Pin<Box<dyn Future<Output = Answered>>>;

/// See the module.
pub struct Program {
    runtime: Runtime,
    tasks: LocalSet,
    call: Box<dyn Fn(Asked) -> Answering>,
    flows: Flows,
    /// Its provider.
    pub provider: FakeProvider,
    /// The provider's client.
    pub client: Arc<Provider>,
    /// Its clock.
    clock: Arc<ManualClock>,
    /// Its store.
    pub store: Arc<CountingStore>,
    /// The store as the use cases see it.
    pub sealed: SealedStore,
    /// The keys that seal.
    pub keys: KeyRing,
    /// The records that every input finds.
    pub records: Vec<Record>,
    /// The session cookie, name and value.
    pub session: String,
    /// The id in that cookie.
    pub id: String,
    /// A login in the page.
    pub page: Attempt,
    /// A login in a pop-up.
    pub popup: Attempt,
    /// The public origin.
    pub origin: Url,
}

impl Program {
    /// The program under the public address `origin`.
    #[must_use]
    pub fn start(origin: &str) -> Self {
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        let tasks = LocalSet::new();
        let origin = Url::parse(origin).expect("a target names a proper origin");
        let put_together = tasks.block_on(&runtime, build(origin));
        let mut program = put_together(runtime, tasks);
        program.sign_in();
        program
    }

    /// Sends one request and waits for everything that it began.
    #[must_use]
    pub fn send(&self, request: Asked) -> Answered {
        self.run(async {
            let mut answered = (self.call)(request).await;
            self.flows.finish_tasks().await;
            (answered.created, answered.changed) = self.store.take_counts();
            answered
        })
    }

    /// Sends one last request to a provider that fails: what goes on in the background takes seconds, and no caller waits for it.
    #[must_use]
    pub fn send_last(self, request: Asked) -> Answered {
        self.run((self.call)(request))
    }

    /// Runs `work` on the program's runtime.
    pub fn run<T>(&self, work: impl Future<Output = T>) -> T {
        self.tasks.block_on(&self.runtime, work)
    }

    /// Puts the store and the provider back to where every input finds them.
    pub fn reset(&self) {
        self.provider.recover();
        let store = Arc::new(MemoryStore::default());
        self.run(async {
            for record in &self.records {
                store
                    .create(record.clone())
                    .await
                    .expect("a new store is empty");
            }
        });
        self.store.replace(store);
    }

    /// The input with what it cannot know filled in.
    #[must_use]
    pub fn fill_in(&self, input: &[u8]) -> Vec<u8> {
        let key = self.records[0].key.handle();
        let other = self.records[1].key.handle();
        fill_in(
            input,
            &[
                ("session", &self.session),
                ("attempt", &self.page.cookie),
                ("popup", &self.popup.cookie),
                ("state", &self.page.state),
                ("popup_state", &self.popup.state),
                ("handle", key.as_str()),
                ("other", other.as_str()),
            ],
        )
    }

    /// Signs one user in twice, keeps the first session, and begins two more logins.
    fn sign_in(&mut self) {
        self.provider.recover();
        for _ in 0..2 {
            let attempt = self.begin("/auth/oauth/start?return_to=%2Forders%3Fid%3D1");
            let target = format!("/oauth/callback?code=good&state={}", attempt.state);
            let answer = self.send(Asked::new(
                Method::GET,
                &target,
                &[("cookie", &attempt.cookie)],
            ));
            assert_eq!(answer.created, 1, "the login of the set-up succeeds");
            let cookie = answer
                .values("set-cookie")
                .into_iter()
                .find(|cookie| cookie.contains("session="))
                .expect("a finished login sets the cookie");
            self.session = pair_of(&cookie);
        }
        // An id has 43 characters.
        self.id = self.session[self.session.len() - 43..].to_owned();
        let key = SessionKey::from_id(&SessionId::new(self.id.clone()));
        let store = Arc::clone(&self.store);
        self.records = self
            .run(async move { store.all().await })
            .expect("a store in memory");
        self.records.sort_by_key(|record| record.key != key);
        assert!(self.records.len() == 2 && self.records[0].key == key);
        // Late enough for a refresh, too early to note the use of a session.
        self.clock.advance(Duration::from_secs(30));
        self.page = self.begin("/auth/oauth/start?return_to=%2Forders");
        self.popup = self.begin("/auth/oauth/start?display=popup&return_to=%2Fpopup");
        self.reset();
    }

    fn begin(&self, target: &str) -> Attempt {
        let answer = self.send(Asked::new(Method::GET, target, &[]));
        let location = answer.values("location").concat();
        let state = Url::parse(&location)
            .expect("an address of the provider")
            .query_pairs()
            .find(|(name, _)| name == "state")
            .expect("a state")
            .1
            .into_owned();
        Attempt {
            cookie: pair_of(&answer.values("set-cookie").concat()),
            state,
        }
    }
}

/// The name and the value of a `Set-Cookie`.
fn pair_of(cookie: &str) -> String {
    cookie.split(';').next().unwrap_or_default().to_owned()
}

/// Everything but the runtime that it runs on.
async fn build(origin: Url) -> impl FnOnce(Runtime, LocalSet) -> Program {
    let provider = FakeProvider::start().await;
    let hands = Arc::new(ManualClock::starting_at(NOW));
    let clock: Arc<dyn Clock> = Arc::clone(&hands) as _;
    let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
    let keys = KeyRing::new(SealingKey::new(Zeroizing::new([7; 32])), Vec::new());
    let identity = Identity::new("fuzz").expect("the name is a token");
    let settings = ProviderSettings {
        definition: aihubmix::provider(),
        identity,
        client_id: "client".to_owned(),
        client_secret: CLIENT_SECRET.to_owned().into(),
        redirect_uri: format!("{origin}oauth/callback"),
        browser_base: provider.base.clone(),
        server_base: provider.base.clone(),
        scope: "profile balance".to_owned(),
        auto_authorize: true,
        client_auth: ClientAuth::Body,
        paths: EndpointPaths {
            revocation: Some("/api/oauth2/revoke".to_owned()),
            ..EndpointPaths::default()
        },
        userinfo_fields: Vec::new(),
        connect_timeout: Duration::from_secs(2),
        total_timeout: Duration::from_secs(2),
        refresh_timeout: Duration::from_secs(2),
    };
    let client = |settings: ProviderSettings| {
        Provider::new(settings, Arc::clone(&clock)).expect("the settings are sound")
    };
    let direct = client(settings.clone());
    let store = Arc::new(CountingStore::default());
    let inner: Arc<dyn SessionStore> = Arc::clone(&store) as _;
    let sealed = SealedStore::new(inner, keys.clone(), Arc::clone(&entropy));
    let lifetimes = Lifetimes {
        idle: Duration::from_secs(86_400),
        absolute: Duration::from_secs(30 * 86_400),
    };
    let flows = Flows::new(Parts {
        provider: Arc::new(client(settings)),
        clock: Arc::clone(&clock),
        entropy,
        store: sealed.clone(),
        keys: keys.clone(),
        lifetimes,
        login: LoginSettings {
            pkce: true,
            issuer: None,
            absolute_ttl: lifetimes.absolute,
            max_per_user: Some(50),
        },
        upstreams: Upstreams::new(&[], Duration::from_secs(2), identity)
            .expect("no upstream is no fault"),
        last_call: Duration::from_secs(1),
        event_streams: 100,
        refresh_wait: Duration::from_secs(2),
        tasks: Tasks::new(tokio::runtime::Handle::current()),
    });
    let app = app();
    let sources = Sources::new("")
        .with("OAUTH_REDIRECT_URI", format!("{origin}oauth/callback"))
        .with("BFF_SERVER__TRUSTED_PROXIES", TRUSTED)
        .with("BFF_UI__DEFAULT_LANGUAGE", "en");
    let loaded = Config::load(&app.add_settings_to(sources)).expect("the settings are sound");
    let state =
        bff::app::app_state(app, &loaded.config, flows.clone(), None).expect("the app is sound");
    let readers = Rc::new(RefCell::new(None));
    let found = Rc::clone(&readers);
    let inner = App::new()
        .app_data(state.clone())
        .wrap_fn(move |request, service| {
            let found = Rc::clone(&found);
            let answering = service.call(request);
            async move {
                let answer = answering.await?;
                found.replace(Some(Readers::of(answer.request())));
                Ok(answer)
            }
        });
    let app = with_middleware(inner).configure(|config| configure(config, &state));
    let service = Rc::new(init_service(app).await);
    move |runtime, tasks| Program {
        runtime,
        tasks,
        call: Box::new(move |asked| {
            let (service, readers) = (Rc::clone(&service), Rc::clone(&readers));
            Box::pin(async move {
                readers.take();
                let mut answered = answer(service, asked).await;
                answered.readers = readers.take();
                answered
            })
        }),
        flows,
        client: Arc::new(direct),
        clock: hands,
        provider,
        store,
        sealed,
        keys,
        records: Vec::new(),
        session: String::new(),
        id: String::new(),
        page: Attempt::default(),
        popup: Attempt::default(),
        origin,
    }
}

async fn answer<S, B>(service: Rc<S>, asked: Asked) -> Answered
where
    S: Service<actix_http::Request, Response = ServiceResponse<B>, Error = actix_web::Error>,
    B: actix_web::body::MessageBody + 'static,
{
    let mut request = TestRequest::default()
        .method(asked.method)
        .peer_addr(PEER.parse::<SocketAddr>().expect("an address"))
        .set_payload(asked.body)
        .to_request();
    request.head_mut().uri = asked.uri;
    // The length that goes with the body is there already; one that the input names takes its place.
    for (name, value) in asked.headers {
        if name == "content-length" {
            request.headers_mut().insert(name, value);
        } else {
            request.headers_mut().append(name, value);
        }
    }
    let response = match service.call(request).await {
        Ok(answer) => answer.into_parts().1.map_into_boxed_body(),
        Err(error) => error.error_response(),
    };
    let (status, headers) = (response.status(), response.headers().clone());
    Answered {
        status,
        headers,
        body: to_bytes(response.into_body()).await.unwrap_or_default(),
        created: 0,
        changed: 0,
        readers: None,
    }
}

/// The paths that the app closes to links of other sites.
pub fn closed_paths() -> ClosedPaths {
    let mut closed = ClosedPaths::default();
    closed.close("/topup");
    closed
}

/// The app with its features, under a name of its own.
fn app() -> bff::App {
    bff::App::new("fuzz")
        .provider(aihubmix::provider)
        .defaults(include_str!("../../config/default.toml"))
        .templates(bff::embed!("../templates"))
        .static_files(bff::embed!("../static"))
        .with(account::feature)
        .with(topup::feature)
}
