//! The provider: whether it answers, its certificate and its clock. The checks of the client follow when it answers.

use std::time::Duration;

use reqwest::header::HeaderMap;

use super::client;
use super::finding::{Check, Finding};
use super::reach::{Reached, reach};
use super::scene::{Scene, count};

/// Difference of the clocks from which it is a fault: one minute. A `Date` header has whole seconds, and a response takes seconds at most.
const MOST_SKEW: i64 = 60_000;

/// Days of validity below which the operator should know: a renewal that works happens earlier.
const FEW_DAYS: i64 = 14;

/// Examines the provider.
pub async fn examine(scene: &Scene<'_>) -> Vec<Finding> {
    const CHECK: Check = Check::Provider;
    let base = &scene.provider.server_base;
    let origin = base.origin().ascii_serialization();
    let Some(visitor) = &scene.visitor else {
        let what = "not measured: the TLS set-up of this machine cannot be used";
        return vec![CHECK.failed(
            what,
            "install the package ca-certificates, or set SSL_CERT_FILE",
        )];
    };
    let limit = scene.config.provider.connect_timeout;
    match reach(visitor, base, HeaderMap::new(), limit).await {
        Err(_) if scene.is_sandbox && !scene.is_running => {
            let what =
                "not measured: the provider is the sandbox of the program, which does not run";
            vec![CHECK.note(what, "start the program and run this command again")]
        }
        Err(unreached) => {
            let (what, fix) = unreached.explain();
            vec![CHECK.failed(
                format!("the provider at {origin} cannot be reached: {what}"),
                fix,
            )]
        }
        Ok(reached) => {
            let mut findings = vec![answers(scene, &origin, &reached)];
            findings.extend(valid_for(
                Check::ProviderCertificate,
                "the provider's certificate",
                reached.days_left,
            ));
            findings.push(clock(&reached));
            findings.extend(client::examine(scene, visitor).await);
            findings
        }
    }
}

fn answers(scene: &Scene<'_>, origin: &str, reached: &Reached) -> Finding {
    let took = reached.took.as_millis();
    let who = if scene.is_sandbox {
        "the sandbox of the program"
    } else {
        "the provider"
    };
    Check::Provider.good(format!("{who} at {origin} answers within {took} ms"))
}

/// Returns what there is to say about a certificate that is valid for this number of days.
pub fn valid_for(check: Check, whose: &str, days: Option<i64>) -> Option<Finding> {
    let days = days?;
    let left = count(usize::try_from(days).unwrap_or_default(), "day");
    let what = format!("{whose} is valid for {left}");
    Some(if days < FEW_DAYS {
        check.note(what, "see that it is renewed in time")
    } else {
        check.good(what)
    })
}

fn clock(reached: &Reached) -> Finding {
    const CHECK: Check = Check::Clock;
    let Some(ahead) = reached.ahead else {
        return CHECK.note(
            "not measured: the provider sends no Date",
            "compare the clock with a time server",
        );
    };
    let seconds = Duration::from_millis(ahead.unsigned_abs()).as_secs();
    if ahead.abs() <= MOST_SKEW {
        return CHECK.good(format!(
            "the clock is within {} of the provider's",
            count(usize::try_from(seconds).unwrap_or_default() + 1, "second")
        ));
    }
    let way = if ahead > 0 { "ahead of" } else { "behind" };
    CHECK.failed(
        format!("the clock of this machine is {seconds} seconds {way} the provider's"),
        "synchronise the clock (systemd-timesyncd, chrony)",
    )
}
