//! The public origin, from outside: whether it leads to this program, and what reaches the program through the reverse proxy.

use std::collections::BTreeSet;

use reqwest::header::LOCATION;
use reqwest::{Response, StatusCode};

use crate::flow::probe::Arrived;

use super::finding::{Check, Finding};
use super::provider::valid_for;
use super::proxy;
use super::questions::Questions;
use super::reach::{Reached, reach};
use super::scene::Scene;

/// Number of redirects that are followed to find a circle.
const REDIRECTS: usize = 5;

/// Examines the public origin and the proxy.
pub async fn examine(scene: &Scene<'_>) -> Vec<Finding> {
    const CHECK: Check = Check::PublicOrigin;
    let mut findings = vec![own_upstream(scene)];
    findings.retain(Finding::is_failed);
    let origin = scene.config.public_origin();
    let (Some(visitor), Some(keys)) = (&scene.visitor, &scene.keys) else {
        let fix = "correct what failed above, start the program and run this command again";
        findings.push(CHECK.note(format!("not measured: {origin} cannot be asked"), fix));
        return findings;
    };
    let questions = Questions::new(visitor, keys, origin.clone());
    let Some(url) = questions.url("seen") else {
        return findings;
    };
    let limit = scene.config.provider.connect_timeout;
    let reached = match reach(visitor, &url, questions.headers(), limit).await {
        Ok(reached) => reached,
        Err(unreached) => {
            let (what, fix) = unreached.explain();
            findings.push(unreachable(
                scene,
                &format!("the public origin {origin} does not answer: {what}"),
                fix,
            ));
            return findings;
        }
    };
    let days_left = reached.days_left;
    match arrived(scene, &questions, reached).await {
        Ok(arrived) => {
            findings.push(CHECK.good(format!("{origin} leads to this program")));
            findings.extend(
                valid_for(CHECK, "the certificate of the public origin", days_left)
                    .filter(|found| !found.is_good()),
            );
            if !findings.iter().any(Finding::is_failed) {
                findings.push(Check::ProxyLoop.good("no request goes in a circle"));
            }
            findings.extend(proxy::examine(scene, &questions, &arrived).await);
        }
        Err(finding) => findings.push(finding),
    }
    findings
}

/// A failure while the program runs, else a note.
fn unreachable(scene: &Scene<'_>, what: &str, fix: &str) -> Finding {
    if scene.is_running || !scene.replicas.is_empty() {
        let fix = format!(
            "{fix}; correct oauth.redirect_uri if this is not the address that browsers use"
        );
        return Check::PublicOrigin.failed(what, fix);
    }
    let what = format!("not measured: no program runs here, and {what}");
    Check::PublicOrigin.note(
        what,
        "start the program and its proxy, and run this command again",
    )
}

/// Reads what the program answered, or says what else answered.
async fn arrived(
    scene: &Scene<'_>,
    questions: &Questions<'_>,
    reached: Reached,
) -> Result<Arrived, Finding> {
    const CHECK: Check = Check::PublicOrigin;
    let origin = &questions.origin;
    let response = reached.response;
    let status = response.status();
    if status.is_redirection() {
        return Err(redirected(questions, response).await);
    }
    if status == StatusCode::OK
        && let Ok(arrived) = response.json().await
    {
        return Ok(arrived);
    }
    let what = match status.as_u16() {
        502..=504 => {
            let what = format!(
                "the proxy at {origin} answers {}, because it does not reach the program",
                status.as_u16()
            );
            return Err(unreachable(
                scene,
                &what,
                "compare the proxy's upstream with server.listen",
            ));
        }
        status => format!(
            "what answers at {origin} ({status}) is another server, or a program with other sealing keys"
        ),
    };
    let fix = "correct oauth.redirect_uri and the proxy's upstream, and give this command the session.keys of the program";
    Err(CHECK.failed(what, fix))
}

/// Follows the redirects until they lead elsewhere or in a circle.
async fn redirected(questions: &Questions<'_>, mut response: Response) -> Finding {
    let mut seen = BTreeSet::new();
    let mut last = String::new();
    for _ in 0..REDIRECTS {
        let here = response.url().clone();
        let is_new = seen.insert(here.to_string());
        let next = response.headers().get(LOCATION).and_then(|next| {
            next.to_str()
                .ok()?
                .parse()
                .ok()
                .or_else(|| here.join(next.to_str().ok()?).ok())
        });
        if !is_new || next.as_ref() == Some(&here) {
            return Check::ProxyLoop.failed(format!("{} redirects to itself", questions.origin),
                "let the proxy that terminates TLS write X-Forwarded-Proto, and redirect to https only where it is http",
            );
        }
        let Some(next) = next else { break };
        last = next.origin().ascii_serialization();
        match questions
            .visitor
            .get(next, questions.headers_of(&last))
            .await
        {
            Ok(next) if next.status().is_redirection() => response = next,
            _ => break,
        }
    }
    Check::PublicOrigin.failed(format!("{} redirects to {last}", questions.origin),
        "write the address that browsers end at into oauth.redirect_uri, and register it at the provider",
    )
}

/// An upstream that is this program itself.
fn own_upstream(scene: &Scene<'_>) -> Finding {
    let origin = scene.config.public_origin();
    let own = scene
        .config
        .proxy
        .iter()
        .find(|proxy| proxy.upstream.origin().ascii_serialization() == origin);
    match own {
        Some(proxy) => Check::ProxyLoop.failed(
            format!(
                "the upstream of [[proxy]] {} is the public origin of this program",
                proxy.name
            ),
            "name the server behind it",
        ),
        None => Check::ProxyLoop.good("no upstream is this program"),
    }
}
