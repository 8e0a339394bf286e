//! Errors: problem+json from one closed table for scripts, pages for navigations.

use std::collections::BTreeMap;

use crate::support::every_answer::every_answer;
use crate::support::*;

/// Covers: RFC9110-15.5.2-1, RFC9457-3-1, RFC9457-3.1.2-1, ASVS-16.5.1, RFC9110-15.5.6-1
#[tokio::test]
async fn every_problem_is_a_row_of_the_documented_table_and_says_no_more() {
    let mut titles: BTreeMap<String, String> = BTreeMap::new();
    let documented = include_str!("../../README.md");
    for seen in Box::pin(every_answer()).await {
        let (what, answer) = (&seen.what, &seen.answer);
        if answer.status < 400 {
            continue;
        }
        let waits = matches!(answer.status, 503 | 504);
        let seconds = answer.header("retry-after").map(str::parse::<u32>);
        assert_eq!(seconds.is_some_and(|s| s.is_ok()), waits, "{what}");
        assert_eq!(
            answer.header("allow").is_some(),
            answer.status == 405,
            "{what}"
        );
        assert_eq!(
            answer.header("www-authenticate"),
            (answer.status == 401).then_some("Cookie realm=\"app\""),
            "{what}"
        );
        let is_page = answer
            .header("content-type")
            .is_some_and(|kind| kind.starts_with("text/html"));
        if is_page || answer.body.is_empty() {
            continue;
        }
        // Type, status line and request id are compared there.
        let code = answer.error();
        let problem = answer.json();
        assert_eq!(
            problem["type"],
            format!("https://app.test/problems/{}", code.replace('_', "-")),
            "{what}"
        );
        let mut members: Vec<&str> = problem
            .as_object()
            .expect("an object")
            .keys()
            .map(String::as_str)
            .filter(|member| *member != "cause")
            .collect();
        members.sort_unstable();
        assert_eq!(
            members,
            ["error", "request_id", "status", "title", "type"],
            "{what}"
        );
        assert!(
            documented.contains(&format!("`{code}`")),
            "README.md does not tell {code}"
        );
        let title = problem["title"].as_str().expect("a title").to_owned();
        let first = titles.entry(code).or_insert_with(|| title.clone());
        assert_eq!(*first, title, "{what}: a title is constant");
    }
    assert!(titles.len() >= 10, "{titles:?}");
    let program = BINARY.start().await;
    for code in titles.keys() {
        let path = format!("/problems/{}", code.replace('_', "-"));
        let section = program.browser().open(&path).await;
        assert_eq!(section.status, 200, "{path}");
        assert!(section.text().contains("**Why:**"), "{path}");
    }
}

/// Covers: DRV-ERR-NEGOTIATE
#[tokio::test]
async fn a_script_gets_a_problem_and_a_navigation_gets_a_page() {
    let program = BINARY.start().await;
    let browser = program.browser();
    for accept in ["*/*", "text/html", "application/json", "image/png"] {
        for mode in [Some("navigate"), Some("cors"), None] {
            for (path, is_api) in [("/api/nowhere", true), ("/nowhere", false)] {
                let mut request = Request::new("GET", path).header("Accept", accept);
                if let Some(mode) = mode {
                    request = request
                        .header("Sec-Fetch-Site", "same-origin")
                        .header("Sec-Fetch-Mode", mode)
                        .header(
                            "Sec-Fetch-Dest",
                            if mode == "navigate" {
                                "document"
                            } else {
                                "empty"
                            },
                        );
                }
                let answer = browser.send_bare(request).await;
                let what = format!("{path} {accept} {mode:?}");
                let is_person = mode.map_or(accept == "text/html", |mode| mode == "navigate");
                assert_eq!(answer.status, 404, "{what}");
                assert_eq!(answer.header("cache-control"), Some("no-store"), "{what}");
                if is_person && !is_api {
                    assert_eq!(
                        answer.header("content-type"),
                        Some("text/html; charset=utf-8"),
                        "{what}"
                    );
                    let policy = answer.header("content-security-policy").unwrap_or_default();
                    assert!(policy.contains("'nonce-"), "{what}: the policy of a page");
                } else {
                    answer.is_problem(404, "not_found");
                }
            }
        }
    }
}
