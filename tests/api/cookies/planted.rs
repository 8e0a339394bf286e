//! Cookies that a sibling subdomain or another app on this host can set beside the program's own.

use serde_json::json;

use crate::support::*;

const HTTPS: (&str, &str) = ("OAUTH_REDIRECT_URI", "https://app.test/oauth/callback");
/// A cookie that a page of a sibling subdomain can set with `document.cookie`.
const NICK: &str = "nick=王小明";
/// The same from a page in GBK.
const NICK_IN_GBK: &[u8] = b"nick=\xcd\xf5\xd0\xa1\xc3\xf7";

/// Asks with these `Cookie` lines.
async fn ask(program: &Program, path: &str, lines: &[&[u8]]) -> Answer {
    let mut request = fetch("GET", path);
    for line in lines {
        request = request.header_of_bytes("Cookie", line);
    }
    program.browser().send_bare(request).await
}

/// Whether a request with these `Cookie` lines is signed in.
async fn is_signed_in(program: &Program, lines: &[&[u8]]) -> bool {
    let answer = ask(program, "/api/session", lines).await;
    let found = answer.json()["authenticated"].as_bool();
    found.unwrap_or_else(|| panic!("{} {}", answer.status, answer.text()))
}

/// Two people's session cookies, as `name=value`: the victim's, who is `demo`, and the attacker's.
async fn two_people(program: &Program, origin: &str, name: &str) -> [String; 2] {
    let mut cookies = Vec::new();
    for user in ["demo", "mallory"] {
        program.sign_in_as(user).await;
        let browser = Browser::new(origin, &program.addresses.public);
        browser.sign_in().await;
        cookies.push(format!("{name}={}", browser.session()));
    }
    cookies.try_into().expect("two people")
}

#[tokio::test]
async fn a_cookie_whose_name_only_decodes_to_ours_is_another_cookie() {
    for (environment, name) in [(&[HTTPS][..], "__Host-Http-session"), (&[], "session")] {
        let program = BINARY.start_with(environment).await;
        let origin = program.browser().origin.to_string();
        let origin = environment
            .first()
            .map_or(origin.as_str(), |_| "https://app.test");
        let [own, foreign] = two_people(&program, origin, name).await;
        let value = foreign.split_once('=').expect("a pair").1;
        let mut spellings = vec![
            name.replacen('s', "%73", 1),
            name.replacen('s', "%73", 3),
            name.to_uppercase(),
            format!("{name}\u{a0}"),
            format!("\u{a0}{name}"),
            format!("\"{name}\""),
            format!("{name}%20"),
        ];
        if name.starts_with("__") {
            spellings.extend([
                "__Host%2DHttp-session".to_owned(),
                "__Host%2dHttp-session".to_owned(),
                "__Host-Http%2Dsession".to_owned(),
                "%5F%5FHost-Http-session".to_owned(),
                "%5f_Host-Http-session".to_owned(),
                "__%48ost-Http-session".to_owned(),
                "session".to_owned(),
            ]);
        } else {
            spellings.push("__Host-Http-session".to_owned());
        }
        for spelling in spellings {
            let planted = format!("{spelling}={value}");
            let (planted, own) = (planted.as_bytes(), own.as_bytes());
            let both = [planted, b"; ", own].concat();
            let turned = [own, b"; ", planted].concat();
            assert!(!is_signed_in(&program, &[planted]).await, "{spelling}");
            for lines in [
                &[&both[..]][..],
                &[&turned],
                &[planted, own],
                &[own, planted],
            ] {
                let answer = ask(&program, "/api/user/info", lines).await;
                assert_eq!(
                    answer.json()["username"],
                    "demo",
                    "{spelling} {}",
                    answer.text()
                );
                let listed = ask(&program, "/api/sessions", lines).await.json();
                assert_eq!(
                    listed["sessions"].as_array().map(Vec::len),
                    Some(1),
                    "{spelling}"
                );
            }
        }
        assert!(program.events("session_cookie_repeated").is_empty());
    }
}

#[tokio::test]
async fn a_session_has_one_spelling() {
    let program = BINARY.start().await;
    let browser = program.browser();
    browser.sign_in().await;
    let issued = browser.session();
    assert_eq!(issued.len(), 43, "{issued}");
    for spelling in [
        format!("{issued}="),
        format!("{issued}%3D"),
        format!("%{:02X}{}", issued.as_bytes()[0], &issued[1..]),
        format!("\"{issued}\""),
        format!("%22{issued}%22"),
        format!("'{issued}'"),
        format!(" {issued}"),
        format!("\t{issued}"),
        format!("{issued}%20"),
        format!("{issued}, a=b"),
        format!("{issued}\u{a0}"),
        format!("{issued}%00"),
        format!("={issued}"),
        // The form of earlier releases: a signature and the id.
        format!("{}{issued}", "A".repeat(44)),
    ] {
        let line = format!("session={spelling}");
        assert!(!is_signed_in(&program, &[line.as_bytes()]).await, "{line}");
        ask(&program, "/api/user/info", &[line.as_bytes()])
            .await
            .is_problem(401, "not_authenticated");
    }
    // How cookies are put in lines is no spelling of one.
    for line in [
        format!("session={issued}"),
        format!("a=b;session={issued};c=d"),
        format!("a=b;\tsession={issued} ; c"),
        format!("=; ;;session={issued};="),
        format!("{NICK}; session={issued}"),
    ] {
        assert!(is_signed_in(&program, &[line.as_bytes()]).await, "{line}");
    }
}

