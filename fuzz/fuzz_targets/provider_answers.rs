//! Answers of the provider: to the client alone, and to the service with a browser in front of it.
//!
//! An input is `ENDPOINT STATUS [REPEATS]`, headers, an empty line, a body. `{code}`, `{secret}`, `{access}`, `{refresh}`, `{verifier}` stand for what
//! was sent to the provider: it may say all of it back. `kwzq` marks words of the provider that no log and no page may show.
#![no_main]

use std::cell::RefCell;
use std::mem::ManuallyDrop;

use actix_web::http::Method;
use aihubmix::{TopupRules, UserInfo, topup_link};
use aihubmix_bff_fuzz::answers::{CODE, SAID, Scripted};
use aihubmix_bff_fuzz::program::{Answered, Asked, Program};
use aihubmix_bff_fuzz::provider::{ACCESS_TOKEN, CLIENT_SECRET, REFRESH_TOKEN, VERIFIER};
use aihubmix_bff_fuzz::{holds, rules};
use bff::domain::{
    AccessToken, AuthorizationCode, CodeVerifier, RefreshToken, RequestId, SystemEntropy,
};
use bff::provider::{ApiCall, ProviderError};
use libfuzzer_sys::{Corpus, fuzz_target};
use serde_json::Value;

/// The most bytes of an answer that are read.
const MOST: usize = 256 * 1024;
/// The documented fields of an account.
const FIELDS: [&str; 8] = [
    "id",
    "username",
    "email",
    "quota",
    "used_quota",
    "balance_formatted",
    "created_time",
    "status",
];

thread_local! {
    // Not dropped at the end, when what the framework keeps for this thread is gone already.
    static PROGRAM: RefCell<Option<ManuallyDrop<Program>>> = const { RefCell::new(None) };
}

fuzz_target!(|input: &[u8]| -> Corpus {
    let Some(answer) = Scripted::parse(input) else {
        return Corpus::Reject;
    };
    PROGRAM.with_borrow_mut(|kept| {
        let program =
            kept.get_or_insert_with(|| ManuallyDrop::new(Program::start(rules::ORIGINS[0])));
        program.reset();
        program
            .provider
            .answer(answer.endpoint, answer.wire.clone());
        let taken = ask_directly(program, &answer);
        // A success comes with 2xx and within the limit. A provider without a top-up endpoint says so with an error, and only means "none".
        if taken {
            assert!(answer.body.len() <= MOST);
            assert!((200..300).contains(&answer.status), "{}", answer.status);
        }
        let calls = program.provider.take_calls();
        let is_safe_to_repeat = ["userinfo", "topup"].contains(&answer.endpoint);
        assert!(
            calls
                .values()
                .all(|calls| *calls == 1 || (is_safe_to_repeat && *calls == 2)),
            "{calls:?}"
        );
        // What the provider says of an account is for its reader, and is remembered for the next one.
        let is_for_the_reader = taken && answer.endpoint == "userinfo" && answer.speaks();
        if answer.endpoint == "revoke" && !taken {
            kept.take()
                .map(ManuallyDrop::into_inner)
                .map(sign_out_all_the_same);
        } else if !is_for_the_reader {
            ask_as_a_browser(program, &answer, taken);
        }
    });
    Corpus::Keep
});

/// Asks the client. Whether it took the answer for a success.
fn ask_directly(program: &Program, answer: &Scripted) -> bool {
    let client = &program.client;
    let request = RequestId::random(&SystemEntropy);
    let (access, refresh) = (
        AccessToken::new(ACCESS_TOKEN),
        RefreshToken::new(REFRESH_TOKEN),
    );
    match answer.endpoint {
        "token" => {
            let verifier = CodeVerifier::new(VERIFIER);
            let code = AuthorizationCode::new(CODE);
            let exchanged = program.run(client.exchange_code(&code, Some(&verifier), &request));
            program.provider.take_calls();
            let refreshed = program.run(client.refresh(&refresh, &request));
            assert_eq!(exchanged.is_ok(), refreshed.is_ok());
            if let (Ok(exchanged), Ok(refreshed)) = (&exchanged, &refreshed) {
                let token = exchanged.access_token.reveal();
                assert!(!token.is_empty());
                if let Some(sent) = json(&answer.body) {
                    assert!(
                        sent["access_token"] == token || sent["data"]["access_token"] == token,
                        "not the token that was sent"
                    );
                }
                let lifetime = exchanged.expires_at.since(exchanged.obtained_at).as_secs();
                assert!((1..=86_400).contains(&lifetime), "{lifetime}");
                let kept = refreshed.refresh_token.as_ref().map(RefreshToken::reveal);
                let given = exchanged.refresh_token.as_ref().map(RefreshToken::reveal);
                assert_eq!(
                    kept,
                    Some(given.unwrap_or(REFRESH_TOKEN)),
                    "the newer one, or the old one"
                );
                let shown = format!("{exchanged:?}");
                assert!(token.len() < 12 || !shown.contains(token), "shown by Debug");
            }
            settled(exchanged, &[CODE, CLIENT_SECRET, VERIFIER])
                & settled(refreshed, &[REFRESH_TOKEN, CLIENT_SECRET])
        }
        "userinfo" => {
            let told = program.run(client.userinfo(&access, &request));
            if let Ok(userinfo) = &told {
                let info = UserInfo::read(userinfo, 500_000);
                let given = serde_json::to_value(&info).expect("an account is JSON");
                let fields = given.as_object().expect("an object");
                for (name, value) in fields {
                    assert!(FIELDS.contains(&name.as_str()), "{name}");
                    let exact = value
                        .as_i64()
                        .is_none_or(|number| number.unsigned_abs() <= 1 << 53);
                    assert!(
                        exact && !value.is_object() && !value.is_array(),
                        "{name}: {value}"
                    );
                    assert!(
                        value.as_u64().is_none_or(|number| number <= 1 << 53),
                        "{name}: {value}"
                    );
                }
            }
            settled(told, &[ACCESS_TOKEN])
        }
        "topup" => {
            let call = ApiCall::get(aihubmix::TOPUP);
            let told = program.run(client.call_api(&call, &access, &request));
            let rules = TopupRules {
                allowed_hosts: vec!["aihubmix.com".to_owned()],
                ..TopupRules::default()
            };
            let link = told.as_ref().ok().map(|told| topup_link(told, &rules));
            if let Some(Ok(Some(url))) = &link {
                let host = url.host_str().unwrap_or_default();
                assert_eq!(url.scheme(), "https");
                assert!(
                    host == "aihubmix.com" || host.ends_with(".aihubmix.com"),
                    "{host}"
                );
                assert!(url.username().is_empty() && url.password().is_none());
                assert!(url.as_str().len() <= 4096);
            }
            settled(told, &[ACCESS_TOKEN]) && matches!(link, Some(Ok(Some(_))))
        }
        _ => settled(
            program.run(client.revoke(&refresh, &request)),
            &[REFRESH_TOKEN, CLIENT_SECRET],
        ),
    }
}

