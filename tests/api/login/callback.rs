//! The callback: which answers are accepted, once, and what follows.

use futures_util::future::join;
use serde_json::json;
use url::Url;

use crate::support::scripted_provider::Scripted;
use crate::support::*;

fn tokens() -> serde_json::Value {
    json!({ "access_token": "at", "refresh_token": "rt", "token_type": "Bearer", "expires_in": 3600 })
}

/// Covers: RFC9700-4.7.1-1
#[tokio::test]
async fn without_pkce_a_foreign_state_is_refused_all_the_same() {
    let program = BINARY.start_with(&[("BFF_OAUTH__PKCE", "false")]).await;
    let (victim, thief) = (program.browser(), program.browser());
    let own = victim.come_back("").await;
    let thiefs = thief.come_back("").await;
    for callback in [
        thiefs.clone(),
        with_parameter(&thiefs, "state", None),
        with_parameter(&own, "state", Some("A")),
    ] {
        let answer = victim.arrive(&callback).await;
        assert!(answer.location().starts_with("/?error="), "{callback}");
        assert!(answer.set_cookie("session").is_empty(), "{callback}");
    }
    assert_eq!(program.count("token_requests").await, 0);
    assert_eq!(victim.arrive(&own).await.location(), "/?login=success");
}

/// Covers: RFC6749-4.1.2-2
#[tokio::test]
async fn one_answer_at_two_replicas_in_the_same_instant_is_exchanged_once() {
    let redis = RedisServer::start("").await;
    let store = format!("redis://127.0.0.1:{}", redis.port());
    let replicas = Replicas::start(BINARY, &store, &[]).await;
    replicas.one.set(json!({ "latency_ms": 100 })).await;
    for round in 0..20 {
        let here = replicas.one.browser();
        let callback = here.come_back("").await;
        let there = replicas.moved(&here);
        replicas.one.forget_counts().await;
        let (first, second) = join(here.arrive(&callback), there.arrive(&callback)).await;
        assert_eq!(
            replicas.one.count("token_requests").await,
            1,
            "round {round}"
        );
        let mut landed = [first.location().to_owned(), second.location().to_owned()];
        landed.sort_unstable();
        assert_eq!(
            landed,
            ["/?error=invalid_state", "/?login=success"],
            "round {round}"
        );
        let winner = if here.jar().get("session").is_some() {
            &here
        } else {
            &there
        };
        assert!(
            winner.is_signed_in().await,
            "round {round}: the login survives"
        );
    }
    assert_eq!(replicas.one.count("code_reuses").await, 0);
}

/// Covers: RFC9700-2.1.1-1
#[tokio::test]
async fn a_login_that_began_at_one_replica_ends_at_the_other_in_any_order() {
    let redis = RedisServer::start("").await;
    let store = format!("redis://127.0.0.1:{}", redis.port());
    let replicas = Replicas::start(BINARY, &store, &[]).await;
    let here = replicas.one.browser();
    let first = here.come_back("?return_to=/a").await;
    let second = here.come_back("?return_to=/b").await;
    let there = replicas.moved(&here);
    assert_eq!(there.arrive(&second).await.location(), "/b?login=success");
    assert_eq!(there.arrive(&first).await.location(), "/a?login=success");
    let begun = there.come_back("").await;
    let mut back = there.copy();
    back.address.clone_from(&here.address);
    assert_eq!(back.arrive(&begun).await.location(), "/?login=success");
    assert!(back.is_signed_in().await);
}

