//! The route by which `doctor` asks the running program.

use crate::support::*;

#[tokio::test]
async fn without_a_token_of_the_program_the_probe_is_an_unknown_path() {
    let program = BINARY.start().await;
    let browser = program.browser();
    let unknown = browser.send_bare(Request::new("GET", "/nowhere")).await;
    for target in [
        "/.well-known/bff-probe",
        "/.well-known/bff-probe?part=seen",
        "/.well-known/bff-probe?part=stream",
    ] {
        for token in [
            None,
            Some(""),
            Some("AAAA"),
            Some("ASRvODMJCQkJCQkJCQkJCQkJCQkJ"),
        ] {
            let mut request = Request::new("GET", target);
            if let Some(token) = token {
                request = request.header("BFF-Probe", token);
            }
            let answer = browser.send_bare(request).await;
            answer.is_problem(404, "not_found");
            let without_id = |answer: &Answer| {
                let mut problem = answer.json();
                problem["request_id"] = "".into();
                problem
            };
            assert_eq!(without_id(&answer), without_id(&unknown), "{target}");
        }
    }
}