/// Whether it is a success. An error is fit for the log: short, one line, and without any secret of those that were `sent`.
fn settled<T>(outcome: Result<T, ProviderError>, sent: &[&str]) -> bool {
    let Err(error) = outcome else { return true };
    for text in [error.to_string(), format!("{error:?}")] {
        assert!(text.chars().count() < 320, "{text}");
        assert!(!text.chars().any(char::is_control), "{text:?}");
        for secret in sent {
            assert!(
                !text.to_ascii_lowercase().contains(secret),
                "{secret} in {text}"
            );
        }
    }
    false
}

/// Lets a browser do what makes the service ask for this answer.
fn ask_as_a_browser(program: &Program, answer: &Scripted, taken: bool) {
    let session = ("cookie", program.session.as_str());
    let page = ("accept", "text/html");
    match answer.endpoint {
        "token" => {
            let target = format!("/oauth/callback?code={CODE}&state={}", program.page.state);
            let cookie = ("cookie", program.page.cookie.as_str());
            let answered = ask(program, Method::GET, &target, &[cookie, page]);
            assert_eq!(
                answered.created,
                usize::from(taken),
                "a session for good tokens, and only for them"
            );
            shows_none_of_it(&answered);
            let answered = ask(
                program,
                Method::POST,
                "/api/user/refresh",
                &[session, ("x-csrf", "1")],
            );
            shows_none_of_it(&answered);
        }
        "userinfo" => {
            for target in ["/api/user/info", "/"] {
                let answered = ask(program, Method::GET, target, &[session, page]);
                if !taken {
                    shows_none_of_it(&answered);
                }
            }
        }
        "topup" => {
            let answered = ask(program, Method::GET, "/topup", &[session, page]);
            assert_eq!(answered.status == 303, taken, "{}", answered.status);
            if !taken {
                shows_none_of_it(&answered);
            }
        }
        _ => {
            let answered = ask(
                program,
                Method::POST,
                "/auth/logout",
                &[session, ("x-csrf", "1")],
            );
            assert_eq!(
                answered.status, 204,
                "a sign-out never fails for the provider's sake"
            );
            shows_none_of_it(&answered);
        }
    }
}

/// Signs out although the provider revokes nothing: it will be asked again for a while, so this program is given up.
fn sign_out_all_the_same(program: Program) {
    let headers = [("cookie", program.session.as_str()), ("x-csrf", "1")];
    let asked = Asked::new(Method::POST, "/auth/logout", &headers);
    let answered = program.send_last(asked);
    assert_eq!(
        answered.status, 204,
        "a sign-out never fails for the provider's sake"
    );
    shows_none_of_it(&answered);
}

fn ask(program: &Program, method: Method, target: &str, headers: &[(&str, &str)]) -> Answered {
    let asked = Asked::new(method.clone(), target, headers);
    let answered = program.send(Asked::new(method, target, headers));
    if answered
        .values("location")
        .concat()
        .contains("aihubmix.com")
    {
        // The link was checked above; the rules know one only.
        return answered;
    }
    rules::check(program, &asked, &answered);
    answered
}

fn shows_none_of_it(answered: &Answered) {
    assert!(
        !holds(&answered.body, SAID),
        "{}",
        String::from_utf8_lossy(&answered.body)
    );
    for value in answered.headers.iter().map(|(_, value)| value) {
        assert!(!holds(value.as_bytes(), SAID), "{value:?}");
    }
}

/// The body as JSON, where it can be read whole: the client looks at parts of it, and passes over numbers and depths that this reader refuses.
fn json(body: &[u8]) -> Option<Value> {
    let text = std::str::from_utf8(body).expect("a success is text");
    serde_json::from_str(text.trim_start_matches('\u{feff}').trim()).ok()
}
