//! Queries that are too long, malformed, or repeated.

use super::{MARK, ROUTES, is_sound};
use crate::support::*;

/// Covers: RFC6749-4.1.2-1, RFC6749-10.14-1
#[tokio::test]
async fn queries_of_every_kind_get_the_documented_answer_on_every_route() {
    any_query_is_answered_soundly(ROUTES).await;
}

/// Fails unless each of these routes gives a sound answer to queries of every kind.
pub async fn any_query_is_answered_soundly(routes: &[(&str, &str)]) {
    let program = BINARY.start().await;
    let browser = program.browser();
    browser.sign_in().await;
    let long = "a".repeat(32 * 1024);
    let half = "a".repeat(16 * 1024);
    let queries = [
        format!("x={long}"),
        format!("return_to=/{long}"),
        format!("error={long}"),
        format!("code={half}&state={half}"),
        "&".repeat(10_000),
        "a=1&".repeat(3000),
        "return_to=/a&return_to=/b&error=a&error=b&lang=en&lang=ja&display=popup&display=page"
            .to_owned(),
        "error=%".to_owned(),
        "error=%zz&return_to=%4".to_owned(),
        "error=%ff%fe&code=%c3&state=%80".to_owned(),
        "error=%00&return_to=%00&lang=%00".to_owned(),
        format!(
            "error={MARK}&error_description={MARK}&lang={MARK}&login={MARK}&logout={MARK}&balance={MARK}&display={MARK}"
        ),
        format!("{MARK}={MARK}&code={MARK}&state={MARK}"),
        format!("error=%3Cscript%3E{MARK}%3C%2Fscript%3E"),
        format!("lang=../../{MARK}&return_to=/%0d%0aX:{MARK}"),
        format!("error={MARK}%0d%0aSet-Cookie:%20{MARK}=1"),
        "lang[]=en&error[code]=x&__proto__=1".to_owned(),
        "%65rror=access_denied".to_owned(),
        "?".repeat(100),
    ];
    for (path, allowed) in routes {
        let method = allowed.split(", ").next().unwrap();
        // Ending the session is not what is tried here.
        let tab = browser.copy();
        if *path == "/auth/logout" {
            tab.jar().put("session", None);
        }
        for query in &queries {
            let target = format!("{path}?{query}");
            let shown: String = target.chars().take(60).collect();
            for request in [
                fetch(method, &target),
                navigation(method, &target, Initiator::SameOrigin),
            ] {
                let answer = tab.send(request, Initiator::SameOrigin).await;
                // The provider is told the state of our own making only; the language link may keep our own code.
                is_sound(&answer, &shown);
                assert!(
                    answer.status < 500 || *path == "/api/user/topup",
                    "{shown}: {}",
                    answer.status
                );
            }
        }
    }
    assert!(browser.is_signed_in().await);
}

#[tokio::test]
async fn a_language_that_is_none_is_not_remembered_and_one_that_is_changes_the_page() {
    let program = BINARY.start().await;
    let browser = program.browser();
    let answer = browser.open("/?lang=zq9mark").await;
    assert!(answer.all("set-cookie").is_empty());
    let answer = browser.open("/?lang=ja").await;
    assert!(answer.text().contains("<html lang=\"ja\">"));
    assert!(
        browser
            .open("/")
            .await
            .text()
            .contains("<html lang=\"ja\">")
    );
    // What is remembered is what is shown, also in the other spelling of the same address.
    let answer = browser.open("/?lang=zh%2DHans").await;
    assert_eq!(answer.set_cookie("language").len(), 1);
    assert!(answer.text().contains("<html lang=\"zh-Hans\">"));
}

#[tokio::test]
async fn every_error_in_the_address_has_a_sentence_of_ours() {
    let program = BINARY.start().await;
    let browser = program.browser();
    let unknown = browser.open("/?error=zq9mark").await.text();
    let known = browser.open("/?error=authorization_failed").await.text();
    let notice = |page: &str| {
        page.split("data-notice>")
            .nth(1)
            .and_then(|rest| rest.split("</div>").next())
            .map(str::to_owned)
    };
    assert!(notice(&known).is_some());
    assert_eq!(notice(&unknown), notice(&known));
}
