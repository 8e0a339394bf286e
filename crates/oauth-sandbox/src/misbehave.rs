//! Carries faults out: every endpoint of the provider acts through [`perform`], which waits, changes the
//! answer or takes it away as the control API ordered, and writes the call down in the log.

use std::io;
use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::web::Data;
use bytes::Bytes;
use futures_util::stream::{self, StreamExt};

use super::catalogue::{Answer, Effect};
use super::faults::Rule;
use super::journal::Event;
use super::state::Shared;

/// The length of an oversized body when the order does not say.
const OVERSIZED: u64 = 64 * 1024 * 1024;
/// How late `slow` is when the order does not say, in milliseconds.
const SLOW: u64 = 2_000;
/// What is sent of a body that breaks off; it promises [`PROMISED`] bytes.
const HALF: &[u8] = br#"{"access_token":"eyJ"#;
const PROMISED: u64 = 100;

/// Lets a call of an endpoint happen: `act` does what the endpoint is for, and the faults that are set
/// decide whether, when, and what the caller gets to see of it.
pub(crate) async fn perform(
    shared: &Data<Shared>,
    mut event: Event,
    act: impl FnOnce(&mut Event) -> HttpResponse,
) -> HttpResponse {
    let (latency, rule) = shared.with(|world, _| {
        let rule = world.faults.hit(event.endpoint, |effect| {
            !matches!(effect, Effect::Callback(_))
        });
        (world.knobs.latency_ms, rule)
    });
    if latency > 0 {
        tokio::time::sleep(Duration::from_millis(latency.into())).await;
    }
    let Some(rule) = rule else {
        let response = act(&mut event);
        shared.record(event);
        return response;
    };
    event.fault = Some(rule.fault.name);
    if matches!(rule.fault.effect, Effect::Hang) {
        let mut arrival = event.clone();
        arrival.outcome = "held";
        shared.record(arrival);
    }
    if rule.acts_first() {
        let response = act(&mut event);
        shared.record(event);
        return distorted(shared, &rule).await.unwrap_or(response);
    }
    let distorted = distorted(shared, &rule).await;
    let response = distorted.unwrap_or_else(|| act(&mut event));
    shared.record(event);
    response
}

/// Waits as the fault says and gives the answer that takes the right one's place, if any.
async fn distorted(shared: &Data<Shared>, rule: &Rule) -> Option<HttpResponse> {
    match rule.fault.effect {
        Effect::Answer(answer) => Some(canned(&answer, rule)),
        Effect::Oversized => Some(oversized(rule.order.bytes.unwrap_or(OVERSIZED))),
        Effect::Redirect => Some(redirect(shared, rule)),
        Effect::CutBody => Some(cut_body()),
        Effect::StallBody => Some(stalled_body(shared, rule.id)),
        Effect::Drop | Effect::DropAfter => Some(dropped()),
        Effect::Hang => {
            shared.until_cleared(rule.id).await;
            None
        }
        Effect::Slow => {
            tokio::time::sleep(Duration::from_millis(rule.order.ms.unwrap_or(SLOW))).await;
            None
        }
        Effect::Callback(_) => None,
    }
}

fn status(rule: &Rule, default: u16) -> StatusCode {
    StatusCode::from_u16(rule.order.status.unwrap_or(default))
        .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

fn canned(answer: &Answer, rule: &Rule) -> HttpResponse {
    let error = rule.order.error.as_deref().unwrap_or(answer.error);
    let message = rule.order.message.as_deref().unwrap_or(answer.message);
    let mut response = HttpResponse::build(status(rule, answer.status));
    if let Some(seconds) = rule.order.retry_after {
        response.insert_header((header::RETRY_AFTER, seconds.to_string()));
    }
    if answer.body.is_empty() {
        return response.finish();
    }
    let body = answer
        .body
        .replace("{error}", &inside_quotes(error))
        .replace("{message}", &inside_quotes(message));
    response.content_type(answer.content_type).body(body)
}

/// Text as it stands between the quotes of a JSON string.
fn inside_quotes(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

fn redirect(shared: &Shared, rule: &Rule) -> HttpResponse {
    let elsewhere = || format!("{}/sandbox/elsewhere", shared.base_url);
    let location = rule.order.location.clone().unwrap_or_else(elsewhere);
    let Ok(location) = HeaderValue::from_str(&location) else {
        return HttpResponse::Found().finish();
    };
    HttpResponse::build(status(rule, 302))
        .insert_header((header::LOCATION, location))
        .finish()
}

fn oversized(length: u64) -> HttpResponse {
    const CHUNK: u64 = 64 * 1024;
    let beginning = stream::iter([
        Bytes::from_static(br#"{"access_token":"#),
        Bytes::from_static(b"\""),
    ]);
    let filling = Bytes::from(vec![b'x'; CHUNK as usize]);
    let rest = stream::iter((0..length.div_ceil(CHUNK)).map(move |_| filling.clone()));
    let body = beginning.chain(rest).map(Ok::<_, io::Error>);
    HttpResponse::Ok()
        .content_type("application/json")
        .streaming(body)
}

/// The server closes the connection when a body breaks off; before the first byte of the body went
/// out, that is before the head too.
fn dropped() -> HttpResponse {
    HttpResponse::Ok().streaming(stream::once(async { Err::<Bytes, _>(broken()) }))
}

fn cut_body() -> HttpResponse {
    let breaks_off = async {
        // The first half is written out while the body is not ready.
        tokio::task::yield_now().await;
        Err(broken())
    };
    half_body(breaks_off)
}

fn stalled_body(shared: &Data<Shared>, rule: u64) -> HttpResponse {
    let shared = shared.clone();
    half_body(async move {
        shared.until_cleared(rule).await;
        Err(broken())
    })
}

fn half_body(end: impl Future<Output = io::Result<Bytes>> + 'static) -> HttpResponse {
    let beginning = stream::once(async { Ok(Bytes::from_static(HALF)) });
    HttpResponse::Ok()
        .content_type("application/json")
        .no_chunking(PROMISED)
        .streaming(beginning.chain(stream::once(end)))
}

fn broken() -> io::Error {
    io::Error::other("the sandbox cuts off this response because a fault is set")
}