#[tokio::test]
async fn another_spelling_of_a_session_does_not_pass_its_limit() {
    let program = BINARY
        .start_with(&[
            ("BFF_LIMITS__SESSION_RATE", "1"),
            ("BFF_LIMITS__SESSION_BURST", "3"),
            // Behind a proxy a refusal does not wait.
            ("BFF_SERVER__TRUSTED_PROXIES", "127.0.0.1"),
        ])
        .await;
    let browser = program.browser();
    browser.sign_in().await;
    let issued = browser.session();
    let mut served = 0;
    let lines = [
        format!("session={issued}"),
        format!("session={}", issued.replace("%3D", "=")),
        format!("session={}", issued.replace("%3D", "%3d")),
        format!("session=\"{issued}\""),
        format!("%73ession={issued}"),
        format!("session ={issued}"),
        format!("{NICK}; session={issued}"),
    ];
    for _ in 0..10 {
        for line in &lines {
            let answer = ask(&program, "/api/session", &[line.as_bytes()]).await;
            served += u32::from(answer.json()["authenticated"] == true);
        }
        let line = [NICK_IN_GBK, b"; session=", issued.as_bytes()].concat();
        let answer = ask(&program, "/api/session", &[&line]).await;
        served += u32::from(answer.json()["authenticated"] == true);
    }
    // The first call makes the session known; a slow machine may be given some more meanwhile.
    assert!((3..40).contains(&served), "{served} of 80");
    assert!(!program.events("rate_limited").is_empty());
}

#[tokio::test]
async fn a_byte_that_is_no_text_in_another_cookie_harms_neither_login_nor_session_nor_language() {
    let program = BINARY.start().await;
    for nick in [NICK.as_bytes(), NICK_IN_GBK, b"\xff", b"a=\xe9\xff; b=\x80"] {
        for position in 0..3 {
            let with = |own: &str| match position {
                0 => vec![[nick, b"; ", own.as_bytes()].concat()],
                1 => vec![[own.as_bytes(), b"; ", nick].concat()],
                _ => vec![nick.to_vec(), own.as_bytes().to_vec()],
            };
            let send = async |request: Request, own: &str| {
                let lines = with(own).into_iter();
                let request = lines.fold(request, |request, line| {
                    request.header_of_bytes("Cookie", &line)
                });
                program.browser().send_bare(request).await
            };
            let browser = program.browser();
            let callback = browser.come_back("").await;
            let name = browser.jar().attempts().remove(0);
            let attempt = format!("{name}={}", browser.jar().any_attempt());
            let path = &callback[url::Position::BeforePath..];
            let arrival = navigation("GET", path, Initiator::CrossSite);
            let answer = send(arrival, &attempt).await;
            assert_eq!(answer.location(), "/?login=success", "{nick:?} {position}");
            let session = answer.set_cookie("session")[0].split(';').next();
            let session = session.expect("a cookie").to_owned();
            let asked = send(fetch("GET", "/api/session"), &session).await;
            assert_eq!(asked.json()["authenticated"], true, "{nick:?} {position}");
            let page = navigation("GET", "/", Initiator::Typed);
            let page = send(page, "language=ja").await.text();
            assert!(page.contains("lang=\"ja\""), "{nick:?} {position}");
        }
    }
}

#[tokio::test]
async fn two_session_cookies_count_as_none_whatever_bytes_they_hold() {
    let program = BINARY.start().await;
    let browser = program.browser();
    browser.sign_in().await;
    let own = format!("session={}", browser.session());
    let own = own.as_bytes();
    let mut told = 0;
    for other in [
        &b"session=\xff"[..],
        b"session=x; nick=\xff",
        b"nick=\xff; session=",
        b"session =x",
        b"session=\"\"",
    ] {
        for lines in [
            vec![[own, b"; ", other].concat()],
            vec![[other, b"; ", own].concat()],
            vec![own.to_vec(), other.to_vec()],
            vec![other.to_vec(), own.to_vec()],
        ] {
            let lines: Vec<&[u8]> = lines.iter().map(Vec::as_slice).collect();
            let answer = ask(&program, "/api/session", &lines).await;
            assert_eq!(
                answer.json(),
                json!({ "authenticated": false }),
                "{lines:?}"
            );
            told += 1;
        }
    }
    program.logs("session_cookie_repeated", told).await;
    assert!(browser.is_signed_in().await);
}

#[tokio::test]
async fn an_attempt_is_found_among_hundreds_of_cookies_and_counts_under_its_exact_name_only() {
    let program = BINARY.start().await;
    let browser = program.browser();
    let callback = browser.come_back("").await;
    let name = browser.jar().attempts().remove(0);
    let value = browser.jar().any_attempt();
    let path = &callback[url::Position::BeforePath..];
    let arrive = async |line: String| {
        let request = navigation("GET", path, Initiator::CrossSite).header("Cookie", &line);
        let answer = program.browser().send_bare(request).await;
        answer.location().to_owned()
    };
    for (line, what) in [
        (
            format!("{}={value}", name.replacen('l', "%6c", 1)),
            "the name is encoded",
        ),
        (
            format!("{}={value}", name.replacen('-', "%2D", 1)),
            "its hyphen is",
        ),
        (
            format!("{}={value}", name.to_uppercase()),
            "it is in capitals",
        ),
        (format!("{name}=\"{value}\""), "the value is in quotes"),
        (format!("{name}={value}; {name}=x"), "it comes twice"),
        (format!("{name}=x; {name}={value}"), "it comes twice"),
    ] {
        assert_eq!(arrive(line).await, "/?error=invalid_state", "{what}");
    }
    let mut many: Vec<String> = (0..300)
        .map(|n| format!("login-{n:022}=x; other{n}=y"))
        .collect();
    many.push(format!("{name}={value}"));
    assert_eq!(arrive(many.join("; ")).await, "/?login=success");
}