/// Covers: RFC6749-4.1.2-1, RFC6749-3.1-2
#[tokio::test]
async fn unknown_parameters_and_members_are_ignored() {
    let provider = Scripted::start().await;
    let mut odd = tokens();
    odd["id_token"] = json!("x.y.z");
    odd["nested"] = json!({ "access_token": ["no"], "deep": [[[{}]]] });
    odd["refresh_expires_in"] = json!(null);
    provider.gives(odd).await;
    provider.knows_the_account().await;
    let browser = provider.program.browser();
    let code = "c".repeat(4_000);
    let more = [
        ("session_state", "x"),
        ("foo", "bar"),
        ("code[]", "y"),
        ("scope", "admin"),
    ];
    let answer = provider.come_back(&browser, &code, &more).await;
    assert_eq!(answer.location(), "/?login=success");
    let forms = provider.forms().await;
    assert_eq!(forms.len(), 1);
    assert_eq!(forms[0]["code"], code);
    assert!(!forms[0].contains_key("scope"));

    // A name that only looks like the state is not the state.
    let state = parameter(&browser.start("").await, "state").unwrap_or_default();
    let lookalike = format!("/oauth/callback?code=c&state[]={state}");
    let answer = browser
        .arrive(&browser.origin.join(&lookalike).expect("an address"))
        .await;
    assert_eq!(answer.location(), "/?error=missing_parameters");
    assert_eq!(provider.forms().await.len(), 1);
}

/// Covers: RFC6749-4.1.2.1-1
#[tokio::test]
async fn an_error_of_the_provider_leaves_the_session_of_before_as_it_was() {
    let program = BINARY.start().await;
    let browser = program.browser();
    browser.sign_in().await;
    let before = browser.session();
    for error in [
        "access_denied",
        "temporarily_unavailable",
        "server_error",
        "made_up",
    ] {
        let callback = browser.come_back("").await;
        let refused = with_parameter(&callback, "code", None);
        let refused = with_parameter(&refused, "error", Some(error));
        let foreign = with_parameter(&refused, "state", Some(&"A".repeat(43)));
        assert_eq!(
            browser.arrive(&foreign).await.location(),
            "/?error=invalid_state",
            "{error}"
        );
        let answer = browser.arrive(&refused).await;
        assert!(answer.location().starts_with("/?error="), "{error}");
        assert!(answer.set_cookie("session").is_empty(), "{error}");
        assert_eq!(browser.session(), before, "{error}");
        assert_eq!(
            browser.fetch("GET", "/api/user/info").await.status,
            200,
            "{error}"
        );
    }
}

/// Covers: RFC6749-10.14-1
#[tokio::test]
async fn what_comes_along_with_an_answer_reaches_no_header_and_no_page() {
    let program = BINARY.start().await;
    for (name, value) in [
        ("error_description", "<script>zq9mark</script>"),
        ("error_description", "x\r\nSet-Cookie: zq9mark=1"),
        ("error_uri", "javascript:zq9mark"),
        ("error_uri", "https://zq9mark.test/"),
        ("error", "access_denied\r\nX-Zq9mark: 1"),
        ("error", "zq9mark\u{0}"),
        ("iss", "https://zq9mark.test/"),
    ] {
        let browser = program.browser();
        let callback = browser.come_back("").await;
        let refused = with_parameter(&callback, "code", None);
        let refused = with_parameter(&refused, "error", Some("access_denied"));
        let refused = with_parameter(&refused, name, Some(value));
        let answer = browser.arrive(&refused).await;
        let shown = browser.open(answer.location()).await;
        for answer in [&answer, &shown] {
            let raw = String::from_utf8_lossy(&answer.raw).into_owned();
            assert!(!raw.to_lowercase().contains("zq9mark"), "{name}: {raw}");
        }
    }
}

/// Covers: RFC6749-3.1.2.5-1, ASVS-3.4.5
#[tokio::test]
async fn the_answer_moves_on_to_an_address_without_code_and_state() {
    let program = BINARY.start().await;
    let browser = program.browser();
    let callback = browser.come_back("?return_to=/orders").await;
    let (code, state) = (parameter(&callback, "code"), parameter(&callback, "state"));
    let (code, state) = (code.unwrap_or_default(), state.unwrap_or_default());
    for (status, address) in [(303, &callback), (303, &callback)] {
        let answer = browser.arrive(address).await;
        assert_eq!(answer.status, status);
        assert!(answer.body.is_empty());
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"));
        let raw = String::from_utf8_lossy(&answer.raw).into_owned();
        assert!(!raw.contains(&code) && !raw.contains(&state), "{raw}");
    }
    // A pop-up stays at the address until it closes: no page learns that address.
    let callback = browser.come_back("?display=popup").await;
    let page = browser.arrive(&callback).await;
    assert_eq!(
        (page.status, page.header("referrer-policy")),
        (200, Some("no-referrer"))
    );
    let text = page.text();
    let secrets = [parameter(&callback, "code"), parameter(&callback, "state")];
    for secret in secrets.iter().flatten() {
        assert!(!text.contains(secret.as_str()), "{text}");
    }
    for attribute in ["src=\"", "href=\""] {
        for address in text.split(attribute).skip(1) {
            let address = address.replace("&#x2F;", "/");
            // The ribbon of the sandbox is there in development only.
            let is_ours = address.starts_with(['/', '#']) && !address.starts_with("//");
            assert!(
                is_ours || address.starts_with(&program.sandbox.base),
                "{address:.40}"
            );
        }
    }
}

