//! What the reverse proxy does to requests and responses.

use std::time::Duration;

use reqwest::Response;
use reqwest::header::{COOKIE, HeaderValue};
use tokio::time::{Instant, timeout};

use crate::flow::probe::{Arrived, PIECE};

use super::finding::{Check, Finding};
use super::questions::Questions;
use super::scene::{Scene, count};

/// Size of the cookie that is sent: 6 KB, as much as three pending logins and a session take.
const COOKIE_BYTES: usize = 6_000;
/// Number of proxies from which the way is likely a circle.
const MANY_HOPS: usize = 10;
/// Longest time for a stream of one second.
const STREAM_LIMIT: Duration = Duration::from_secs(20);
/// Least time between two pieces of a stream that no proxy collects. The program pauses for half a second.
const LEAST_SPREAD: Duration = Duration::from_millis(200);
/// Number of tries, because a busy machine may deliver the pieces of one stream together.
const TRIES: usize = 2;

/// Examines the proxy by what arrived at the program, and by three more questions.
pub async fn examine(
    scene: &Scene<'_>,
    questions: &Questions<'_>,
    arrived: &Arrived,
) -> Vec<Finding> {
    let mut findings = vec![
        scheme(scene, arrived),
        client(scene, arrived),
        host(scene, arrived),
        origin(scene, arrived),
        fetch_metadata(arrived),
    ];
    findings.extend(hops(arrived));
    findings.push(cookies(questions).await);
    findings.push(headers(questions).await);
    findings.push(stream(scene, questions).await);
    findings
}

fn scheme(scene: &Scene<'_>, arrived: &Arrived) -> Finding {
    const CHECK: Check = Check::ProxyScheme;
    let is_https = scene.config.cookies_are_secure();
    let says = |scheme: &str| {
        arrived
            .forwarded_proto
            .iter()
            .any(|said| said.eq_ignore_ascii_case(scheme))
    };
    let fix = "let the proxy that terminates TLS set X-Forwarded-Proto to the client's scheme (nginx: $scheme), and every proxy behind it pass the header on";
    match is_https {
        true if says("http") => CHECK.failed(
            "the proxy writes X-Forwarded-Proto: http for a request over https",
            fix,
        ),
        true if arrived.forwarded_proto.is_empty() => CHECK.note(
            "the proxy writes no X-Forwarded-Proto, so requests over plain http are not redirected",
            fix,
        ),
        false if says("https") => CHECK.failed(
            "the proxy writes X-Forwarded-Proto: https, and the public origin is http",
            "write the https address into oauth.redirect_uri, and register it at the provider",
        ),
        _ => CHECK.good("the program sees the client's scheme"),
    }
}

fn client(scene: &Scene<'_>, arrived: &Arrived) -> Finding {
    const CHECK: Check = Check::ProxyClient;
    let peer = arrived
        .peer
        .map(|peer| peer.to_string())
        .unwrap_or_default();
    let is_proxied =
        arrived.forwarded_for > 0 || !arrived.forwarded_proto.is_empty() || arrived.via > 0;
    let add = format!("add {peer} or its network to server.trusted_proxies");
    if is_proxied && !arrived.is_peer_trusted {
        return CHECK.failed(
            format!("a proxy at {peer} is not trusted, so all clients have its address"),
            add,
        );
    }
    // Without TLS in front and without a trace of a proxy, the program is asked directly.
    let is_expected = match is_proxied {
        true => arrived.is_peer_trusted,
        false => scene.config.cookies_are_secure(),
    };
    if is_expected && arrived.forwarded_for == 0 {
        return CHECK.failed(
            format!("the proxy at {peer} writes no X-Forwarded-For, so all clients have its address"),
            "set X-Forwarded-For in the proxy (nginx: proxy_set_header X-Forwarded-For $remote_addr)",
        );
    }
    let client = arrived
        .client
        .map(|client| client.to_string())
        .unwrap_or_default();
    CHECK.good(format!("the program sees this machine as {client}"))
}

fn host(scene: &Scene<'_>, arrived: &Arrived) -> Finding {
    const CHECK: Check = Check::ProxyHost;
    let origin = scene.config.public_origin();
    let host = origin
        .split_once("://")
        .map_or(origin.as_str(), |(_, host)| host);
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let is_same = arrived
        .host
        .as_deref()
        .is_some_and(|seen| seen.eq_ignore_ascii_case(host) || seen.eq_ignore_ascii_case(name));
    if is_same {
        return CHECK.good("the proxy passes Host on");
    }
    CHECK.note("the proxy writes another Host; the program does not use it, its log of refused requests may confuse",
        "pass it on (nginx: proxy_set_header Host $host)",
    )
}

fn origin(scene: &Scene<'_>, arrived: &Arrived) -> Finding {
    const CHECK: Check = Check::ProxyOrigin;
    let fix = "let the proxy pass Origin on unchanged";
    match &arrived.origin {
        Some(origin) if *origin == scene.config.public_origin() => {
            CHECK.good("the proxy passes Origin on")
        }
        Some(_) => CHECK.failed(
            "the proxy changes Origin, so requests of older browsers are refused",
            fix,
        ),
        None => CHECK.failed(
            "the proxy drops Origin, so requests of older browsers are refused",
            fix,
        ),
    }
}

