//! Return addresses of other origins, through a real login: the browser lands on the app's own origin.

use url::Url;

use crate::requests::is_sound;
use crate::support::*;

const TRICKS: &[&str] = &[
    "",
    "%20",
    "//evil.test",
    "///evil.test",
    "////evil.test",
    "/%5Cevil.test",
    "%5C%5Cevil.test",
    "%5C/evil.test",
    "/%255cevil.test",
    "/%2f%2fevil.test",
    "/%252f%252fevil.test",
    "/%2Fevil.test",
    "%2f%2fevil.test",
    "%2F%2Fevil.test/",
    "/%2f/evil.test",
    "//%2fevil.test",
    "https:evil.test",
    "https:/evil.test",
    "https://evil.test",
    "HTTPS://EVIL.TEST",
    "http://evil.test:80/",
    "ftp://evil.test",
    "javascript:alert(1)",
    "JavaScript:alert(1)",
    "java%0ascript:alert(1)",
    "%09javascript:alert(1)",
    "data:text/html,x",
    "vbscript:x",
    "file:///etc/passwd",
    "blob:https://evil.test/x",
    "view-source:https://evil.test",
    "/a/../..//evil.test",
    "/..//evil.test",
    "/.//evil.test",
    "/./%5Cevil.test",
    "/a/..//evil.test",
    "/%2e%2e//evil.test",
    "/%2e//evil.test",
    "/%09/evil.test",
    "/%0a/evil.test",
    "/%0d/evil.test",
    "%09//evil.test",
    "%0d%0a//evil.test",
    "/%0d%0aSet-Cookie:%20a=b",
    "/%250d%250aSet-Cookie:a=b",
    "/%E5%98%8A%E5%98%8DSet-Cookie:a=b",
    "/%00",
    "/%2500",
    "/%7f",
    "evil.test",
    "evil.test/",
    "@evil.test",
    "/@evil.test",
    ".evil.test",
    ":80",
    ":@evil.test",
    "%3fx",
    "%23x",
    "../x",
    "./x",
    "/auth/oauth/start",
    "/auth/logout",
    "/oauth/callback?code=a%26state=b",
    "/x/../auth/oauth/start",
    "/%61uth/oauth/start",
    "%20/x",
    "/x%20",
    "%C2%A0//evil.test",
    "/%ff",
    "/%E2%80%AE",
    "//evil.test/%252f..",
    "///app.test@evil.test",
    "/%C2%85/evil.test",
    "https:%5C%5Cevil.test",
    "https:/%5Cevil.test",
    "http:///evil.test",
    "//[::1]/",
    "//127.1/",
    "//0x7f.1/",
    "//2130706433/",
    "%E3%80%82evil.test",
    "//evil%E3%80%82test",
    "//evil.test%23@app.test",
    "//evil.test%3F@app.test",
    "/%5Ctevil.test",
    "/;@evil.test",
    "/?next=//evil.test",
    "/%3Cscript%3E",
];

/// Covers: RFC6749-10.14-1, RFC9700-4.11.1-1
#[tokio::test]
async fn no_return_address_leads_off_our_own_origin() {
    assert!(TRICKS.len() >= 60);
    let program = BINARY.start().await;
    let own = program.browser().origin.clone();
    let with_host = [
        format!("{own}@evil.test/"),
        format!("{}@evil.test", own.as_str().trim_end_matches('/')),
        format!("{}.evil.test/", own.as_str().trim_end_matches('/')),
        format!("{}0/", own.as_str().trim_end_matches('/')),
        own.as_str().replace("127.0.0.1", "user:pass@127.0.0.1"),
        own.as_str().replace("http:", "https:"),
        format!("{own}/evil.test"),
        format!("{own}%5Cevil.test"),
    ];
    for trick in TRICKS
        .iter()
        .map(|text| (*text).to_owned())
        .chain(with_host)
    {
        let browser = program.browser();
        let start = browser
            .click(&format!("/auth/oauth/start?return_to={trick}"))
            .await;
        is_sound(&start, &trick);
        if start.status == 400 {
            continue;
        }
        let callback = approve(&Url::parse(start.location()).unwrap()).await;
        let answer = browser.arrive(&callback).await;
        is_sound(&answer, &trick);
        let location = answer.location();
        let landed = own
            .join(location)
            .unwrap_or_else(|error| panic!("{trick}: {location}: {error}"));
        assert_eq!(landed.origin(), own.origin(), "{trick}: {location}");
        assert!(
            location.starts_with('/') && !location.starts_with("//") && !location.contains('\\'),
            "{trick}: {location}"
        );
        assert!(
            !location.chars().any(char::is_control),
            "{trick}: {location:?}"
        );
        assert!(
            answer
                .all("set-cookie")
                .iter()
                .all(|line| ["session=", "replaces=", "login-"]
                    .iter()
                    .any(|ours| line.starts_with(ours))),
            "{trick}"
        );
        // However often it is decoded on the way.
        let again = percent_encoding::percent_decode_str(location)
            .decode_utf8_lossy()
            .into_owned();
        let decoded = own.join(&again).unwrap_or_else(|_| own.clone());
        assert_eq!(decoded.origin(), own.origin(), "{trick}: {again}");
    }
}
