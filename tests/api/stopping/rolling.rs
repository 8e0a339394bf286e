//! A rolling restart of three replicas behind nginx, under load: no request fails.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::support::*;

const ROUNDS: usize = 2;
const BROWSERS: usize = 6;
/// What a replica that is back has answered before the next one goes.
const IN_BETWEEN: usize = 60;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_rolling_restart_of_three_replicas_behind_nginx_loses_no_request() {
    let front = Addresses::free();
    let fleet = Fleet::at(BINARY, &front).await;
    let behind_nginx = [("BFF_SERVER__TRUSTED_PROXIES", "127.0.0.1")];
    let mut replicas = Vec::new();
    for _ in 0..3 {
        replicas.push(fleet.replica(&behind_nginx).await);
    }
    let addresses: Vec<String> = replicas
        .iter()
        .map(|replica| replica.addresses.public.clone())
        .collect();
    let asked: Vec<&str> = addresses.iter().map(String::as_str).collect();
    let nginx = Nginx::start(NGINX, &front.public, &asked).await;

    let is_over = Arc::new(AtomicBool::new(false));
    let mut load = JoinSet::new();
    for _ in 0..BROWSERS {
        let browser = Browser::new(&front.origin(), &front.public);
        browser.sign_in().await;
        load.spawn(use_the_app(browser, Arc::clone(&is_over)));
    }
    load.spawn(come_and_go(
        front.origin(),
        front.public.clone(),
        Arc::clone(&is_over),
    ));

    let mut ends = Vec::new();
    for round in 0..ROUNDS {
        for replica in &mut replicas {
            replica.signal("-TERM");
            let told = Instant::now();
            assert_eq!(replica.ended().await.code(), Some(0), "round {round}");
            ends.push(told.elapsed());
            replica.start_again(&[]).await;
            nginx.passes(&replica.addresses.public, IN_BETWEEN).await;
        }
    }
    is_over.store(true, Relaxed);
    // A request that got no answer, or a wrong one, panicked there.
    let counts: Vec<usize> = load.join_all().await;

    let passed = nginx.passed();
    let failed: Vec<String> = passed
        .iter()
        .filter(|it| it.status >= 500)
        .map(Passed::to_string)
        .collect();
    assert!(failed.is_empty(), "{failed:?}\n{}", nginx.complaints());
    let mut by: BTreeMap<&str, usize> = BTreeMap::new();
    for one in &passed {
        *by.entry(one.replicas.last().expect("a replica"))
            .or_default() += 1;
    }
    let posts = passed.iter().filter(|it| it.method == "POST").count();
    let retried = passed.iter().filter(|it| it.replicas.len() > 1).count();
    println!(
        "{} requests, {posts} of them POST, {retried} asked a second replica, by replica {by:?}, rounds by browser {counts:?}, stopped after {ends:?}",
        passed.len()
    );
    for address in &addresses {
        assert!(
            by.get(address.as_str())
                .is_some_and(|n| *n >= ROUNDS * IN_BETWEEN),
            "each one served: {by:?}"
        );
    }
    assert!(posts > 100, "{posts}");
    for replica in &replicas {
        assert!(replica.events("stopped_early").is_empty());
        assert_eq!(replica.events("stopping").len(), ROUNDS);
    }
    assert_eq!(fleet.provider.count("reuses").await, 0);
}

/// A signed-in user who clicks as fast as the answers come; how often around.
async fn use_the_app(browser: Browser, is_over: Arc<AtomicBool>) -> usize {
    let mut rounds = 0;
    while !is_over.load(Relaxed) {
        let page = browser.open("/").await;
        assert_eq!(page.status, 200, "{}", page.text());
        assert!(
            page.text().contains("data-state=\"signed_in\""),
            "{}",
            page.text()
        );
        for (method, path) in [
            ("GET", "/api/user/info"),
            ("POST", "/api/user/refresh"),
            ("GET", "/api/session"),
        ] {
            let answer = browser.fetch(method, path).await;
            assert_eq!(answer.status, 200, "{method} {path}: {}", answer.text());
        }
        assert!(browser.is_signed_in().await);
        rounds += 1;
    }
    rounds
}

/// One person after the other, who signs in, looks, and signs out; how many.
async fn come_and_go(origin: String, address: String, is_over: Arc<AtomicBool>) -> usize {
    let mut people = 0;
    while !is_over.load(Relaxed) {
        let browser = Browser::new(&origin, &address);
        browser.sign_in().await;
        assert!(browser.is_signed_in().await);
        let answer = browser.fetch("POST", "/auth/logout").await;
        assert_eq!(answer.status, 204, "{}", answer.text());
        assert!(!browser.is_signed_in().await);
        people += 1;
    }
    people
}