fn fetch_metadata(arrived: &Arrived) -> Finding {
    const CHECK: Check = Check::ProxyFetchMetadata;
    let fields = [
        ("Sec-Fetch-Site", &arrived.sec_fetch_site, "same-origin"),
        ("Sec-Fetch-Mode", &arrived.sec_fetch_mode, "cors"),
        ("Sec-Fetch-Dest", &arrived.sec_fetch_dest, "empty"),
    ];
    let lost = fields
        .iter()
        .filter(|(_, seen, sent)| seen.as_deref() != Some(*sent));
    let lost: Vec<&str> = lost.map(|(name, _, _)| *name).collect();
    if lost.is_empty() {
        return CHECK.good("the proxy passes Sec-Fetch-* on");
    }
    CHECK.failed(
        format!(
            "the proxy drops or changes {}, so the check for requests from other sites is weaker",
            lost.join(", ")
        ),
        "let the proxy pass these headers on unchanged",
    )
}

fn hops(arrived: &Arrived) -> Option<Finding> {
    let hops = arrived.via.max(arrived.forwarded_for);
    (hops >= MANY_HOPS).then(|| {
        let what = format!("a request passes {} on its way", count(hops, "proxy hop"));
        Check::ProxyLoop.failed(what, "look for a proxy whose upstream is itself")
    })
}

async fn cookies(questions: &Questions<'_>) -> Finding {
    const CHECK: Check = Check::ProxyCookies;
    let fix = "allow 16 KB for a line of the request (nginx: large_client_header_buffers 4 16k)";
    let cookie = format!("bff-doctor={}", "x".repeat(COOKIE_BYTES));
    let cookie = HeaderValue::try_from(cookie)
        .ok()
        .map(|cookie| (COOKIE, cookie));
    let Some(response) = questions.ask("seen", cookie).await else {
        return CHECK.failed("a request with 6 KB of cookies gets no answer", fix);
    };
    let status = response.status().as_u16();
    match response.json::<Arrived>().await {
        Ok(arrived) if arrived.cookie_bytes >= COOKIE_BYTES => {
            CHECK.good("the proxy passes 6 KB of cookies on")
        }
        Ok(_) => CHECK.failed("the proxy drops cookies", fix),
        Err(_) => CHECK.failed(
            format!("a request with 6 KB of cookies is answered with {status}"),
            fix,
        ),
    }
}

async fn headers(questions: &Questions<'_>) -> Finding {
    const CHECK: Check = Check::ProxyHeaders;
    let fix = "allow 16 KB for the head of a response (nginx: proxy_buffer_size 16k, proxy_buffers 8 16k)";
    match questions.ask("head", None).await {
        Some(response) if response.status().is_success() && has_large_head(&response) => {
            CHECK.good("the proxy passes a large response head on")
        }
        Some(response) => {
            let status = response.status().as_u16();
            CHECK.failed(
                format!("a response with a large head is answered with {status}, so logins fail"),
                fix,
            )
        }
        None => CHECK.failed(
            "a response with a large head does not arrive, so logins fail",
            fix,
        ),
    }
}

fn has_large_head(response: &Response) -> bool {
    const LEAST: usize = 14_000;
    response
        .headers()
        .values()
        .map(HeaderValue::len)
        .sum::<usize>()
        >= LEAST
}

async fn stream(scene: &Scene<'_>, questions: &Questions<'_>) -> Finding {
    const CHECK: Check = Check::ProxyStream;
    let fix = "pass each piece on as it comes (nginx: proxy_http_version 1.1; proxy_buffering off in the location /api/proxy/)";
    if arrives_in_pieces(questions, "stream").await {
        return CHECK.good("a stream arrives as it is sent");
    }
    if !arrives_in_pieces(questions, "unbuffered_stream").await {
        let what =
            "the proxy collects a stream and ignores X-Accel-Buffering: no, so events arrive late";
        return CHECK.failed(what, fix);
    }
    let what = "the proxy collects a stream unless the response says X-Accel-Buffering: no";
    if scene.config.proxy.is_empty() {
        return CHECK.note(what, fix);
    }
    CHECK.failed(format!("{what}, so streams of [[proxy]] arrive late"), fix)
}

async fn arrives_in_pieces(questions: &Questions<'_>, part: &str) -> bool {
    for _ in 0..TRIES {
        let spread = timeout(STREAM_LIMIT, async {
            spread(questions.ask(part, None).await?).await
        });
        if spread
            .await
            .ok()
            .flatten()
            .is_some_and(|spread| spread >= LEAST_SPREAD)
        {
            return true;
        }
    }
    false
}

/// Returns the time between the arrival of the second and of the third piece. The first one says nothing, because a proxy that collects a body
/// passes on what came together with the head.
async fn spread(mut response: Response) -> Option<Duration> {
    let (mut bytes, mut second, mut third) = (0, None, None);
    while let Some(chunk) = response.chunk().await.ok()? {
        let now = Instant::now();
        bytes += chunk.len();
        if bytes >= 2 * PIECE.len() {
            second.get_or_insert(now);
        }
        if bytes >= 3 * PIECE.len() {
            third.get_or_insert(now);
        }
    }
    Some(third?.duration_since(second?))
}
