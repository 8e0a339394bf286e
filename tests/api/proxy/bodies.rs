//! Request bodies: complete, within their limits, and sent once.

use std::time::Duration;

use super::Place;
use crate::support::*;

/// Of a deliberately slow client.
const BETWEEN_BYTES: Duration = Duration::from_millis(500);

/// In pieces of a thousand bytes, without a length.
fn chunked(length: usize) -> Vec<u8> {
    let piece = [b"3e8\r\n".to_vec(), vec![b'x'; 1_000], b"\r\n".to_vec()].concat();
    [piece.repeat(length / 1_000), b"0\r\n\r\n".to_vec()].concat()
}

fn post(length: usize, has_length: bool) -> Request {
    let request =
        fetch("POST", "/api/proxy/models/v1/models").header("Content-Type", "application/json");
    if has_length {
        request.body(vec![b'x'; length])
    } else {
        request
            .header("Transfer-Encoding", "chunked")
            .body(chunked(length))
    }
}

#[tokio::test]
async fn a_body_of_any_length_within_the_limit_arrives_whole() {
    let place = Place::with("max_body = 3000000", &[]).await;
    for length in [1_000, 65_000, 66_000, 3_000_000] {
        for has_length in [true, false] {
            let given = place.send(post(length, has_length)).await;
            assert_eq!(given.status, 200, "{length} {has_length}");
            let seen = place.upstream.take();
            assert_eq!(seen.body.len(), length, "{has_length}");
            let told = seen
                .header("content-length")
                .and_then(|told| told.parse().ok());
            // What was read whole has a length, whether the browser told it or not.
            let is_told = has_length || length < 64 * 1024;
            assert_eq!(told, is_told.then_some(length), "{length} {has_length}");
            assert_eq!(seen.header("transfer-encoding").is_some(), !is_told);
        }
    }
    let empty = place
        .send(fetch("DELETE", "/api/proxy/models/v1/models"))
        .await;
    assert_eq!(empty.status, 200);
    assert!(place.upstream.take().body.is_empty());
}

/// Covers: ASVS-15.2.2
#[tokio::test]
async fn a_body_over_the_limit_is_refused_and_nothing_goes_out() {
    let place = Place::with("max_body = 3000", &[]).await;
    for has_length in [true, false] {
        place
            .send(post(4_000, has_length))
            .await
            .is_problem(413, "payload_too_large");
        place.is_empty("too long");
        assert_eq!(place.send(post(3_000, has_length)).await.status, 200);
        place.upstream.take();
    }
    // Elsewhere the limit is as it was.
    let request = fetch("POST", "/api/oauth/exchange-token").body(vec![b'x'; 100_000]);
    place
        .send(request)
        .await
        .is_problem(413, "payload_too_large");
    let place = Place::with("max_body = 100000", &[]).await;
    place
        .send(post(1_000_000, true))
        .await
        .is_problem(413, "payload_too_large");
    place.is_empty("too long");
    // Of one that says nothing of its length the upstream has seen a beginning, and never an end.
    place
        .send(post(1_000_000, false))
        .await
        .is_problem(413, "payload_too_large");
    place.upstream.was_left(1).await;
    assert!(place.upstream.take().body.is_empty());
}

/// Covers: ASVS-15.2.2
#[tokio::test]
async fn a_body_that_is_too_slow_or_truncated_is_refused() {
    let place = Place::new().await;
    let head = place.head("POST", "/v1/models");
    let mut slow = place.line().await;
    slow.send(format!("{head}Content-Length: 100\r\n\r\n").as_bytes())
        .await;
    let mut gone = place.line().await;
    gone.send(format!("{head}Content-Length: 100\r\n\r\nhalf").as_bytes())
        .await;
    drop(gone);
    let mut large = place.line().await;
    large
        .send(format!("{head}Content-Length: 200000\r\n\r\n").as_bytes())
        .await;
    large.send(&vec![b'x'; 100_000]).await;
    // The beginning is there, and the end never comes.
    place.upstream.has_seen(1).await;
    drop(large);
    place.upstream.was_left(1).await;
    assert!(place.upstream.take().body.is_empty());
    // A byte now and then keeps it going for a while only.
    loop {
        tokio::select! {
            () = tokio::time::sleep(BETWEEN_BYTES) => drop(slow.stream.try_write(b"x")),
            answered = slow.stream.readable() => break drop(answered),
        }
    }
    let answer = slow.rest().await;
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    place.is_empty("slow");
}

/// Covers: ASVS-4.2.1
#[tokio::test]
async fn no_second_request_is_smuggled_to_an_upstream() {
    let place = Place::new().await;
    let address = &place.program.addresses.public;
    let hidden = "POST /api/proxy/models/v1/chat/hidden HTTP/1.1\r\nHost: x\r\n\r\n";
    let head = place.head("POST", "/v1/models");
    for rest in [
        format!("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{hidden}"),
        format!("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n{hidden}"),
        format!(
            "Content-Length: 0\r\nContent-Length: {}\r\n\r\n{hidden}",
            hidden.len()
        ),
        format!("Content-Length: +0\r\n\r\n{hidden}"),
        format!("Transfer-Encoding: xchunked\r\n\r\n{hidden}"),
        format!(
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n{hidden}"
        ),
        format!("Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n{hidden}"),
        format!("Content-Length:\r\n 0\r\n\r\n{hidden}"),
    ] {
        let raw = exchange(address, format!("{head}{rest}").as_bytes()).await;
        let text = String::from_utf8_lossy(&raw).into_owned();
        assert!(
            text.matches("HTTP/1.1 ").count() <= 1 && !text.contains("HTTP/1.1 2"),
            "{rest}: {text}"
        );
        place.is_empty(&rest);
    }
    // A hidden one within a length or in chunks is a body, and goes on as one.
    let length = format!(
        "Content-Length: {}\r\nConnection: close\r\n\r\n{hidden}",
        hidden.len()
    );
    let chunks = format!(
        "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n{:x}\r\n{hidden}\r\n0\r\n\r\n",
        hidden.len()
    );
    for rest in [length, chunks] {
        let raw = exchange(address, format!("{head}{rest}").as_bytes()).await;
        assert!(raw.starts_with(b"HTTP/1.1 200"));
        assert_eq!(place.upstream.take().body, hidden.as_bytes());
    }
}
