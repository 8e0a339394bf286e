//! A small OpenTelemetry collector: it takes spans by OTLP (http/protobuf) and keeps them.

use std::process::ExitStatus;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{KeyValue, any_value::Value};
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::support::Program;

/// Bounds a failure, and measures nothing.
const PATIENCE: Duration = Duration::from_secs(40);

/// How a collector answers.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    Takes,
    /// It reads everything and never answers.
    Hangs,
}

/// A collector that listens until it is dropped.
pub struct Collector {
    pub base: String,
    kept: Arc<Kept>,
    listening: JoinHandle<()>,
}

#[derive(Default)]
struct Kept {
    spans: Mutex<Vec<Span>>,
    resource: Mutex<Vec<KeyValue>>,
    heads: watch::Sender<Vec<String>>,
}

impl Collector {
    pub async fn start(manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let base = format!("http://{}", listener.local_addr().expect("it is bound"));
        let kept = Arc::<Kept>::default();
        let keeping = Arc::clone(&kept);
        let listening = tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                tokio::spawn(serve(connection, manner, Arc::clone(&keeping)));
            }
        });
        Self {
            base,
            kept,
            listening,
        }
    }

    /// The variables that make a program export to this collector, soon after a span has ended.
    pub fn variables(&self) -> [(&str, &str); 3] {
        [
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &self.base),
            ("OTEL_BSP_SCHEDULE_DELAY", "20"),
            (
                "OTEL_EXPORTER_OTLP_HEADERS",
                "authorization=canary-of-the-collector",
            ),
        ]
    }

    /// Every span so far.
    pub fn spans(&self) -> Vec<Span> {
        self.kept
            .spans
            .lock()
            .expect("no test panics with it")
            .clone()
    }

    /// Every span so far with this name.
    pub fn named(&self, name: &str) -> Vec<Span> {
        let mut spans = self.spans();
        spans.retain(|span| span.name == name);
        spans
    }

    /// Waits for a span with this name. Returns the first.
    pub async fn gets(&self, name: &str) -> Span {
        let mut heads = self.kept.heads.subscribe();
        let coming = async {
            loop {
                if let Some(span) = self.named(name).into_iter().next() {
                    return span;
                }
                heads.changed().await.expect("the collector lives");
            }
        };
        let come = tokio::time::timeout(PATIENCE, coming).await;
        come.unwrap_or_else(|_| panic!("{name} does not come: {:?}", self.names()))
    }

    /// Waits for an export. Returns the head of the request.
    pub async fn is_asked(&self) -> String {
        let mut heads = self.kept.heads.subscribe();
        let coming = heads.wait_for(|heads| !heads.is_empty());
        let come = tokio::time::timeout(PATIENCE, coming).await;
        come.expect("spans are exported").expect("it lives")[0].clone()
    }

    /// An attribute of the program that exports.
    pub fn resource(&self, name: &str) -> Option<String> {
        text_of(
            &self.kept.resource.lock().expect("no test panics with it"),
            name,
        )
    }

    fn names(&self) -> Vec<String> {
        self.spans().into_iter().map(|span| span.name).collect()
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

/// Stops a program while the collectors of the test go on.
pub async fn stopped(program: &mut Program) -> ExitStatus {
    program.signal("-TERM");
    program.ended().await
}

/// An attribute of a span, as text.
pub fn attribute(span: &Span, name: &str) -> Option<String> {
    text_of(&span.attributes, name)
}

fn text_of(attributes: &[KeyValue], name: &str) -> Option<String> {
    let found = attributes.iter().find(|attribute| attribute.key == name)?;
    match found.value.as_ref()?.value.as_ref()? {
        Value::StringValue(text) => Some(text.clone()),
        Value::IntValue(number) => Some(number.to_string()),
        other => panic!("{name}: {other:?}"),
    }
}

async fn serve(mut connection: TcpStream, manner: Manner, kept: Arc<Kept>) {
    let mut read = Vec::new();
    while let Some((head, body)) = request(&mut connection, &mut read).await {
        if manner == Manner::Takes {
            keep(&body, &kept);
        }
        kept.heads.send_modify(|heads| heads.push(head));
        if manner == Manner::Hangs {
            std::future::pending::<()>().await;
        }
        let answer =
            b"HTTP/1.1 200 OK\r\nContent-Type: application/x-protobuf\r\nContent-Length: 0\r\n\r\n";
        if connection.write_all(answer).await.is_err() {
            return;
        }
    }
}

/// The next request: its head in lower case, and its body.
async fn request(connection: &mut TcpStream, read: &mut Vec<u8>) -> Option<(String, Vec<u8>)> {
    let mut wanted = None;
    loop {
        let end = read.windows(4).position(|bytes| bytes == b"\r\n\r\n");
        if let (None, Some(end)) = (&wanted, end) {
            let head = String::from_utf8(read[..end].to_vec()).ok()?.to_lowercase();
            let length = head.split("content-length: ").nth(1)?;
            let length: usize = length.lines().next()?.parse().ok()?;
            wanted = Some((head, end + 4, end + 4 + length));
        }
        if let Some((head, from, to)) = &wanted
            && read.len() >= *to
        {
            let body = read[*from..*to].to_vec();
            let head = head.clone();
            read.drain(..*to);
            return Some((head, body));
        }
        if connection.read_buf(read).await.ok()? == 0 {
            return None;
        }
    }
}

fn keep(body: &[u8], kept: &Kept) {
    let request = ExportTraceServiceRequest::decode(body).expect("OTLP");
    for of_resource in request.resource_spans {
        let resource = of_resource.resource.expect("a resource");
        *kept.resource.lock().expect("no test panics with it") = resource.attributes;
        let spans = of_resource
            .scope_spans
            .into_iter()
            .flat_map(|scope| scope.spans);
        kept.spans
            .lock()
            .expect("no test panics with it")
            .extend(spans);
    }
}