/// Covers: RFC9207-2.4-1, RFC9207-2.4-2, ASVS-16.3.1
#[tokio::test]
async fn an_answer_that_does_not_name_the_configured_issuer_is_refused() {
    let issuer = "https://as.test/t1";
    let program = BINARY.start_with(&[("BFF_OAUTH__ISSUER", issuer)]).await;
    let browser = program.browser();
    let callback = browser.come_back("").await;
    let refused = with_parameter(&callback, "code", None);
    let refused = with_parameter(&refused, "error", Some("access_denied"));
    for wrong in [
        None,
        Some(""),
        Some("https://as.test/t1/"),
        Some("https://AS.test/t1"),
        Some("https://as.test:443/t1"),
        Some("http://as.test/t1"),
        Some("https://as.test/t2"),
        Some("https://other.test/t1"),
    ] {
        for answer in [&callback, &refused] {
            let named = with_parameter(answer, "iss", wrong);
            let answer = browser.arrive(&named).await;
            assert_eq!(
                answer.location(),
                "/?error=authorization_failed",
                "{wrong:?}"
            );
            assert!(answer.set_cookie("session").is_empty(), "{wrong:?}");
            assert_eq!(
                browser.jar().attempts().len(),
                1,
                "{wrong:?}: nothing is spent"
            );
        }
    }
    assert_eq!(program.count("token_requests").await, 0);
    let log = program.log();
    let lines = |event: &str| log.matches(&format!("\"event\":\"{event}\"")).count();
    assert!(lines("issuer_mismatch") > 0);
    assert_eq!(lines("login_failed"), lines("issuer_mismatch"));
    let twice = format!("{}&iss={issuer}&iss={issuer}", callback.as_str());
    let answer = browser
        .arrive(&Url::parse(&twice).expect("an address"))
        .await;
    assert_eq!(answer.location(), "/?error=missing_parameters");
    let named = with_parameter(&callback, "iss", Some(issuer));
    assert_eq!(browser.arrive(&named).await.location(), "/?login=success");
}

/// Covers: ASVS-16.5.3
#[tokio::test]
async fn a_store_that_fails_after_the_exchange_leaves_no_incomplete_session() {
    let mut redis = RedisServer::start("appendonly yes\nappendfsync always").await;
    let store = format!("redis://127.0.0.1:{}", redis.port());
    let program = BINARY.start_with(&[("SESSION_STORE", &store)]).await;
    let browser = program.browser();
    let callback = browser.come_back("").await;
    program.break_once("token", "hang").await;
    let dying = async {
        program
            .wait_for(json!({ "endpoint": "token.code", "outcome": "held" }))
            .await;
        redis.kill();
        program.mend().await;
    };
    let (answer, ()) = tokio::join!(browser.arrive(&callback), dying);
    assert_eq!(answer.location(), "/?error=server_error");
    assert!(answer.set_cookie("session").is_empty());
    program
        .wait_for(json!({ "endpoint": "revoke", "reason": "revoked" }))
        .await;
    redis.restart().await;
    while browser.fetch("GET", "/readyz").await.status != 200 {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let listed = program.run(&["sessions", "list"], "");
    let lines = String::from_utf8_lossy(&listed.stdout).lines().count();
    assert_eq!(lines, 1, "only the heading");
    browser.sign_in().await;
}
